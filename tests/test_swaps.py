"""Papers of other loads, made up from labels, against values that can be worked out by hand."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("faster_coco_eval")

from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods, GoodsEntry
from scantally.detector.types import Box, Detections, Group, LoadBlock
from scantally.training.evaluation.roc import area, plot, points
from scantally.training.evaluation.swaps import EMPTY_LOADED, OTHER_LOAD, OTHER_LOAD_SURE, compare_papers
from scantally.training.metrics import Judged
from scantally.training.report import save_cross_validation

BOX: Box = (100.0, 100.0, 900.0, 400.0)
SECOND: Box = (1100.0, 100.0, 1900.0, 400.0)

GOODS = Goods(
    goods={
        "1006": GoodsEntry(title="rice", loads={"sacks": 1.0, "bulk": 0.3}),
        "1701": GoodsEntry(title="sugar", loads={"sacks": 1.0}),
        "4407": GoodsEntry(title="wood", loads={"timber": 1.0}),
        "2710": GoodsEntry(title="oil", loads={"tank": 1.0, "drums": 0.6}),
        "4412": GoodsEntry(title="plywood", loads={"timber": 0.6}),
        "44": GoodsEntry(title="wood and articles of wood", loads={"timber": 1.0}),
    }
)


def scan(
    labels: list[Label], found: list[tuple[str, float]], scores: dict[str, float] | None, name: str = "a"
) -> Judged:
    made = LabelledScan(
        name=name,
        group=name,
        scanner="A",
        labels=(Label(label="container", box=BOX), *labels),
        open=lambda: np.ones((500, 1000), np.float32),
    )
    rows = [(BOX, p, label, Group.LOAD) for label, p in found]
    blocks = None if scores is None else (LoadBlock(box=BOX, scores=scores),)
    return Judged(scan=made, found=Detections.of(rows), blocks=blocks)


def load(label: str, *, sure: bool = True) -> Label:
    return Label(label=label, box=BOX, sure=sure)


def test_a_recognised_load_tells_other_papers_from_its_own() -> None:
    judged = [
        scan([load("sacks")], [("sacks", 0.9)], {"sacks": 0.9, "timber": 0.02}, "a"),
        scan([load("timber")], [("timber", 0.8)], {"sacks": 0.1, "timber": 0.8}, "b"),
    ]
    found = compare_papers(judged, GOODS, CheckSettings())
    assert found[OTHER_LOAD].area.value == 1.0
    assert found[OTHER_LOAD].area.count == 2
    assert found[OTHER_LOAD].curve[0] == (0.0, 0.0)
    assert found[OTHER_LOAD].curve[-1] == (1.0, 1.0)


def test_a_load_taken_for_another_speaks_for_the_wrong_papers() -> None:
    judged = [
        scan([load("sacks")], [("timber", 0.9)], {"sacks": 0.01, "timber": 0.9}, "a"),
        scan([load("timber", sure=False)], [("timber", 0.9)], {"sacks": 0.01, "timber": 0.9}, "b"),
    ]
    found = compare_papers(judged, GOODS, CheckSettings())
    # a: its own papers fit badly, the others well; b: the other way round; half of the pairs across them are equal.
    assert found[OTHER_LOAD].area.value == pytest.approx(0.5)
    assert found[OTHER_LOAD_SURE].area.value == 0.0
    assert found[OTHER_LOAD_SURE].area.count == 1


def test_nothing_recognised_tells_nothing() -> None:
    judged = [scan([load("sacks")], [], (), "a"), scan([load("timber")], [], None, "b")]  # type: ignore[arg-type]
    found = compare_papers([Judged(scan=x.scan, found=x.found, blocks=()) for x in judged], GOODS, CheckSettings())
    assert found[OTHER_LOAD].area.value == 0.5


def test_goods_that_may_make_the_load_are_no_other_papers() -> None:
    """Rice travels in bulk, too: it is no false name for bulk; and nothing else is labelled."""
    judged = [
        scan([load("bulk")], [("bulk", 0.9)], {"bulk": 0.9, "sacks": 0.1}),
        scan([load("sacks")], [], {"sacks": 0.5}, "b"),
    ]
    goods = GOODS.model_copy(update={"goods": {**GOODS.goods, "1001": GoodsEntry(title="wheat", loads={"bulk": 1.0})}})
    found = compare_papers(judged, goods, CheckSettings())
    # Of the two loads, sugar alone is foreign to bulk, and wheat to sacks.
    assert found[OTHER_LOAD].area.count == 2


def test_one_kind_of_load_has_no_other_papers() -> None:
    judged = [scan([load("sacks")], [("sacks", 0.9)], {"sacks": 0.9})]
    assert OTHER_LOAD not in compare_papers(judged, GOODS, CheckSettings())


def test_a_container_of_two_loads_declares_both() -> None:
    judged = [
        scan([load("sacks"), load("timber")], [("sacks", 0.9)], {"sacks": 0.9, "timber": 0.01, "tank": 0.01}, "a"),
        scan([load("tank")], [("tank", 0.9)], {"sacks": 0.01, "timber": 0.01, "tank": 0.9}, "b"),
    ]
    assert compare_papers(judged, GOODS, CheckSettings())[OTHER_LOAD].area.value == 1.0


def test_empty_and_loaded_swapped() -> None:
    vacant = Label(label="empty", box=BOX)
    judged = [
        scan([vacant], [("empty", 0.95), ("sacks", 0.05)], None, "a"),
        scan([load("sacks")], [("sacks", 0.3)], None, "b"),  # of an unsure kind, but surely loaded
        scan([load("sacks")], [], None, "c"),
    ]
    assert compare_papers(judged[:2], GOODS, CheckSettings())[EMPTY_LOADED].area.value == 1.0
    # Nothing seen in c: its papers stand in the middle, over all true ones and under all untrue ones, and equal to each other.
    assert compare_papers(judged, GOODS, CheckSettings())[EMPTY_LOADED].area.value == pytest.approx((8 + 0.5) / 9)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(1, 3)), min_size=2, max_size=30).filter(
        lambda rows: len({untrue for _, untrue, _ in rows}) == 2
    )
)
@settings(max_examples=60, deadline=None)
def test_the_area_is_the_share_of_pairs_and_the_area_under_the_curve(rows: list[tuple[int, bool, int]]) -> None:
    value = np.array([float(v) for v, _, _ in rows])
    untrue = np.array([u for _, u, _ in rows])
    weight = np.array([float(w) for _, _, w in rows])
    pairs = [
        (wa * wb, 1.0 if a > b else 0.5 if a == b else 0.0) for a, ua, wa in rows for b, ub, wb in rows if ua and not ub
    ]
    expected = sum(w * right for w, right in pairs) / sum(w for w, _ in pairs)
    assert area(value, untrue, weight) == pytest.approx(expected)
    x, y = np.array(points(value, untrue, weight)).T
    assert float(np.trapezoid(y, x)) == pytest.approx(expected)
    assert (np.diff(x) >= 0).all() and (np.diff(y) >= 0).all()


def test_one_kind_alone_has_no_area_and_no_curve() -> None:
    ones = np.ones(3)
    assert np.isnan(area(ones, np.zeros(3, np.bool_), ones))
    assert points(ones, np.zeros(3, np.bool_), ones) == []
    assert points(np.empty(0), np.empty(0, np.bool_), np.empty(0)) == []


def test_the_curves_are_a_picture_of_their_own() -> None:
    root = ET.fromstring(plot([("one & two", [(0.0, 0.0), (1.0, 1.0)])]))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "one & two" in [x.text for x in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_cross_validation_tells_it(tmp_path: Path) -> None:
    judged = [
        scan([load("sacks")], [("sacks", 0.9)], {"sacks": 0.9, "timber": 0.02}, "a"),
        scan([load("timber")], [("timber", 0.8)], {"sacks": 0.1, "timber": 0.8}, "b"),
    ]
    figures = save_cross_validation({"fold0": judged[:1], "fold1": judged[1:]}, tmp_path / "crossval.json")
    name = f"{OTHER_LOAD}: area under the ROC curve"
    assert figures["folds"][name].value > 0.9
    assert (
        json.loads((tmp_path / "crossval.json").read_text())["figures"]["folds"][name][0]
        == figures["folds"][name].value
    )
    ET.parse(tmp_path / "papers.svg")
