"""The waterfall: what the page says of the evidence is what was weighed."""

import json
import math
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scantally.detector.evidence.belief import Belief, LineBelief, Step
from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.belief_view import ENDS, WAYS, WIDTH, belief_views, of_hundred, place, ticks
from scantally.detector.report.document import build_report, json_schema, to_json
from scantally.detector.report.html import render_html
from scantally.detector.types import Severity, Verdict

Make = Callable[..., Inspection]

BELIEF = Belief(
    prior=0.02,
    posterior=0.31,
    steps=(
        Step(check="mass", family="load", reason="The load is <lighter> than declared.", before=0.02, after=0.45),
        Step(check="goods", family="load", reason="The load looks as declared.", before=0.45, after=0.31),
    ),
    ways=(("wrong_mass", 0.28), ("false_empty", 0.029), ("new_way", 0.001)),
    lines=(LineBelief(number=1, posterior=0.29), LineBelief(number=2, posterior=0.004)),
)


def test_the_page_shows_every_step_and_escapes_it(make: Make) -> None:
    inspection = replace(make(), beliefs=(BELIEF,))
    page = render_html(build_report(inspection), inspection.scan)
    section = page.split('<section class="evidence"')[1].split("</section>")[0]
    assert "the papers of <b>31 of 100</b> are not true" in section
    assert "another mass than declared (in 90 of 100 such cases)" in section
    assert "The load is &lt;lighter&gt; than declared." in section
    assert section.count('class="against"') == section.count('class="for"') == 1
    assert "line 1 (29 of 100 not true)" in section
    assert "line 2" not in section


def test_a_grave_suspicion_is_inspected_whatever_the_sum_says(make: Make) -> None:
    said = "a suspicion of high weight is inspected whatever this sum says"
    for severity, expected in ((Severity.HIGH, True), (Severity.MEDIUM, False)):
        suspect = make().findings[2].model_copy(update={"verdict": Verdict.SUSPECT, "severity": severity})
        inspection = replace(make(), beliefs=(BELIEF,), findings=(suspect,))
        page = render_html(build_report(inspection), inspection.scan)
        assert (said in page, '<a href="#finding-1">finding 1</a>: a susp' in page) == (expected, expected)


def test_without_weighed_evidence_there_is_no_waterfall(make: Make) -> None:
    for beliefs in ((), (None,)):
        inspection = replace(make(), beliefs=beliefs)
        assert '<section class="evidence"' not in render_html(build_report(inspection), inspection.scan)


def test_the_document_says_what_was_weighed(make: Make) -> None:
    value = json.loads(to_json(build_report(replace(make(), beliefs=(BELIEF,)))))
    jsonschema.validate(value, json_schema())
    (evidence,) = value["evidence"]
    assert (evidence["prior"], evidence["posterior"]) == (0.02, 0.31)
    assert [step["check"] for step in evidence["steps"]] == ["mass", "goods"]
    assert evidence["steps"][0]["ratio"] == pytest.approx((0.45 / 0.55) / (0.02 / 0.98), rel=0.01)
    assert evidence["lines"] == [{"number": 1, "posterior": 0.29}, {"number": 2, "posterior": 0.004}]


def test_bars_join_and_point_the_right_way(make: Make) -> None:
    (view,) = belief_views(build_report(replace(make(), beliefs=(BELIEF,))))
    first, second = view.steps
    assert first.left == pytest.approx(view.prior_x)
    assert first.left + first.width == pytest.approx(second.left + second.width)
    assert second.left == pytest.approx(view.posterior_x)
    assert (first.against, second.against) == (True, False)
    assert first.words == "40 times likelier"
    assert second.words == "1.8 times less likely"


def test_a_step_that_cannot_be_seen_is_told_without_a_figure(make: Make) -> None:
    """It stays in the waterfall, which would have a gap without it."""
    faint = Step(check="empty", family="load", reason="Loaded.", before=0.31, after=0.3099)
    belief = replace(BELIEF, posterior=0.3099, steps=(*BELIEF.steps, faint))
    (view,) = belief_views(build_report(replace(make(), beliefs=(belief,))))
    assert view.steps[-1].words == "hardly any change"
    ends = [view.belief.prior, *(step.after for step in view.belief.steps)]
    assert [step.before for step in view.belief.steps] == ends[:-1] and ends[-1] == view.belief.posterior


@given(st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9))
def test_the_scale_is_ordered_and_even_in_log_odds(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= place(low) <= place(high) <= WIDTH
    assert place(0.5) == pytest.approx(WIDTH / 2)
    inside = min(max(one, 0.01), 0.99)
    step = place(1 / (1 + math.exp(-(math.log(inside / (1 - inside)) + 0.5)))) - place(inside)
    assert step == pytest.approx(place(0.5) - place(1 / (1 + math.exp(0.5))), abs=1e-6)
    assert (place(ENDS[0]), place(ENDS[1])) == (0.0, WIDTH)


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (1e-9, "fewer than 1 of 1,000"),
        (0.0005, "fewer than 1 of 1,000"),
        (0.9995, "more than 999 of 1,000"),
        (0.002, "2 of 1,000"),
        (0.02, "2 of 100"),
        (0.31, "31 of 100"),
        (0.99, "990 of 1,000"),
        (0.9999, "more than 999 of 1,000"),
    ],
)
def test_chances_are_said_in_whole_containers(chance: float, said: str) -> None:
    assert of_hundred(chance) == said


@given(st.floats(0, 1))
def test_no_chance_is_called_none_or_all(chance: float) -> None:
    number = of_hundred(chance).split()
    assert number[0] != "0" and number[0] != number[-1]


def test_every_way_that_the_simulator_knows_has_words() -> None:
    from scantally.datasets.simulator.draw_plan import SCENES

    assert set(WAYS) == set(SCENES)
    assert [x for x, _ in ticks()] == sorted(x for x, _ in ticks())
