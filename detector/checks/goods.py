"""Observed load types against those that the manifest's lines let expect, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass

from scantally.detector.checks.likeness import (
    Expectation,
    Grade,
    Look,
    area,
    common,
    either,
    expectations,
    grade,
    load_words,
    looks,
    stretch,
)
from scantally.detector.checks.mass import line_kg
from scantally.detector.checks.sentences import (
    NumberedLine,
    finding,
    line_name,
    lines_name,
    no_manifest,
    numbered,
    percent,
)
from scantally.detector.checks.sight import described, hidden, opaque_share, sights
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

NAME = "goods"

OBSERVATIONS = ("expected", "plausible", "unusual", "strange", "foreign")
"""How well blocks fit the line that they fit best, one word for each ``Grade``. ``declared_empty`` is said where there is nothing to compare."""

MOST = 6
"""Blocks that are told apart in findings of their own; the least telling of more are left to their neighbours' sentences."""


SAME_OBJECT = 0.5
"""An object of interest that covers this share of a block is what the block consists of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """Blocks of one look, with the line that fits them best."""

    grade: Grade
    looks: tuple[Look, ...]  # from left to right
    best: Expectation
    fit: float

    @property
    def observation(self) -> str:
        """The grade in a word."""
        return OBSERVATIONS[self.grade]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where they are."""
        return tuple(look.box for look in self.looks)


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each kind of block, the strangest first."""
    if case.manifest is None:
        return (_silent(case, f"{no_manifest(case)}, so its load cannot be compared with goods"),)
    if case.manifest.empty is True:
        text = "The container is declared empty: whether it is, is another check's matter"
        return (_silent(case, text, observation="declared_empty"),)
    lines = numbered(case.manifest)
    if not lines:
        return (_silent(case, "The manifest lists no goods that the load could be compared with"),)
    if not case.penetration.judgeable:
        return (_silent(case, f"The load cannot be compared with goods: {hidden(case, settings)}", lines),)
    seen = looks(case, settings)
    if not seen:
        return (_by_objects(case, settings, goods, lines),)
    return _compare(case, settings, goods, seen, expectations(lines, case, goods, settings))


def _silent(case: Case, text: str, lines: Sequence[NumberedLine] = (), observation: str | None = None) -> Finding:
    return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, f"{text}.", lines=lines, observation=observation)


def _by_objects(case: Case, settings: CheckSettings, goods: Goods, lines: Sequence[NumberedLine]) -> Finding:
    """No block of load is seen: goods that are objects of interest, such as a car, may be all there is."""
    seen = [sight for sight in sights(case, Group.OBJECT, settings) if sight.sure]
    told = [(n, line) for n, line in lines if any(sight.label in goods.explained_by(line) for sight in seen)]
    small = [(n, line) for n, line in lines if (line_kg(line) or settings.least_seen_kg) < settings.least_seen_kg]
    if not told or len({n for n, _ in (*told, *small)}) < len(lines):
        return _silent(case, "No block of load was recognised that could be compared with the goods", lines)
    shown = [x for x in seen if any(x.label in goods.explained_by(line) for _, line in told)]
    verb = "explain" if len(told) > 1 else "explains"
    words = " and ".join(described(sight, case) for sight in shown)
    return finding(
        case,
        NAME,
        Verdict.CLEAR,
        Severity.LOW,
        f"{lines_name(told, goods)} {verb} {words}, and no other load was recognised.",
        boxes=[box for sight in shown for box in sight.boxes],
        lines=told,
        score=max(sight.score for sight in shown),
        observation=OBSERVATIONS[Grade.EXPECTED],
    )


def _compare(
    case: Case, settings: CheckSettings, goods: Goods, seen: list[Look], expected: list[Expectation]
) -> tuple[Finding, ...]:
    judgeable = [x for x in expected if x.why is None]
    open_lines = [x for x in expected if x.why is not None]
    if not judgeable:
        odd = [look for look in seen if _surprises(look, open_lines, settings, goods)]
        return tuple(_odd(case, goods, odd, open_lines) if odd else _unjudged(case, goods, seen, open_lines))
    groups = _grouped([_fitted(case, look, judgeable, settings, goods) for look in seen])
    return tuple(_answer(case, settings, goods, group, judgeable, open_lines) for group in groups[:MOST])


def _fitted(case: Case, look: Look, judgeable: list[Expectation], settings: CheckSettings, goods: Goods) -> Judged:
    fits = [max(x.fit(look), _explained(case, look, x, settings, goods)) for x in judgeable]
    fit = max(fits)
    return Judged(grade=grade(fit, settings), looks=(look,), best=judgeable[fits.index(fit)], fit=fit)


def _explained(case: Case, look: Look, line: Expectation, settings: CheckSettings, goods: Goods) -> float:
    """How likely the block is an object that the line explains: a declared car makes a block of some look, too."""
    labels = goods.explained_by(line.line[1])
    scores = [
        score
        for box, score, label, group in case.detections.rows()
        if group is Group.OBJECT and label in labels and score >= settings.unsure
        if common(box, look.box) >= SAME_OBJECT * area(look.box)
    ]
    return max(scores, default=0.0)


def _grouped(judged: list[Judged]) -> list[Judged]:
    """Blocks that say the same together, the strangest first."""
    groups: dict[tuple[int, str, int], list[Judged]] = {}
    for one in judged:
        # What is expected need not be told apart by its likeliest label.
        label = "" if one.grade is Grade.EXPECTED else one.looks[0].label
        groups.setdefault((-one.grade, label, one.best.line[0]), []).append(one)
    return [
        Judged(
            grade=members[0].grade,
            looks=tuple(look for one in members for look in one.looks),
            best=members[0].best,
            fit=min(one.fit for one in members),
        )
        for _, members in sorted(groups.items(), key=lambda item: item[0])
    ]


def _answer(
    case: Case,
    settings: CheckSettings,
    goods: Goods,
    group: Judged,
    judgeable: list[Expectation],
    open_lines: list[Expectation],
) -> Finding:
    shown = f"the load {_where(group, case)} looks like {_kinds(group)}"
    if group.grade <= Grade.PLAUSIBLE:
        fits = "as" if group.grade is Grade.EXPECTED else "which may be what"
        text = f"{shown[0].upper()}{shown[1:]}, {fits} {line_name(group.best.line, goods)} lets expect"
        named = [group.best.line]
        return _clear(case, settings, group, text, named)
    surprising = all(_surprises(look, open_lines, settings, goods) for look in group.looks)
    verdict, severity, end = _weigh(group, settings, goods, [] if surprising else open_lines)
    text = f"{_declared(judgeable, goods)}; {shown}{end}."
    return finding(
        case,
        NAME,
        verdict,
        severity,
        text,
        boxes=group.boxes,
        lines=[x.line for x in (*judgeable, *open_lines)],
        score=group.fit,
        observation=group.observation,
    )


def _clear(case: Case, settings: CheckSettings, group: Judged, text: str, named: list[NumberedLine]) -> Finding:
    """CLEAR where the blocks themselves could be seen: what lies elsewhere, or hides in them, is other checks' matter."""
    dense = max(opaque_share(look.box, case) for look in group.looks)
    seen = dense <= settings.block_dense
    end = "" if seen else f", but {percent(dense)} of it is too dense to see through"
    verdict, severity = (Verdict.CLEAR, Severity.LOW) if seen else (Verdict.UNKNOWN, Severity.MEDIUM)
    return finding(
        case,
        NAME,
        verdict,
        severity,
        f"{text}{end}.",
        boxes=group.boxes,
        lines=named,
        score=group.fit,
        observation=group.observation,
    )


def _surprises(look: Look, open_lines: Sequence[Expectation], settings: CheckSettings, goods: Goods) -> bool:
    """Whether a block that is surely of its kind would be strange under every line of which it cannot be said what it looks like: whatever steel
    coils look like to a model that never saw one, sacks they are not."""
    entries = [goods.lookup(x.line[1].hs_code) for x in open_lines]
    return look.share >= settings.foreign_share and all(x is not None and look.label in x.strange for x in entries)


def _odd(case: Case, goods: Goods, odd: Sequence[Look], open_lines: Sequence[Expectation]) -> list[Finding]:
    """Blocks that would be strange under all lines, none of which says what to expect."""
    lines = [x.line for x in open_lines]
    found = []
    for label in sorted({look.label for look in odd})[:MOST]:
        of_kind = [look for look in odd if look.label == label]
        share = max(look.share for look in of_kind)
        first = stretch(of_kind[0].box, case)
        where = first if len(of_kind) == 1 else f"in {len(of_kind)} places, the leftmost {first},"
        text = f"{lines_name(lines, goods)} would not look like {load_words(label)}; the load {where} does ({percent(share)})."
        found.append(
            finding(
                case,
                NAME,
                Verdict.SUSPECT,
                Severity.MEDIUM,
                text,
                boxes=[look.box for look in of_kind],
                lines=lines,
                score=1.0 - share,
                observation=OBSERVATIONS[Grade.STRANGE],
            )
        )
    return found


def _weigh(
    group: Judged, settings: CheckSettings, goods: Goods, open_lines: list[Expectation]
) -> tuple[Verdict, Severity, str]:
    if open_lines:
        names = lines_name([x.line for x in open_lines], goods)
        return (
            Verdict.UNKNOWN,
            Severity.MEDIUM,
            f", which {names} may explain, of which it is not known what it looks like",
        )
    if group.grade is Grade.UNUSUAL:
        return Verdict.UNKNOWN, Severity.LOW, ", and the model cannot tell it from that surely enough"
    sure = group.grade is Grade.FOREIGN and max(look.share for look in group.looks) >= settings.foreign_share
    return Verdict.SUSPECT, Severity.HIGH if sure else Severity.MEDIUM, ""


def _unjudged(case: Case, goods: Goods, seen: list[Look], open_lines: list[Expectation]) -> list[Finding]:
    """No line says what to expect: one finding for each reason, with what is seen."""
    reasons: dict[str, list[NumberedLine]] = {}
    for x in open_lines:
        reasons.setdefault(x.why or "", []).append(x.line)
    seen_words = f"the scan shows what looks like {either(sorted({look.label for look in seen}))}"
    return [
        finding(
            case,
            NAME,
            Verdict.UNKNOWN,
            Severity.LOW,
            f"{lines_name(lines, goods)} {_plural(why) if len(lines) > 1 else why}; {seen_words}.",
            boxes=[look.box for look in seen],
            lines=lines,
        )
        for why, lines in list(reasons.items())[:MOST]
    ]


def _plural(why: str) -> str:
    return why.replace("gives ", "give ", 1).replace("is of ", "are of ", 1)


def _declared(judgeable: list[Expectation], goods: Goods) -> str:
    """``Line 1 (HS 0901, coffee) would look like sacks or big bags``; of many lines, all that they let expect together."""
    if len(judgeable) <= 2:
        return " and ".join(f"{line_name(x.line, goods)} would look like {x.words}" for x in judgeable)
    labels = sorted({label for x in judgeable for label in x.weights})
    return f"{lines_name([x.line for x in judgeable], goods)} would look like {either(labels)}"


def _where(group: Judged, case: Case) -> str:
    first = stretch(group.looks[0].box, case)
    return first if len(group.looks) == 1 else f"in {len(group.looks)} places, the leftmost {first},"


def _kinds(group: Judged) -> str:
    """``machinery (87 %)``, the likeliest first; what is nearly as likely is named too."""
    top = max(group.looks, key=lambda look: look.share)
    near = sorted((x for x in top.shares if top.shares[x] >= top.share / 2), key=lambda x: (-top.shares[x], x))[:3]
    return " or ".join(f"{load_words(label)} ({percent(top.shares[label])})" for label in near)
