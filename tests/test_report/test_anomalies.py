"""Anomalies in a report: rows of the JSON, and the heat map over the page's picture."""

import base64
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.document import build_report, to_json
from scantally.detector.report.files import write_outputs
from scantally.detector.report.heat import FAINTEST, heat_pictures
from scantally.detector.report.html import render_html
from scantally.detector.types import Anomaly, AnomalyMap, Box

Make = Callable[..., Inspection]
SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"

PLACE: Box = (20.0, 10.0, 180.0, 90.0)
STRANGE = (
    Anomaly(box=(60.04, 50.06, 120.0, 110.0), rate=0.0123456, score=0.98773, step=0.5),
    Anomaly(box=(-0.04, 10.0, 30.0, 40.0), rate=0.9, score=0.4065697),
)


def rows(inspection: Inspection) -> Any:  # noqa: ANN401 (what JSON holds)
    return json.loads(to_json(build_report(inspection)))["anomalies"]


def map_of(*cells: tuple[int, int, float], box: Box = PLACE, size: tuple[int, int] = (5, 10)) -> AnomalyMap:
    score = np.zeros(size, np.float32)
    for row, column, value in cells:
        score[row, column] = value
    return AnomalyMap(score_hw=score, box=box)


def opened(raw: bytes) -> np.ndarray:
    """Blue, green, red and opacity of each pixel."""
    return cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)


# The JSON.


def test_rows_are_rounded_and_in_order(make: Make) -> None:
    assert rows(make(anomalies=STRANGE)) == [
        {"score": 0.9877, "box": [60.0, 50.1, 120.0, 110.0], "rate": 0.0123},
        {"score": 0.4066, "box": [0.0, 10.0, 30.0, 40.0], "rate": 0.9},
    ]


def test_nobody_looked_and_nothing_found_are_an_empty_list(make: Make) -> None:
    assert rows(make()) == [] and rows(make(anomalies=())) == []


def test_rows_follow_the_published_schema(make: Make) -> None:
    schema = json.loads(SCHEMA.read_text())
    whole = json.loads(to_json(build_report(make(anomalies=STRANGE))))
    jsonschema.validate(whole, schema)
    older = {**whole, "anomalies": [{"score": 0.5, "box": [0, 0, 1, 1]}]}  # without a rate
    jsonschema.validate(older, schema)
    for bad in ({"rate": -0.1}, {"rate": "rare"}, {"step": 0.5}, {"score": None}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**whole, "anomalies": [whole["anomalies"][0] | bad]}, schema)


# The picture.


def test_a_picture_has_four_pixels_a_cell_and_the_place_of_its_map() -> None:
    (one,) = heat_pictures([map_of((2, 5, 1.0))])
    assert one.box == PLACE and opened(one.raw).shape == (20, 40, 4)


def test_the_strangest_is_red_and_never_hides_the_scan_and_what_is_usual_is_clear() -> None:
    hot = [(row, column, 1.0) for row in (1, 2, 3) for column in (4, 5, 6)]
    (one,) = heat_pictures([map_of(*hot)])
    picture = opened(one.raw)
    assert picture[10, 22].tolist() == [0, 0, 225, 150]
    assert picture[..., 3].max() == 150
    assert not picture[:, :12, 3].any() and not picture[:, 32:, 3].any()


def test_what_is_hardly_strange_is_faint_and_amber() -> None:
    (one,) = heat_pictures([AnomalyMap(score_hw=np.full((3, 3), 0.36, np.float32), box=PLACE)])
    blue, green, red, alpha = opened(one.raw)[6, 6].tolist()
    assert blue == 0 and green > 180 and red > 250 and 0 < alpha < 15


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32))
@settings(max_examples=40, deadline=None)
def test_the_stranger_the_redder_and_the_less_transparent(one: float, other: float) -> None:
    low, high = sorted((one, other))
    cells = np.zeros((3, 12), np.float32)
    cells[:, :4], cells[:, 4:8], cells[:, 8:] = low, high, 1.0
    (made,) = heat_pictures([AnomalyMap(score_hw=cells, box=PLACE)])
    faint, strong = opened(made.raw)[6, 6].tolist(), opened(made.raw)[6, 24].tolist()
    assert faint[3] <= strong[3] and faint[1] >= strong[1]
    assert (faint[3] == 0) == (low <= FAINTEST + 1e-3) or faint[3] <= 5


def test_maps_in_which_nothing_is_strange_give_no_picture() -> None:
    assert heat_pictures([]) == []
    assert heat_pictures([map_of((2, 5, FAINTEST))]) == []
    assert heat_pictures([AnomalyMap(score_hw=np.zeros((0, 0), np.float32), box=PLACE)]) == []
    two = heat_pictures([map_of(), map_of((0, 0, 0.9), box=(1.0, 2.0, 3.0, 4.0))])
    assert [one.box for one in two] == [(1.0, 2.0, 3.0, 4.0)]


def test_the_same_map_gives_the_same_bytes() -> None:
    one, other = heat_pictures([map_of((2, 5, 0.8))]), heat_pictures([map_of((2, 5, 0.8))])
    assert one[0].raw == other[0].raw


# The page.


class Parsed(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def heats(self) -> list[dict[str, str | None]]:
        return [a for tag, a in self.elements if tag == "image" and a.get("class") == "heat"]

    def switches(self) -> list[dict[str, str | None]]:
        return [a for _, a in self.elements if a.get("id") == "show-heat"]


def page(inspection: Inspection, maps: tuple[AnomalyMap, ...] | None) -> str:
    return render_html(build_report(inspection), inspection.scan, maps=maps)


def test_the_page_shows_the_heat_map_where_it_belongs(make: Make) -> None:
    html = page(make(anomalies=STRANGE), (map_of((2, 5, 1.0)),))
    parsed = Parsed(html)
    (heat,) = parsed.heats()
    assert [float(heat[k] or "nan") for k in ("x", "y", "width", "height")] == [20.0, 10.0, 160.0, 80.0]
    assert heat["preserveaspectratio"] == "none"
    kind, _, raw = (heat["href"] or "").partition(",")
    assert kind == "data:image/png;base64" and opened(base64.b64decode(raw)).shape == (20, 40, 4)
    (switch,) = parsed.switches()
    assert "checked" in switch and "disabled" not in switch
    assert "Heat map</label>" in html and "nothing strange" not in html


def test_the_heat_map_lies_over_the_scan_and_below_the_marks(make: Make) -> None:
    html = page(make(anomalies=STRANGE), (map_of((2, 5, 1.0)), map_of((1, 1, 0.7))))
    assert len(Parsed(html).heats()) == 2
    views = [m.start() for m in re.finditer(r'<image class="view', html)]
    heats = [m.start() for m in re.finditer(r'<image class="heat', html)]
    marks = [m.start() for m in re.finditer(r'<g class="mark', html)]
    assert max(views) < min(heats) and max(heats) < min(marks)


def test_where_nothing_is_strange_the_switch_is_off_and_says_so(make: Make) -> None:
    for maps in ((), (map_of(),)):
        html = page(make(anomalies=()), maps)
        parsed = Parsed(html)
        (switch,) = parsed.switches()
        assert parsed.heats() == [] and "disabled" in switch and "checked" not in switch
        assert "Heat map <small>nothing strange</small>" in html


def test_where_nothing_looked_there_is_no_heat_map(make: Make) -> None:
    html = page(make(), None)
    assert Parsed(html).heats() == [] and Parsed(html).switches() == []
    assert "Heat map" not in html
    assert html == render_html(build_report(make()), make().scan)


@pytest.mark.parametrize(("looked", "strange"), [(False, False), (True, False), (True, True)])
def test_the_written_page_has_the_inspections_maps(make: Make, tmp_path: Path, looked: bool, strange: bool) -> None:
    maps = (map_of((2, 5, 1.0 if strange else 0.1)),)
    inspection = make(anomalies=STRANGE if strange else ()) if looked else make()
    inspection = make(anomalies=inspection.anomalies, maps=maps if looked else ())
    write_outputs(inspection, tmp_path, "scan")
    parsed = Parsed((tmp_path / "scan.html").read_text(encoding="utf-8"))
    assert (len(parsed.switches()), len(parsed.heats())) == (int(looked), int(strange))
    assert len(json.loads((tmp_path / "scan.json").read_text())["anomalies"]) == (2 if strange else 0)
