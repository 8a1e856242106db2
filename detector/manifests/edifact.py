"""UN/EDIFACT interchanges: CUSCAR (customs cargo report) and VERMAS (verified gross mass), one or several messages."""

from collections.abc import Callable, Iterable

from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.cargo import Cargo
from scantally.detector.manifests.edifact_cuscar import NESTING, read_cuscar
from scantally.detector.manifests.edifact_segments import Group, Nesting, message_type, messages
from scantally.detector.manifests.edifact_text import edifact_text
from scantally.detector.manifests.edifact_values import BILLS, container, reference
from scantally.detector.manifests.reading import Reading, listed, shown

VGM_ONLY = "the file gives verified gross masses alone: it lists no goods, and says nothing of full or empty"


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read the messages of a file into one document for each container, whichever messages name it.

    Raises:
        ManifestError: with the segment and its path, such as
            ``segment 17, CNI[2].GID[1].MEA: expected a number, got 'X'``.
    """
    text, doubts = edifact_text(raw, source)
    found, totals = messages(text, source, _NESTINGS)
    readable = [m for m in found if message_type(m.segment) in _READERS]
    others = [shown(message_type(m.segment)) for m in found if message_type(m.segment) not in _READERS]
    if not readable:
        got = listed(list(dict.fromkeys(others))) or "none"
        raise ManifestError(source, f"expected a CUSCAR or VERMAS message, got {got}")
    cargo = Cargo(source=source)
    notes = [*doubts, *totals]
    if others:
        notes.append(f"{len(others)} of {len(found)} messages were not read: {listed(list(dict.fromkeys(others)))}")
    for message in readable:
        notes += _READERS[message_type(message.segment)](message, cargo)
    if all(message_type(m.segment) == "VERMAS" for m in readable):
        notes.append(VGM_ONLY)
    return cargo.reading(notes)


def _read_vermas(message: Group, cargo: Cargo) -> Iterable[str]:
    """Add the containers of one VERMAS. Its full or empty indicator is left: a file without goods must not say 'loaded'."""
    for equipment in message.children("EQD"):
        box = container(equipment, cargo)
        if box is not None:
            numbers = (reference(rff, (*BILLS, "BN")) for rff in equipment.children("RFF"))  # BN is a booking
            box.belongs(next((n for n in numbers if n is not None), None))
    return ()


_READERS: dict[str, Callable[[Group, Cargo], Iterable[str]]] = {"CUSCAR": read_cuscar, "VERMAS": _read_vermas}
_NESTINGS = {"CUSCAR": NESTING, "VERMAS": Nesting(opens={"EQD": frozenset({"UNH"})})}
