"""``/v1/manifests``: papers that come before their scan, or after it."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Request

from scantally.detector.config import load_config
from scantally.detector.errors import InputError
from scantally.detector.manifests import parse_manifest
from scantally.serving.app.bodies import ManifestTaken, Problem
from scantally.serving.settings import MB
from scantally.serving.store import words
from scantally.serving.store.errors import StoreFullError
from scantally.serving.store.manifests import put_manifest
from scantally.serving.store.store import Store

ROUTER = APIRouter(prefix="/v1/manifests", tags=["manifests"])

_ENDINGS = {"application/json": ".json", "application/xml": ".xml", "text/xml": ".xml", "text/csv": ".csv"}


@ROUTER.put(
    "/{container}",
    response_model=ManifestTaken,
    responses={422: {"model": Problem, "description": "no container number, or no manifest that can be read"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in (*_ENDINGS, "application/octet-stream")
            },
        }
    },
)
async def put(request: Request, container: Annotated[str, Path(examples=["CSQU3054383"])]) -> ManifestTaken:
    """Keep a manifest as the newest of a container. The container's newest scan is checked again with it, without the model."""
    store: Store = request.app.state.store
    raw = await request.body()
    number = words.container_number(container)
    if not raw:
        raise InputError("manifest", "the body is empty (0 bytes)")
    if store.files.free_bytes() < store.settings.least_free_mb * MB:
        raise StoreFullError("too little room is left on the disk")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()

    name = f"{number}{_ENDINGS.get(kind, '')}"

    def keep() -> int:
        config = load_config(store.settings.config)
        parse_manifest(raw, name, config.limits, config.columns)  # what nobody can read is told to its sender
        stored = store.files.put([raw], store.settings.max_manifest_mb * MB)
        return put_manifest(store.engine, number, stored.sha256, name)

    return ManifestTaken(container=number, version=await anyio.to_thread.run_sync(keep))
