"""How well what the scan shows fits what goods look like, in probabilities: similar loads are often taken for each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from scantally.detector.checks.inferred import likeliest, readings, reads_like
from scantally.detector.checks.sentences import NumberedLine, thing
from scantally.detector.checks.sight import EMPTY
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Confusion, Group, LoadBlock, ManifestLine

REST = 0.01
"""Added to every label's score: a network's zero is no certainty, and faint scores leave more to the other labels."""

SAME_PLACE = 0.6
"""A block of which a surer one covers this share, or which covers so much of a surer one, tells nothing new."""

KNOWN_SHARE = 0.5
"""A line can be judged when the model knows labels of at least this part of the line's weights."""


MISREAD = 0.07
"""Of real declarations' texts so many are of none of the three chapters that they read like most (docs/results.md)."""


class Grade(IntEnum):
    """How well a block fits a line."""

    EXPECTED = 0
    PLAUSIBLE = 1
    UNUSUAL = 2
    STRANGE = 3
    FOREIGN = 4


def grade(fit: float, settings: CheckSettings) -> Grade:
    """The grade of a fit in [0, 1]."""
    floors = (settings.fit_expected, settings.fit_plausible, settings.fit_unusual, settings.fit_strange)
    return next((x for x, floor in zip(Grade, floors, strict=False) if fit >= floor), Grade.FOREIGN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One block of load: where it is and how likely it is of each kind; the shares add up to 1."""

    box: Box
    shares: Mapping[str, float]

    @property
    def label(self) -> str:
        """The likeliest kind."""
        return min(self.shares, key=lambda label: (-self.shares[label], label))

    @property
    def share(self) -> float:
        """How likely it is of that kind."""
        return self.shares[self.label]


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What one manifest line lets expect: each load with how usual it is, in (0, 1]; nothing where it cannot be told."""

    line: NumberedLine
    weights: Mapping[str, float]
    why: str | None = None  # it cannot be judged, to follow "Line 1"
    untaught: float = 0.0  # how usual the most usual load is that the model does not know
    strange: frozenset[str] = frozenset()  # what would surprise an officer under the line's code
    read: str | None = None  # of a line without a code: what its text reads like
    doubt: float = 0.0  # of such a line: the chance that it is of other goods, as far as that keeps a block from being called strange

    def fit(self, look: Look) -> float:
        """How likely the block is one of the expected loads, in [0, 1]. What the model was never taught looks like something that it knows, but
        seldom surely, and hardly like what would be strange there. A line whose text was misread may hold anything."""
        known = sum(weight * look.shares.get(label, 0.0) for label, weight in self.weights.items())
        other = 0.0 if look.label in self.strange else self.untaught * (1.0 - look.share)
        return max(known, other, self.doubt)

    @property
    def words(self) -> str:
        """``sacks, big bags or bulk goods``: the usual loads, the most usual first."""
        loads = either(sorted(self.weights, key=lambda label: (-self.weights[label], label))[:3])
        return loads if self.read is None else f"{loads} ({self.read})"


def expectations(
    lines: Sequence[NumberedLine], case: Case, goods: Goods, settings: CheckSettings | None = None
) -> list[Expectation]:
    """What each line lets expect, by its code or, where it gives none, by its text."""
    rule = settings or CheckSettings()
    read = readings(lines, goods)
    return [_expectation(line, shares, case, goods, rule) for line, shares in zip(lines, read, strict=True)]


def _expectation(
    line: NumberedLine, read: Mapping[str, float], case: Case, goods: Goods, settings: CheckSettings
) -> Expectation:
    entry = goods.lookup(line[1].hs_code)
    if entry is None:
        return _inferred(line, read, case, goods, settings)
    weights = loads_of(line[1], goods)
    if not weights:
        return Expectation(line=line, weights={}, why="is of goods whose look is not known")
    known = {label: w for label, w in weights.items() if case.loads is None or label in case.loads}
    if sum(known.values()) < KNOWN_SHARE * sum(weights.values()):
        strange = either(sorted(set(weights) - set(known)))
        return Expectation(
            line=line, weights={}, why=f"would look like {strange}, which the model was not taught to tell"
        )
    untaught = max((weight for label, weight in weights.items() if label not in known), default=0.0)
    return Expectation(line=line, weights=known, untaught=untaught, strange=frozenset(entry.strange))


def _inferred(
    line: NumberedLine, read: Mapping[str, float], case: Case, goods: Goods, settings: CheckSettings
) -> Expectation:
    """By the likeliest chapters of a text, each with its share; only where they are likely enough together."""
    told = likeliest(read)
    sure = sum(told.values())
    if sure < settings.description_likely:
        return Expectation(line=line, weights={}, why="gives no HS code that is known")
    weights: dict[str, float] = {}
    for chapter, share in told.items():
        entry = goods.lookup(chapter)
        for label, weight in (entry.loads if entry else {}).items():
            weights[label] = weights.get(label, 0.0) + share / sure * weight
    weights |= loads_of(line[1], goods)  # without a code: what its kind of package says
    known = {label: w for label, w in weights.items() if case.loads is None or label in case.loads}
    if not known or sum(known.values()) < KNOWN_SHARE * sum(weights.values()):
        return Expectation(line=line, weights={}, why="gives no HS code that is known")
    doubt = min(max(1.0 - sure, MISREAD), settings.fit_unusual)
    return Expectation(line=line, weights=known, read=reads_like(read, goods), doubt=doubt)


def loads_of(line: ManifestLine, goods: Goods) -> dict[str, float]:
    """Load labels that a line lets expect by its goods and by its kind of package, each with how usual it is.

    What the goods' entry calls strange stays so in whatever package: the entry speaks of these goods, the kind of package of any.
    """
    entry, kind = goods.lookup(line.hs_code), goods.kind(line.package_kind)
    weights = dict(entry.loads) if entry else {}
    if kind is not None and kind.load is not None and not (entry and kind.load in entry.strange):
        weights[kind.load] = 1.0
    return weights


def looks(case: Case, settings: CheckSettings) -> list[Look]:
    """The blocks of load that are large enough to be judged, from left to right, each place once."""
    whole = area(case.container.box) if case.container.box else None
    kept: list[Box] = []
    found = []
    for block in _blocks(case, settings):
        small = whole is not None and area(block.box) < settings.smallest_block * whole
        if small or any(_same_place(block.box, box) for box in kept):
            continue
        kept.append(block.box)
        found.append(Look(box=block.box, shares=_shares(block, case)))
    return sorted(found, key=lambda look: look.box)


def _blocks(case: Case, settings: CheckSettings) -> Sequence[LoadBlock]:
    """Blocks with all labels, or else the detections with one label each; surest first."""
    if case.blocks is not None:
        return case.blocks
    return [
        LoadBlock(box=box, scores={label: score})
        for box, score, label, group in case.detections.rows()
        if group is Group.LOAD and label != EMPTY and score >= settings.unsure
    ]


def _shares(block: LoadBlock, case: Case) -> dict[str, float]:
    labels = (set(case.loads or ()) | set(block.scores)) - {EMPTY}
    scores = {label: block.scores.get(label, 0.0) + REST for label in sorted(labels)}
    if case.blocks is None and len(labels) > 1:
        # A detection knows one label's probability only: the others share what is left of it.
        left = max(REST, 1.0 - max(block.scores.values()))
        scores = {x: block.scores.get(x, left / (len(labels) - len(block.scores))) for x in scores}
    return _told(_normal(scores), case.confusion)


def _told(seen: dict[str, float], confusion: Confusion | None) -> dict[str, float]:
    """P(true) from what was seen, by Bayes' rule for each label that may have been seen and with equal priors."""
    if confusion is None:
        return seen
    told = dict.fromkeys(seen, 0.0)
    for label, share in seen.items():
        column = {true: confusion.get(true, {}).get(label, 1.0 if true == label else 0.0) for true in seen}
        total = sum(column.values())
        for true, likely in column.items():
            told[true] += share * (likely / total if total else float(true == label))
    return told


def _normal(scores: Mapping[str, float]) -> dict[str, float]:
    total = sum(scores.values())
    return {label: score / total for label, score in scores.items()}


def _same_place(a: Box, b: Box) -> bool:
    return common(a, b) >= SAME_PLACE * min(area(a), area(b))


def area(box: Box) -> float:
    """Area of a box in pixels, at least a trifle."""
    return max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)


def common(a: Box, b: Box) -> float:
    """Area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def either(labels: Sequence[str]) -> str:
    """``sacks``, ``sacks or drums``, ``sacks, drums or bulk goods``."""
    names = [load_words(label) for label in labels]
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def load_words(label: str) -> str:
    """A load in words, without an article: ``big bags``, ``bulk goods``."""
    return {"bulk": "bulk goods", "household": "household goods", "tank": "a tank", "meat": "hanging meat"}.get(
        label, thing(label)
    )


def stretch(box: Box, case: Case) -> str:
    """``from 2.1 m to 5.4 m``: where a block lies, from the container's left end; in percent of its length without a pitch."""
    whole = case.container.box
    if whole is None or whole[2] <= whole[0]:
        return f"from column {max(0.0, box[0]):.0f} to {max(0.0, box[2]):.0f} of the scan"
    ends = [min(max(x - whole[0], 0.0), whole[2] - whole[0]) for x in (box[0], box[2])]
    if case.pitch_mm is not None:
        first, last = (x * case.pitch_mm / 1000 for x in ends)
        return f"from {first:.1f} m to {last:.1f} m from the left end"
    first, last = (x / (whole[2] - whole[0]) * 100 for x in ends)
    return f"from {first:.0f} % to {last:.0f} % of the container's length"
