"""Manifest formats: bytes in, ManifestFile out.

XML is told apart by its root element. To add a format: a module with ``read(raw, source, limits, columns) -> Reading``, a row in MANIFESTS, a test.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path, PurePath

from scantally.detector.config.files import read_bytes, sha256
from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import Reading, bounded, numbered
from scantally.detector.manifests.xml_tree import root_name
from scantally.detector.types import ManifestFile

Reader = Callable[[bytes, str, Limits, ColumnMap], Reading]


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One row of the table: where the reader is, and how a file of the format is known."""

    module: str
    extensions: tuple[str, ...]
    starts: tuple[str, ...] = ()  # the first characters of its text, after blanks
    roots: tuple[str, ...] = ()  # of XML: what its root element is called, in any case; none: any other
    what: str


MANIFESTS: dict[str, Format] = {
    "json": Format(
        module="scantally.detector.manifests.json_manifest",
        extensions=(".json",),
        starts=("{", "["),
        what="JSON",
    ),
    "asycuda-manifest": Format(
        module="scantally.detector.manifests.asycuda_manifest",
        extensions=(),
        starts=("<",),
        roots=("Awmds", "Awbolds"),
        what="ASYCUDA World manifest (XML, Awmds or Awbolds)",
    ),
    "asycuda-declaration": Format(
        module="scantally.detector.manifests.asycuda_declaration",
        extensions=(),
        starts=("<",),
        roots=("ASYCUDA",),
        what="ASYCUDA World declaration (XML, ASYCUDA)",
    ),
    "wco-dec": Format(
        module="scantally.detector.manifests.wco_dec",
        extensions=(".xml",),
        starts=("<",),
        what="WCO Data Model declaration (XML)",
    ),
    "edifact": Format(
        module="scantally.detector.manifests.edifact",
        extensions=(".edi", ".edifact"),
        starts=("UNA:", "UNB+", "UNH+"),
        what="UN/EDIFACT CUSCAR or VERMAS",
    ),
    "csv": Format(
        module="scantally.detector.manifests.csv_table",
        extensions=(".csv", ".tsv", ".txt"),
        what="CSV",
    ),
}


def read_manifest(path: Path, limits: Limits | None = None, columns: ColumnMap | None = None) -> ManifestFile:
    """Read a manifest file.

    Raises:
        ManifestError: one line that names the file, what is wrong and what was expected.
    """
    limits = limits or Limits()
    raw = read_bytes(path, ManifestError, limits.max_manifest_bytes)
    # Errors name the path; the record keeps the name alone, so that a report is the same wherever its files lay.
    return replace(parse_manifest(raw, str(path), limits, columns), source=path.name)


def parse_manifest(
    raw: bytes, source: str, limits: Limits | None = None, columns: ColumnMap | None = None
) -> ManifestFile:
    """Read a manifest from bytes; ``source`` is the file's name, whose extension counts where the content leaves it open.

    Raises:
        ManifestError: one line that names ``source``, what is wrong and what was expected.
    """
    limits = limits or Limits()
    if len(raw) > limits.max_manifest_bytes:
        raise ManifestError(source, f"{len(raw)} bytes is over the limit of {limits.max_manifest_bytes} bytes")
    if not raw:
        raise ManifestError(source, "the file is empty (0 bytes)")
    name = format_of(raw, source)
    reading = reader(name)(raw, source, limits, columns or ColumnMap())
    return ManifestFile(
        source=source,
        sha256=sha256(raw),
        format=name,
        containers=tuple(numbered(m) for m in reading.containers),
        notes=bounded(reading.notes),
        own_notes=tuple(bounded(notes) for notes in reading.own_notes),
    )


def format_of(raw: bytes, source: str) -> str:
    """The format's name in MANIFESTS: by the first characters and XML's root element, else by the extension.

    Raises:
        ManifestError: naming the formats that are read.
    """
    # Enough for a byte order mark, blanks and the first sign; zero bytes are the other half of UTF-16.
    head = raw[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").decode("latin-1").lstrip()
    root = (root_name(raw) or "").lower() if head.startswith("<") else ""
    for name, row in MANIFESTS.items():
        if head.startswith(row.starts or "\0") and (not row.roots or root in {r.lower() for r in row.roots}):
            return name
    extension = PurePath(source).suffix.lower()
    for name, row in MANIFESTS.items():
        if extension in row.extensions:
            return name
    known = ", ".join(f"{row.what}{_in_brackets(row.extensions)}" for row in MANIFESTS.values())
    raise ManifestError(source, f"not a manifest that can be read: expected {known}")


def _in_brackets(extensions: tuple[str, ...]) -> str:
    return f" ({', '.join(extensions)})" if extensions else ""


def reader(name: str) -> Reader:
    """The reader of a format, imported now."""
    read: Reader = import_module(MANIFESTS[name].module).read
    return read
