"""Strength of evidence: the tables, the belief that they give, and what follows from it."""

import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.errors import PackageError
from scantally.detector.evidence.belief import believe, posterior_of, priors
from scantally.detector.evidence.decision import decide, expected_costs
from scantally.detector.evidence.tables import (
    EVIDENCE,
    FAMILIES,
    EvidenceTables,
    family_of,
    read_tables,
    strongest,
    word_of,
)
from scantally.detector.types import Disposition, Finding, Manifest, ManifestLine, Severity, Verdict

DOCUMENT: dict[str, Any] = {
    "containers": {"honest": 100, "false_empty": 20, "wrong_goods": 40},
    "observed": {
        "empty": {
            "clear/low": {"honest": 90, "false_empty": 1, "wrong_goods": 38},
            "unknown/low": {"honest": 8, "false_empty": 3, "wrong_goods": 1},
            "suspect/high": {"honest": 2, "false_empty": 16, "wrong_goods": 1},
        },
        "goods": {
            "clear/expected": {"honest": 80, "false_empty": 0, "wrong_goods": 5},
            "unknown/unusual": {"honest": 18, "false_empty": 0, "wrong_goods": 9},
            "suspect/strange": {"honest": 2, "false_empty": 0, "wrong_goods": 26},
        },
    },
}
TABLES = EvidenceTables.model_validate(DOCUMENT)
SETTINGS = DecisionSettings(prior=0.1)
VERDICTS = {"clear": Verdict.CLEAR, "unknown": Verdict.UNKNOWN, "suspect": Verdict.SUSPECT}


def finding(check: str, word: str, lines: tuple[int, ...] = ()) -> Finding:
    verdict, said = word.split("/")
    severity = Severity(said) if said in ("low", "medium", "high") else Severity.MEDIUM
    return Finding(
        check=check,
        verdict=VERDICTS[verdict],
        severity=severity,
        reason=f"{check} says {word}.",
        lines=lines,
        observation=None if said in ("low", "medium", "high") else said,
    )


WORDS = [(check, word) for check, words in TABLES.observed.items() for word in words]


def test_a_ratio_is_that_of_the_counts_with_half_a_container_more() -> None:
    expected = math.log((16.5 / 21.5) / (2.5 / 101.5))
    assert TABLES.log_ratio("empty", "suspect/high", "false_empty") == pytest.approx(expected)


@pytest.mark.parametrize(("check", "word"), [("mass", "clear/agrees"), ("empty", "clear/other")])
def test_what_no_table_knows_says_nothing(check: str, word: str) -> None:
    assert TABLES.log_ratio(check, word, "false_empty") == 0.0


def test_an_unknown_never_speaks_for_the_papers() -> None:
    # 8 % of the honest and 3 % of the wrong goods: the counts alone would speak for the papers.
    assert TABLES.log_ratio("empty", "unknown/low", "wrong_goods") == 0.0
    assert TABLES.log_ratio("empty", "unknown/low", "false_empty") == 0.0


def test_an_unknown_speaks_where_it_says_what_may_have_been_seen() -> None:
    """A possible firearm: 3 of 20 against 8 of 100. A picture that cannot be judged is no reason to suspect anybody."""
    words = DOCUMENT["observed"]["empty"]
    observed = {"undeclared": {"unknown/possible" if word == "unknown/low" else word: n for word, n in words.items()}}
    tables = EvidenceTables.model_validate(DOCUMENT | {"observed": observed})
    expected = math.log((3.5 / 21.5) / (8.5 / 101.5))
    assert tables.log_ratio("undeclared", "unknown/possible", "false_empty") == pytest.approx(expected)
    assert tables.log_ratio("undeclared", "unknown/possible", "wrong_goods") == 0.0  # and never for the papers


def test_a_clear_never_speaks_against_the_papers() -> None:
    """No object is seen in 18 of 20 of one kind and in 50 of 100 honest ones, whose objects are declared: no reason for suspicion."""
    observed = {
        "undeclared": {
            "clear/none": {"honest": 50, "false_empty": 18},
            "clear/explained": {"honest": 50, "false_empty": 2},
        }
    }
    tables = EvidenceTables.model_validate(DOCUMENT | {"observed": observed})
    assert tables.log_ratio("undeclared", "clear/none", "false_empty") == 0.0
    assert tables.log_ratio("undeclared", "clear/explained", "false_empty") < 0.0


def test_one_witness_by_hand() -> None:
    """Bayes' rule for two ways: prior 0.05 each."""
    belief = believe([finding("empty", "suspect/high")], None, TABLES, SETTINGS)
    ratio_false = (16.5 / 21.5) / (2.5 / 101.5)
    ratio_goods = (1.5 / 41.5) / (2.5 / 101.5)
    odds = (0.05 * ratio_false + 0.05 * ratio_goods) / 0.9
    assert belief.posterior == pytest.approx(odds / (1 + odds))
    assert [way for way, _ in belief.ways] == ["false_empty", "wrong_goods"]
    assert sum(p for _, p in belief.ways) == pytest.approx(belief.posterior)
    (step,) = belief.steps
    assert (step.check, step.family, step.before) == ("empty", "load", pytest.approx(0.1))
    assert step.after == pytest.approx(belief.posterior)
    assert step.ratio == pytest.approx(odds / (0.1 / 0.9))


def test_a_family_s_discount_takes_from_each_of_its_witnesses() -> None:
    half = TABLES.model_copy(update={"weights": {"load": 0.5}})
    none = TABLES.model_copy(update={"weights": {"load": 0.0}})
    words = {"empty": "suspect/high", "goods": "suspect/strange"}
    full, less, nothing = (posterior_of(words, tables, SETTINGS) for tables in (TABLES, half, none))
    assert full > less > nothing == pytest.approx(SETTINGS.prior)


def test_the_strongest_finding_of_a_check_counts_once() -> None:
    said = [finding("empty", "clear/low"), finding("empty", "suspect/high"), finding("empty", "unknown/low")]
    assert word_of(strongest(said)["empty"]) == "suspect/high"
    once = believe([finding("empty", "suspect/high")], None, TABLES, SETTINGS)
    thrice = believe([*said, finding("empty", "suspect/high")], None, TABLES, SETTINGS)
    assert thrice.posterior == once.posterior


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6), st.floats(0.001, 0.9), st.randoms())
def test_belief_is_a_chance_and_does_not_depend_on_the_order(words: list[Any], prior: float, random: Any) -> None:  # noqa: ANN401
    chosen = DecisionSettings(prior=prior)
    said = [finding(check, word) for check, word in words]
    belief = believe(said, None, TABLES, chosen)
    mixed = list(said)
    random.shuffle(mixed)
    assert 0.0 < belief.posterior < 1.0
    assert believe(mixed, None, TABLES, chosen).posterior == pytest.approx(belief.posterior)
    assert sum(p for _, p in belief.ways) == pytest.approx(belief.posterior, abs=1e-6)
    for one, after in zip(belief.steps, belief.steps[1:], strict=False):
        assert abs(math.log(one.after / (1 - one.after)) - math.log(after.before / (1 - after.before))) < 0.11
    spoken = {check: word_of(found) for check, found in strongest(said).items()}
    assert posterior_of(spoken, TABLES, chosen) == pytest.approx(belief.posterior)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from([w for w in WORDS if w[1].startswith("unknown")]))
def test_one_more_unknown_never_makes_the_papers_likelier(words: list[Any], more: Any) -> None:  # noqa: ANN401
    said = {check: word for check, word in words if check != more[0]}
    before = posterior_of(said, TABLES, SETTINGS)
    assert posterior_of({**said, more[0]: more[1]}, TABLES, SETTINGS) >= before - 1e-12


def test_a_line_is_judged_by_what_names_it() -> None:
    manifest = Manifest(lines=(ManifestLine(number=1), ManifestLine(number=2), ManifestLine()))
    said = [finding("goods", "suspect/strange", lines=(2,)), finding("empty", "clear/low")]
    lines = {line.number: line.posterior for line in believe(said, manifest, TABLES, SETTINGS).lines}
    assert set(lines) == {1, 2, 3}
    assert lines[1] == lines[3] == pytest.approx(0.05 / 3)
    ratio = (26.5 / 41.5) / (2.5 / 101.5)  # of "wrong_goods", the only way here that concerns a line
    prior = 0.05 / 3
    assert lines[2] == pytest.approx(prior * ratio / (prior * ratio + 1 - 0.05 / 3), rel=1e-3)


def test_priors_follow_the_site_s_choice_of_ways() -> None:
    chosen = DecisionSettings(prior=0.2, ways={"false_empty": 3.0})
    assert list(priors(TABLES, chosen)) == pytest.approx([0.8, 0.15, 0.05])


def test_families_hold_each_check_once() -> None:
    checks = [check for family in FAMILIES.values() for check in family]
    assert len(checks) == len(set(checks))
    assert family_of("mass") == "load"
    assert family_of("something_new") == "something_new"


REQUIRED = CheckSettings(release_requires=("empty",))


@pytest.mark.parametrize(
    ("posterior", "expected"),
    [
        (0.001, Disposition.RELEASE),
        (0.03, Disposition.REVIEW),
        (0.3, Disposition.INSPECT),
        (0.999, Disposition.INSPECT),
    ],
)
def test_the_cheapest_answer_is_proposed(posterior: float, expected: Disposition) -> None:
    chosen = DecisionSettings()
    assert decide(posterior, [finding("empty", "clear/low")], REQUIRED, chosen) is expected
    costs = expected_costs(posterior, chosen)
    assert costs[expected] == min(costs.values())


def test_of_equal_costs_the_most_careful_answer() -> None:
    chosen = DecisionSettings(cost_miss=10.0, cost_review=0.0, cost_inspect=0.0, review_misses=1.0)
    assert decide(1e-9, [finding("empty", "clear/low")], REQUIRED, chosen) is Disposition.INSPECT


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["suspect/high"], Disposition.INSPECT),
        (["unknown/low"], Disposition.REVIEW),
        ([], Disposition.REVIEW),
        (["suspect/medium", "clear/low"], Disposition.RELEASE),
    ],
)
def test_no_cost_releases_what_could_not_be_judged(said: list[str], expected: Disposition) -> None:
    """A SUSPECT of less than high severity is weighed; high ones and the silence of a required check are not."""
    findings = [finding("empty", word) for word in said]
    assert decide(1e-6, findings, REQUIRED, DecisionSettings()) is expected


def test_a_suspicion_that_nobody_weighed_is_looked_at() -> None:
    quiet = [finding(check, "clear/low") for check in CheckSettings().release_requires]
    odd = finding("package_mass", "suspect/low")
    for weighed, expected in (
        (lambda found: found.check == "empty", Disposition.REVIEW),
        (lambda found: found.check == "package_mass", Disposition.RELEASE),
        (None, Disposition.RELEASE),
    ):
        assert decide(0.001, [*quiet, odd], CheckSettings(), DecisionSettings(), weighed) is expected
    assert decide(0.001, quiet, CheckSettings(), DecisionSettings(), lambda found: False) is Disposition.RELEASE


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=4))
def test_the_steps_lead_from_the_prior_to_the_posterior_without_a_gap(said: list[tuple[str, str]]) -> None:
    belief = believe([finding(check, word) for check, word in said], None, TABLES, SETTINGS)
    at = belief.prior
    for step in belief.steps:
        assert step.before == at
        at = step.after
    assert at == pytest.approx(belief.posterior, abs=1e-12)


def test_ten_thousand_lines_are_believed_in_a_second() -> None:
    lines = tuple(ManifestLine(number=n) for n in range(1, 10_001))
    found = [finding("goods", "suspect/strange", (n, n + 1)) for n in range(1, 10_000, 2)]
    began = time.process_time()
    belief = believe(found, Manifest(lines=lines), TABLES, SETTINGS)
    assert time.process_time() - began < 2.0
    assert len(belief.lines) == 10_000 and belief.lines[0].posterior > belief.prior / 10_000


def test_words_that_were_never_counted_are_not_weighed() -> None:
    """Simulated papers never contradict themselves, and a declared firearm says nothing of whether papers are true."""
    assert TABLES.weighs(finding("empty", "clear/low"))
    assert not TABLES.weighs(finding("manifest_consistency", "suspect/medium"))
    for word in ("declared", "explained"):  # by the papers themselves, even where a table should have counted it
        there = EvidenceTables.model_validate(
            DOCUMENT | {"observed": {"prohibited": {f"suspect/{word}": {"honest": 9, "false_empty": 2}}}}
        )
        assert not there.weighs(finding("prohibited", f"suspect/{word}"))
    alone = believe([finding("empty", "clear/low")], None, TABLES, DecisionSettings())
    more = [finding("empty", "clear/low"), finding("empty", "suspect/never_said")]
    assert believe(more, None, TABLES, DecisionSettings()).posterior == pytest.approx(DecisionSettings().prior)
    assert alone.posterior < DecisionSettings().prior


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9))
def test_more_suspicion_never_asks_for_less(one: float, other: float) -> None:
    order = [Disposition.RELEASE, Disposition.REVIEW, Disposition.INSPECT]
    said = [finding("empty", "clear/low")]
    low, high = (decide(p, said, REQUIRED, DecisionSettings()) for p in sorted((one, other)))
    assert order.index(low) <= order.index(high)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"containers": {"honest": 3}}, "containers: expected 'honest' and at least one way of being untrue"),
        ({"containers": {"wrong_mass": 3, "wrong_goods": 3}}, "containers: expected 'honest' and at least one way"),
        ({"observed": {"empty": {"clear/low": {"honest": 101}}}}, "observed.empty: 101 of 100 containers of the kind"),
        ({"observed": {"empty": {"clear/low": {"stolen": 1}}}}, "observed.empty: 'stolen' is not among the containers"),
        ({"observed": {"no_such_check": {"clear/low": {}}}}, "observed: expected names of checks, got 'no_such_check'"),
        (
            {"observed": {"empty": {"banana/42": {}}}},
            "observed.empty: expected words such as 'clear/agrees', got 'banana/42'",
        ),
        ({"observed": {"empty": {"clear/": {}}}}, "observed.empty: expected words such as"),
        ({"observed": {"empty": {"clear/low": {"honest": 10**399}}}}, "should be less than or equal to 1000000000"),
        ({"containers": {"honest": 10**399, "false_empty": 1}}, "should be less than or equal to 1000000000"),
        ({"weights": {"load": 1.5}}, "loaded.weights.load"),
        ({"strange": 1}, "unknown key 'loaded.strange'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    import yaml

    (tmp_path / EVIDENCE).write_text(yaml.safe_dump({"source": "made by hand", "loaded": DOCUMENT | change}))
    with pytest.raises(PackageError) as refused:
        read_tables(tmp_path)
    assert fault in str(refused.value)


def test_a_package_without_tables_has_none(tmp_path: Path) -> None:
    assert read_tables(tmp_path) is None
    (tmp_path / EVIDENCE).write_text("schema: [1")
    with pytest.raises(PackageError, match="expected YAML"):
        read_tables(tmp_path)
