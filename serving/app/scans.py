"""``/v1/scans``: accept scans, and tell what became of them."""

import hashlib
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO, Literal

import anyio.to_thread
from fastapi import APIRouter, File, Form, Header, Query, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import AwareDatetime, ValidationError

from scantally.detector.config.files import first_problem
from scantally.detector.errors import InputError
from scantally.detector.physics.attenuation import ENERGY_RANGE_MEV
from scantally.serving.app.bodies import Problem, ReportEntry, ReportList, ScanPage, ScanView
from scantally.serving.app.problems import problem
from scantally.serving.settings import MB
from scantally.serving.store import scans
from scantally.serving.store.errors import StoreFullError
from scantally.serving.store.reports import Report, report_of, reports_of
from scantally.serving.store.scans import Filters, NewScan, Scan, ScanOptions, ScanState
from scantally.serving.store.store import Store

ROUTER = APIRouter(prefix="/v1/scans", tags=["scans"])

MOST_WAIT_S = 120.0
_POLL_S = 0.1
_PIECE = 1 << 20

_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "there is none"}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "description": text}
    for code, text in (
        (413, "larger than is allowed"),
        (422, "cannot be used, or its Idempotency-Key came before with another request"),
        (429, "too many scans wait: come again"),
        (503, "the database is busy: come again"),
        (507, "no room on the disk"),
    )
}


@ROUTER.post(
    "",
    status_code=202,
    response_model=ScanView,
    responses={200: {"description": "the report, where Prefer: wait was enough"}, **_REFUSED},
)
async def accept(
    request: Request,
    scan: Annotated[UploadFile, File(description="The scan's file: PNG, JPEG, TIFF or DICOM.")],
    manifest: Annotated[UploadFile | None, File(description="Its manifest, in any format that is read.")] = None,
    container: Annotated[list[str] | None, Form(description="Container numbers, from left to right.")] = None,
    pitch_mm: Annotated[float | None, Form(gt=0, description="Pixel pitch in mm.")] = None,
    energy_mv: Annotated[list[float] | None, Form(description="Energies in MV, low one first.")] = None,
    polarity: Annotated[Literal["dark", "bright"] | None, Form(description="How dense cargo looks.")] = None,
    idempotency_key: Annotated[
        str | None, Header(description="The same request with the same key is one scan.")
    ] = None,
    prefer: Annotated[str | None, Header(examples=["wait=10"])] = None,
) -> Response:
    """Accept a scan. Once this answers 202 the scan is on the disk and will be worked on, whatever happens to the service."""
    store: Store = request.app.state.store
    options = _options(pitch_mm, energy_mv, polarity)

    def take() -> scans.Accepted:
        return _take(store, scan, manifest, tuple(container or ()), options, idempotency_key)

    accepted = await anyio.to_thread.run_sync(take)
    found = await _waited(store, accepted.id, _wait_s(prefer))
    report = report_of(store.engine, found.id) if prefer and found.state == "done" else None
    if report is not None:
        raw = await anyio.to_thread.run_sync(store.files.read, report.sha256)
        return Response(raw, 200, {"Preference-Applied": "wait", **_located(found)}, "application/json")
    return JSONResponse(ScanView.of(found).model_dump(mode="json"), 202, _located(found))


def _located(scan: Scan) -> dict[str, str]:
    return {"Location": f"/v1/scans/{scan.id}"}


def _options(pitch_mm: float | None, energy_mv: list[float] | None, polarity: Any) -> ScanOptions:  # noqa: ANN401
    try:
        energies = tuple(energy_mv) if energy_mv else None
        low, high = ENERGY_RANGE_MEV
        if any(not low < mv <= high for mv in energies or ()):
            raise InputError("options", f"energies_mv must lie between {low:g} and {high:g}")
        return ScanOptions(pitch_mm=pitch_mm, energies_mv=energies, polarity=polarity)
    except ValidationError as e:
        raise InputError("options", first_problem(e)) from e


def _take(
    store: Store,
    scan: UploadFile,
    manifest: UploadFile | None,
    containers: tuple[str, ...],
    options: ScanOptions,
    key: str | None,
) -> scans.Accepted:
    """Files first, synced, then the row that names them: what is promised is there."""
    settings = store.settings
    if store.files.free_bytes() < settings.least_free_mb * MB:
        raise StoreFullError("too little room is left on the disk")
    if not scan.size:
        raise InputError("scan", "the file is empty (0 bytes)")
    stored = store.files.put(_pieces(scan.file), settings.max_scan_mb * MB)
    papers = None
    if manifest is not None:
        papers = store.files.put(_pieces(manifest.file), settings.max_manifest_mb * MB).sha256
    said = (stored.sha256, papers, containers, options.model_dump_json(), scan.filename, manifest and manifest.filename)
    new = NewScan(
        sha256=stored.sha256,
        file_name=scan.filename or "unnamed",
        request_sha256=hashlib.sha256(repr(said).encode()).hexdigest(),
        key=key,
        container_numbers=containers,
        options=options,
        manifest_sha256=papers,
        manifest_name=None if manifest is None else manifest.filename or "unnamed",
    )
    return scans.accept(store.engine, new, max_queued=settings.max_queued)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _wait_s(prefer: str | None) -> float:
    """Seconds of ``Prefer: wait=N`` (RFC 7240); what cannot be read is no preference."""
    for part in (prefer or "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == "wait":
            try:
                return float(min(int(value), MOST_WAIT_S)) if value.strip().isdigit() else 0.0
            except ValueError:  # digits of other scripts, or thousands of them
                return 0.0
    return 0.0


async def _waited(store: Store, scan_id: str, seconds: float) -> Scan:
    """The scan, once it is done or failed, or when the time is over."""
    ends = time.monotonic() + seconds
    while True:
        found = await anyio.to_thread.run_sync(scans.get, store.engine, scan_id)
        if found is None:
            raise InputError(scan_id, "there is no such scan any more")
        if found.state in ("done", "failed") or time.monotonic() >= ends:
            return found
        await anyio.sleep(_POLL_S)


@ROUTER.get("", response_model=ScanPage)
def listed(
    request: Request,
    state: ScanState | None = None,
    disposition: Literal["release", "review", "inspect"] | None = None,
    container: Annotated[str | None, Query(examples=["CSQU3054383"])] = None,
    received_from: AwareDatetime | None = None,
    received_before: AwareDatetime | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=scans.MOST_ROWS)] = 50,
) -> ScanPage:
    """Scans, the newest first, in pages. Scans that arrive between two pages change neither."""
    filters = Filters(
        state=state,
        disposition=disposition,
        container=container,
        received_from=received_from,
        received_before=received_before,
    )
    page = scans.list_scans(request.app.state.store.engine, filters, cursor, limit)
    return ScanPage(scans=tuple(ScanView.of(one) for one in page.scans), cursor=page.cursor)


@ROUTER.get("/{scan_id}", response_model=ScanView, responses=_NOT_FOUND)
def one(request: Request, scan_id: str) -> Response | ScanView:
    """How far a scan is."""
    found = scans.get(request.app.state.store.engine, scan_id)
    return _no_scan(scan_id) if found is None else ScanView.of(found)


@ROUTER.get("/{scan_id}/reports", response_model=ReportList, responses=_NOT_FOUND)
def reports(request: Request, scan_id: str) -> Response | ReportList:
    """All reports of a scan: a corrected manifest adds one, and the old ones stay."""
    store: Store = request.app.state.store
    if scans.get(store.engine, scan_id) is None:
        return _no_scan(scan_id)
    return ReportList(
        reports=tuple(
            ReportEntry(
                version=r.version,
                created_at=r.created_at,
                disposition=r.disposition,
                package=r.package,
                manifest_sha256=r.manifest_sha256,
            )
            for r in reports_of(store.engine, scan_id)
        )
    )


@ROUTER.get("/{scan_id}/report", responses={200: {"content": {"application/json": {}, "text/html": {}}}, **_NOT_FOUND})
def report(
    request: Request,
    scan_id: str,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    form: Annotated[Literal["json", "html"], Query(description="The document, or the page for people.")] = "json",
) -> Response:
    """A scan's newest report, or the one of a version."""
    store: Store = request.app.state.store
    found = report_of(store.engine, scan_id, version)
    sha256 = None if found is None else _file_of(found, form)
    if found is None or sha256 is None:
        return problem(HTTPStatus.NOT_FOUND, f"scan {scan_id} has no such report")
    media = "application/json" if form == "json" else "text/html; charset=utf-8"
    return Response(store.files.read(sha256), media_type=media, headers={"X-Report-Version": str(found.version)})


def _file_of(found: Report, form: str) -> str | None:
    return found.sha256 if form == "json" else found.html_sha256


@ROUTER.get("/{scan_id}/image", responses={200: {"content": {"application/octet-stream": {}}}, **_NOT_FOUND})
def image(request: Request, scan_id: str) -> Response:
    """The bytes as they came."""
    store: Store = request.app.state.store
    found = scans.get(store.engine, scan_id)
    if found is None:
        return _no_scan(scan_id)
    file = store.files.open(found.sha256)

    def pieces() -> Iterator[bytes]:
        with file:
            yield from _pieces(file)

    return StreamingResponse(pieces(), media_type="application/octet-stream")


def _no_scan(scan_id: str) -> Response:
    return problem(HTTPStatus.NOT_FOUND, f"there is no scan {scan_id[:64]}")
