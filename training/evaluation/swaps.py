"""Would papers of another load be noticed? Honest manifests are made from labels of loads, and others that name goods of another load.

Needs no manifests: what is labelled in a real scan says which goods could have been declared. The table of goods says the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.labelled import Label, containers_of
from scantally.detector.checks import goods as goods_check
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, ContainerView, Manifest, ManifestLine, Penetration
from scantally.training.evaluation.bootstrap import Figure, Measure, Weights, with_interval
from scantally.training.evaluation.roc import area, points
from scantally.training.metrics import Judged, inside, load_rows

RULE = 1.0
"""Weight of the load that goods of a heading make as a rule (``goods.yaml``)."""

UNTOLD = 0.5
"""How badly papers fit where nothing was recognised that they could be compared with."""

OTHER_LOAD = "papers of another load, loaded containers"
OTHER_LOAD_SURE = "papers of another load, where the labeller was sure"
EMPTY_LOADED = "papers that swap empty and loaded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """Papers made up for one container of a scan: whether they are untrue, how badly they fit in [0, 1], and how much they count."""

    scan: int
    untrue: bool
    misfit: float
    weight: float
    sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """How well untrue papers are told from true ones: the area under the ROC curve and the curve."""

    area: Figure
    curve: tuple[tuple[float, float], ...]


def compare_papers(judged: Sequence[Judged], goods: Goods, settings: CheckSettings) -> dict[str, Compared]:
    """The three comparisons by name; those that nothing was made up for are left out."""
    rows = list(_other_loads(judged, goods, settings))
    made = {
        OTHER_LOAD: rows,
        OTHER_LOAD_SURE: [row for row in rows if row.sure],
        EMPTY_LOADED: list(_emptiness(judged)),
    }
    groups = [item.scan.group for item in judged]
    return {name: _compared(groups, some) for name, some in made.items() if some}


def _other_loads(judged: Sequence[Judged], goods: Goods, settings: CheckSettings) -> Iterator[Papers]:
    """For each loaded container of loads that headings make as a rule: every such heading as true papers, and every heading of another known load, of
    which no load of the container is expected, as untrue ones. A container counts once on either side, and among the untrue each load equally."""
    labelled = {x.label for item in judged for x in item.scan.labels}
    headings = {label: found for label in sorted(labelled) if (found := _headings(label, goods))}
    loads, known = frozenset(headings), _known(judged)
    for index, item in enumerate(judged):
        for box, vacant in containers_of(item.scan):
            mine = [] if vacant else _loads_in(item, box, loads)
            own = sorted({x.label for x in mine})
            others = [x for x in sorted(loads - {*own}) if _foreign(headings[x], own, goods)]
            if not own or not others:
                continue
            sure = all(x.sure for x in mine)
            case = _case(item, box, known)
            for codes in _true_codes(own, headings):
                share = 1.0 / max(len(headings[label]) for label in own)
                yield Papers(
                    scan=index, untrue=False, misfit=_misfit(case, codes, goods, settings), weight=share, sure=sure
                )
            for other in others:
                foreign = _foreign(headings[other], own, goods)
                for code in foreign:
                    share = 1.0 / (len(others) * len(foreign))
                    yield Papers(
                        scan=index, untrue=True, misfit=_misfit(case, [code], goods, settings), weight=share, sure=sure
                    )


def _known(judged: Sequence[Judged]) -> frozenset[str] | None:
    """The loads that the model tells apart; None where only detections were kept."""
    told = [block.scores for item in judged for block in item.blocks or ()]
    return frozenset(label for scores in told for label in scores) if told else None


def _headings(label: str, goods: Goods) -> list[str]:
    """Headings of goods that make this load as a rule."""
    return sorted(code for code, entry in goods.goods.items() if len(code) == 4 and entry.loads.get(label, 0.0) >= RULE)


def _foreign(codes: Sequence[str], own: Sequence[str], goods: Goods) -> list[str]:
    """Those under which none of a container's loads is expected."""
    return [code for code in codes if not set(goods.goods[code].loads) & set(own)]


def _true_codes(own: Sequence[str], headings: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """A heading for each load of the container, until each heading was named."""
    for k in range(max(len(headings[label]) for label in own)):
        yield [headings[label][k % len(headings[label])] for label in own]


def _loads_in(item: Judged, box: Box, loads: frozenset[str]) -> list[Label]:
    """The container's labelled loads."""
    return [x for x in item.scan.labels if x.label in loads and inside(x.box, box)]


def _case(item: Judged, box: Box, loads: frozenset[str] | None) -> Case:
    """The container as the check sees it, with nothing hidden: how well papers fit is asked, not what may hide."""
    return Case(
        container=ContainerView(number=None, size_type=None, box=box),
        manifest=None,
        detections=item.found.where([inside(row[0], box) for row in item.found.rows()]),
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=1.0),
        blocks=None if item.blocks is None else tuple(x for x in item.blocks if inside(x.box, box)),
        loads=loads,
    )


def _misfit(case: Case, codes: Sequence[str], goods: Goods, settings: CheckSettings) -> float:
    """By the check ``goods``: how badly the block fits that fits worst."""
    lines = tuple(ManifestLine(number=k, hs_code=code) for k, code in enumerate(codes, 1))
    found = goods_check.check(replace(case, manifest=Manifest(lines=lines)), settings, goods)
    fits = [x.score for x in found if x.score is not None]
    return 1.0 - min(fits) if fits else UNTOLD


def _emptiness(judged: Sequence[Judged]) -> Iterator[Papers]:
    """For each container papers that say of it what is labelled, and papers that say the contrary."""
    for index, item in enumerate(judged):
        for box, vacant in containers_of(item.scan):
            loaded = _loaded(item, box)
            for says_empty in (True, False):
                misfit = loaded if says_empty else 1.0 - loaded
                yield Papers(scan=index, untrue=says_empty != vacant, misfit=misfit, weight=1.0)


def _loaded(item: Judged, box: Box) -> float:
    """How sure the detections are that the container holds a load: the surest load against ``empty``."""
    rows = load_rows(item.found, box)
    empty = max((score for label, score in rows if label == "empty"), default=0.0)
    load = max((score for label, score in rows if label != "empty"), default=0.0)
    return load / (load + empty) if load + empty > 0.0 else UNTOLD


def _compared(groups: Sequence[str], rows: Sequence[Papers]) -> Compared:
    arrays = _arrays(rows)
    containers = round(sum(row.weight for row in rows if not row.untrue))
    return Compared(
        area=with_interval(groups, _measure(*arrays), containers),
        curve=tuple(points(arrays[0], arrays[1], arrays[2])),
    )


def _arrays(
    rows: Sequence[Papers],
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.intp]]:
    return (
        np.array([row.misfit for row in rows]),
        np.array([row.untrue for row in rows]),
        np.array([row.weight for row in rows]),
        np.array([row.scan for row in rows]),
    )


def _measure(
    misfit_P: NDArray[np.float64], untrue_P: NDArray[np.bool_], weight_P: NDArray[np.float64], scan_P: NDArray[np.intp]
) -> Measure:
    def measure(weights: Weights) -> float:
        return area(misfit_P, untrue_P, weight_P * weights[scan_P])

    return measure
