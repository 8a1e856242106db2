"""The files of an audit: ``audit.json`` and ``audit.html``, each whole or not at all."""

import json
from pathlib import Path

from scantally.datasets.audit.document import Audit
from scantally.datasets.audit.page import render_page
from scantally.datasets.audit.run import Result
from scantally.detector.errors import InputError

JSON_NAME, PAGE_NAME = "audit.json", "audit.html"


def to_json(audit: Audit) -> str:
    """The document as text; the same audit gives the same text."""
    return json.dumps(audit.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False) + "\n"


def write_audit(result: Result, out: Path) -> None:
    """Write both files into a folder, which is made when it is not there.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write(out / JSON_NAME, to_json(result.audit))
        _write(out / PAGE_NAME, render_page(result))
    except OSError as e:
        raise InputError(str(out), f"cannot be written: {e.strerror or e}") from e


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(text.encode("utf-8", "backslashreplace"))
    part.replace(path)
