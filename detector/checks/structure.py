"""What of a container is unlike its papers' goods or its ISO type, whatever the model makes of the picture; reported by ``anomaly``."""

from scantally.detector.checks.sentences import finding, line_name, numbered, place, region_size, whole_amount
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.maps.dense import dense_places
from scantally.detector.types import Case, Finding, SecondWall, Severity, Verdict

NAME = "anomaly"

ALL_BARE = 0.95
"""With more of the length bare nothing but the layer lies there: in a container with declared goods it is these."""

UNEVEN_LOADS = frozenset({"machinery", "vehicles"})
"""Goods that make such loads are denser in places than they are on the whole: nothing is said of where."""


def walls(case: Case) -> tuple[Finding, ...]:
    """One finding for each second wall."""
    return tuple(_wall(case, one) for one in case.second_walls)


def _wall(case: Case, one: SecondWall) -> Finding:
    """It has no score: how often such a line is a wall was counted (docs/results.md), but on too few walls for a probability."""
    text = (
        f"A line from floor to roof, {place(one.box, case)}, looks like a second end wall: "
        f"{one.room_mm / 1000.0:.1f} m of room behind it would be closed off."
    )
    return finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text, boxes=(one.box,), observation="wall")


def floors(case: Case) -> tuple[Finding, ...]:
    """One finding where the floor is thicker than the container's ISO type has it, and no declared goods can be that layer."""
    found, papers = case.weighing.floor, case.manifest
    # Without a code a dry box is weighed by, and a reefer's floor is thicker than that.
    if found is None or papers is None or not papers.size_type:
        return ()
    if papers.lines and found.bare_share > ALL_BARE:
        return ()
    usual = f"that of a container of size and type {papers.size_type}"
    text = (
        f"Where the floor lies bare it is about {max(1, round(found.thicker_mm / 10.0))} cm thicker than {usual}, evenly from end to end: "
        "a false floor, or goods laid out flat."
    )
    return (finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text, boxes=(found.box,), observation="floor"),)


def beyond_goods(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """A finding for each place that is denser than any of the declared goods can lie; none where that is not known of all of them."""
    if case.manifest is None or case.pitch_mm is None or not case.manifest.lines:
        return ()
    densest, most = None, 0.0
    for line in numbered(case.manifest):
        entry = goods.lookup(line[1].hs_code)
        if entry is None or entry.density is None or UNEVEN_LOADS & set(entry.loads):
            return ()
        if entry.density[1] > most:
            densest, most = line, entry.density[1]
    if densest is None:
        return ()
    named = line_name(densest, goods)
    said = "the declared goods" if len(case.manifest.lines) == 1 else "the densest of the declared goods"
    return tuple(
        finding(
            case,
            NAME,
            Verdict.SUSPECT,
            Severity.MEDIUM,
            f"{region_size(box, case).capitalize()}, {place(box, case)}, is denser than the declared goods can lie: even spread over the container's "
            f"whole width it weighs {whole_amount(10 * round(there / 10))} kg in each m3, and {said}, {named[0].lower()}{named[1:]}, at most {whole_amount(most)}.",
            boxes=(box,),
            lines=(densest,),
            observation="beyond_goods",
        )
        for box, there in dense_places(case.weighing, case.pitch_mm, most * settings.denser_than_goods)
    )
