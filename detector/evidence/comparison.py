"""As declared, and as seen: what the scan should show of a container and of each line of its papers, and what it shows.

No verdict is given here, the checks give those; this lays both sides beside each other, so that an officer can judge for himself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scantally.detector.checks.likeness import Expectation, Grade, Look, expectations, grade, load_words, looks, stretch
from scantally.detector.checks.mass import declared_lines_kg, line_kg
from scantally.detector.checks.sentences import NumberedLine, line_name, numbered, percent, things
from scantally.detector.checks.sight import EMPTY, Sight, described, hidden, sights
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Group, Manifest, Weighing

MOST = 60
"""Lines that are laid beside the scan, those first that fit it least: nobody reads more while a truck waits."""

NAMED = 3
"""Kinds of load that a block is said to look like, and blocks and objects that are told one by one."""

FITS = {
    Grade.EXPECTED: "fits",
    Grade.PLAUSIBLE: "may fit",
    Grade.UNUSUAL: "hardly fits",
    Grade.STRANGE: "does not fit",
    Grade.FOREIGN: "does not fit",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One line, or the whole container (``line`` None)."""

    line: int | None
    named: str
    declared: str
    seen: str
    fits: str  # a word of FITS, or "cannot be told"
    boxes: tuple[Box, ...] = ()


def compare(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Compared, ...]:
    """The container as a whole, then its lines in the order of the papers; nothing without papers."""
    if case.manifest is None:
        return ()
    lines = numbered(case.manifest)
    seen = looks(case, settings) if case.penetration.judgeable else []
    rows = [(_fit(x, seen, case, settings, goods), x) for x in expectations(lines, case, goods, settings)]
    if len(rows) > MOST:
        worst = sorted(range(len(rows)), key=lambda k: (-1.0 if rows[k][0] is None else rows[k][0] or 0.0, k))[:MOST]
        rows = [rows[k] for k in sorted(worst)]
    return (_whole(case, seen, settings), *(_line(x, fit, case, seen, settings, goods) for fit, x in rows))


def _whole(case: Case, seen: Sequence[Look], settings: CheckSettings) -> Compared:
    manifest = case.manifest
    declared = "nothing said" if manifest is None else _declared(manifest)
    shown = [_state(case, seen), *_weight(case.weighing), *_room(case)]
    why = hidden(case, settings)
    text = "; ".join(shown) + (f"; {why}" if why else "")
    return Compared(line=None, named="The whole container", declared=declared, seen=text, fits="")


def _declared(manifest: Manifest) -> str:
    """``loaded, 3 lines, 5,400 kg of goods``."""
    if manifest.empty is True and not manifest.lines:
        return "empty: bare walls, floor and roof, and nothing else"
    state = {True: "empty, yet with goods", False: "loaded", None: "goods"}[manifest.empty]
    kg = declared_lines_kg(manifest)
    mass = kg if kg is not None else manifest.gross_mass_kg
    count = len(manifest.lines)
    parts = [state, f"{count:,} line{'' if count == 1 else 's'}"]
    if mass is not None:
        parts.append(f"{mass:,.0f} kg of goods" if kg is not None else f"{mass:,.0f} kg gross")
    return ", ".join(parts)


def _state(case: Case, seen: Sequence[Look]) -> str:
    if not case.penetration.judgeable:
        return "cannot be judged"
    empty = max((score for _, score, label, _ in case.detections.rows() if label == EMPTY), default=0.0)
    if seen:
        count = "one block of load" if len(seen) == 1 else f"{len(seen)} blocks of load"
        return f"{count}, {percent(case.penetration.filled_share)} of the side view filled"
    if empty > 0.0:
        return f"looks empty ({empty:.2f})"
    return f"no block of load recognised, {percent(case.penetration.filled_share)} of the side view filled"


def _weight(seen: Weighing) -> Iterator[str]:
    if seen.mass_kg is None or seen.low_kg is None:
        return
    low = round(seen.low_kg, -2)
    if seen.high_kg is None:
        yield f"weighs at least {low:,.0f} kg"
    else:
        yield f"weighs {low:,.0f} to {round(seen.high_kg, -2):,.0f} kg"


def _room(case: Case) -> Iterator[str]:
    room, share = case.weighing.room_m3, case.weighing.filled_share
    if case.weighing.missing is None and room is not None and share is not None:
        yield f"takes up at most {room * share:.0f} of {room:.0f} m3"


def _fit(
    expected: Expectation, seen: Sequence[Look], case: Case, settings: CheckSettings, goods: Goods
) -> float | None:
    """How well the line fits what it fits best; None where it cannot be told."""
    objects = [sight.score for sight in _explained(expected.line, case, settings, goods)]
    if expected.why is not None or not seen:
        return max(objects, default=None)
    return max([expected.fit(look) for look in seen] + objects)


def _line(
    expected: Expectation,
    fit: float | None,
    case: Case,
    seen: Sequence[Look],
    settings: CheckSettings,
    goods: Goods,
) -> Compared:
    best = sorted((x for x in seen if fit and expected.fit(x) >= fit / 2), key=lambda x: -expected.fit(x))
    objects = _explained(expected.line, case, settings, goods)
    shown = [*(_look(x, case) for x in (best or seen)[:NAMED]), *(described(x, case) for x in objects[:NAMED])]
    if not seen and not objects:
        shown = ["nothing that was recognised as load"]
    return Compared(
        line=int(expected.line[0]),
        named=line_name(expected.line, goods),
        declared="; ".join(_expected(expected, case, goods)),
        seen="; ".join(shown),
        fits="cannot be told" if fit is None else FITS[grade(fit, settings)],
        boxes=(*(x.box for x in best[:NAMED]), *(box for x in objects for box in x.boxes)),
    )


def _expected(expected: Expectation, case: Case, goods: Goods) -> Iterator[str]:
    """What the scan would show: looks, number, room and mass, as far as papers and tables say them."""
    _, line = expected.line
    yield expected.words if expected.why is None else f"not known: it {expected.why}"
    counted = goods.counted(line)
    if counted is not None and counted[1] is not None and counted[1] == int(counted[1]):
        yield things(counted[0], counted[1])
    kg, entry = line_kg(line), goods.lookup(line.hs_code)
    if kg and entry is not None and entry.density is not None:
        least, most = kg / entry.density[1], kg / entry.density[0]
        room = case.weighing.room_m3
        whole = f" of {room:.0f}" if room is not None else ""
        yield f"{_m3(least)} to {_m3(min(most, room) if room is not None and room > least else most)}{whole} m3"
    if kg:
        yield f"{kg:,.0f} kg"


def _explained(line: NumberedLine, case: Case, settings: CheckSettings, goods: Goods) -> list[Sight]:
    labels = goods.explained_by(line[1])
    return [sight for sight in sights(case, Group.OBJECT, settings) if sight.label in labels]


def _look(look: Look, case: Case) -> str:
    """``sacks (75 %) or big bags (20 %) from 0.2 m to 4.6 m from the left end``."""
    near = sorted((x for x in look.shares if look.shares[x] >= look.share / 4), key=lambda x: (-look.shares[x], x))
    kinds = " or ".join(f"{load_words(x)} ({percent(look.shares[x])})" for x in near[:NAMED])
    return f"{kinds} {stretch(look.box, case)}"


def _m3(volume: float) -> str:
    return f"{volume:.1f}" if volume < 10.0 else f"{volume:.0f}"
