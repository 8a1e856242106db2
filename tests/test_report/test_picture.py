from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report import picture
from scantally.detector.report.document import build_report
from scantally.detector.report.html import render_html
from scantally.detector.report.layout import place_tags
from scantally.detector.report.marks import CROWDED, MOST_DRAWN, STYLES, Layer, Mark, by_weight, marks, not_drawn
from scantally.detector.report.overlay import render_overlay
from scantally.detector.types import Box, Group, Provenance, Scan

Make = Callable[..., Inspection]


def scan_of(t: np.ndarray, valid: np.ndarray | None = None, floor: float = 1e-5) -> Scan:
    t = np.asarray(t, np.float32)[None]
    return Scan(
        transmission_BHW=t,
        valid_HW=np.ones(t.shape[1:], np.bool_) if valid is None else valid,
        floor=floor,
        pitch_mm=None,
        energies_mv=None,
        calibrated=True,
        provenance=Provenance(source="s.png", sha256="0" * 64, format="png"),
    )


def steps(height: int = 128) -> Scan:
    """Ten columns of steel, each as much denser than the last: T = e^-k."""
    return scan_of(np.repeat(np.exp(-np.arange(10, dtype=np.float32)), 30)[None].repeat(height, 0))


def test_denser_is_darker_in_every_view() -> None:
    grey = picture.grey_view(steps()).astype(int)[64, 15::30]
    colour = picture.colour_view(steps()).astype(float)[64, 15::30] @ [0.114, 0.587, 0.299]
    assert (np.diff(grey) < 0).all() and (np.diff(colour) < 0).all()
    assert grey[0] > 240 and grey[-1] < 40


def test_details_show_in_light_and_in_dense_places() -> None:
    t = np.ones((200, 400), np.float32)
    t[50:150, 50:150], t[80:120, 80:120] = 0.9, 0.85  # a parcel of 5 % behind a wall
    t[50:150, 250:350], t[80:120, 280:320] = 1e-3, 0.6e-3  # half a mean free path in a dense load
    grey = picture.grey_view(scan_of(t)).astype(int)
    assert grey[60, 60] - grey[100, 100] >= 5  # 2 % of the range: the least that an eye tells apart
    assert grey[60, 260] - grey[100, 300] >= 5


def test_places_that_are_no_scene_are_striped() -> None:
    valid = np.ones((64, 96), np.bool_)
    valid[:, 48:] = False
    scan = scan_of(np.full((64, 96), 1e-6), valid)
    for view in (picture.grey_view(scan), picture.colour_view(scan)[:, :, 0]):
        assert set(np.unique(view[:, 48:])) == {150, 170}
        assert not {150, 170} & set(np.unique(view[:, :48]))


@pytest.mark.parametrize("value", [1e-6, 1.0])
def test_black_and_white_scans_have_pictures(value: float) -> None:
    scan = scan_of(np.full((40, 60), value), floor=1e-6)
    grey = picture.grey_view(scan)
    assert (grey.max() < 10) if value < 1 else (grey.min() > 245)
    assert picture.colour_view(scan).shape == (40, 60, 3)


def test_a_scan_with_no_valid_pixel_has_a_picture() -> None:
    scan = scan_of(np.full((40, 60), 0.5), np.zeros((40, 60), np.bool_))
    assert set(np.unique(picture.grey_view(scan))) == {150, 170}


def test_colours_fall_evenly_in_lightness() -> None:
    table = picture.colour_table().astype(float)
    light = table @ [0.114, 0.587, 0.299]
    assert light[0] == pytest.approx(255) and light[-1] < 40
    assert (np.diff(light) < 1).all()  # never brighter again, but for rounding


def test_legend_ticks_lie_where_their_transmission_is_drawn() -> None:
    scan = steps()
    places = {t: at for at, t in picture.legend(scan)}
    assert places[1.0] == 0.0 and max(places.values()) == pytest.approx(1.0)
    t = np.full((64, 300), 0.1, np.float32)
    t[:, 290:] = np.exp(-9)
    drawn = picture.colour_view(scan_of(t))[30, 30]
    assert (drawn == picture.colour_table()[int(255 * places[0.1])]).all()


def test_a_huge_scan_gets_a_smaller_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MAX_PIXELS", 128 * 300 // 4)
    assert picture.grey_view(steps()).shape == (64, 150)
    assert picture.colour_view(steps()).shape == (64, 150, 3)


# Boxes and tags.


def test_findings_are_numbered_by_weight(make: Make) -> None:
    ordered = [(f.check, f.verdict.value) for f in by_weight(build_report(make()))]
    assert ordered == [
        ("prohibited", "suspect"),
        ("inspectability", "unknown"),
        ("undeclared", "suspect"),
        ("count", "unknown"),
        ("empty", "clear"),
    ]


def test_findings_about_one_place_share_a_box_in_the_heaviest_style(make: Make) -> None:
    base = make().findings
    box = (30.0, 30.0, 90.0, 90.0)
    found = tuple(f.model_copy(update={"boxes": (box, box)}) for f in base)
    shared = [m for m in marks(build_report(make(findings=found))) if m.findings]
    assert [(m.layer, m.style, m.findings) for m in shared] == [
        (Layer.CLEARED, "clear", (5,)),
        (Layer.FINDINGS, "suspect", (1, 2, 3, 4)),
    ]


def test_boxes_are_clipped_and_those_outside_left_out(make: Make) -> None:
    boxes = ((-50.0, -50.0, 40.0, 30.0), (1000.0, 10.0, 1100.0, 20.0), (50.0, 90.0, 50.0, 95.0))
    finding = make().findings[4].model_copy(update={"boxes": boxes})
    drawn = [m.box for m in marks(build_report(make(findings=(finding,)))) if m.findings]
    assert drawn == [(0.0, 0.0, 40.0, 30.0)]


def test_dense_and_unjudgeable_places_are_hatched(make: Make, black: Inspection) -> None:
    assert [m.box for m in marks(build_report(make())) if m.hatched] == [(60.0, 50.0, 120.0, 110.0)]
    (whole,) = [m for m in marks(build_report(black)) if m.hatched]
    assert whole.box == (0.0, 0.0, 480.0, 160.0) and whole.tag == "cannot be judged"


def test_tags_are_short_where_boxes_crowd(make: Make) -> None:
    finding = make().findings[4]
    many = tuple(finding.model_copy(update={"boxes": ((k, k, k + 9.0, k + 9.0),)}) for k in range(CROWDED))
    tags = [m.tag for m in marks(build_report(make(findings=many))) if m.layer is Layer.FINDINGS]
    assert sorted(tags, key=int) == [str(k + 1) for k in range(CROWDED)]


def mark(x: float, y: float, w: float = 100, h: float = 60, layer: Layer = Layer.FINDINGS) -> Mark:
    return Mark(layer=layer, style="suspect", box=(x, y, x + w, y + h), tag="tag")


def test_tags_of_equal_boxes_do_not_cover_each_other() -> None:
    drawn = [mark(100, 100, layer=layer) for layer in Layer] + [mark(100, 100), mark(110, 105)]
    places = place_tags(drawn, lambda tag: (60.0, 15.0), (0.0, 0.0, 600.0, 400.0))
    for i, a in enumerate(places):
        for b in places[:i]:
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]


def test_tags_stay_in_the_frame() -> None:
    corners = [mark(x, y) for x in (0, 500) for y in (0, 340)]
    for x0, y0, x1, y1 in place_tags(corners, lambda tag: (150.0, 15.0), (0.0, 0.0, 600.0, 400.0)):
        assert x0 >= 0 and y0 >= 0 and x1 <= 600 and y1 <= 400


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("name", STYLES)
def test_text_on_tags_has_contrast(name: str) -> None:
    lightest, darkest = sorted((_luminance(STYLES[name].colour), _luminance(STYLES[name].ink)), reverse=True)
    assert (lightest + 0.05) / (darkest + 0.05) >= 4.5  # WCAG 2.1, 1.4.3


# The overlay.


def overlay(inspection: Inspection) -> np.ndarray:
    raw = render_overlay(build_report(inspection), picture.grey_view(inspection.scan))
    return np.asarray(Image.open(BytesIO(raw)).convert("RGB"))


def test_overlay_draws_boxes_in_the_colour_of_their_verdict(make: Make) -> None:
    inspection = make()
    rgb, scale = overlay(inspection), 1200 / inspection.scan.width
    assert rgb.shape[1] == 1200  # small scans are enlarged
    bar = round(34 * 1.0)
    x, y = round(165 * scale), bar + round(90 * scale) - 4  # bottom edge of the firearm
    assert "#c03a00" in {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in rgb[y - 4 : y + 4, x]}
    dense = rgb[bar + round(60 * scale) : bar + round(100 * scale), round(70 * scale) : round(110 * scale)]
    assert (dense.reshape(-1, 3) == (0x8E, 0x2C, 0x78)).all(axis=1).mean() > 0.05  # hatched


def test_overlay_leaves_out_what_is_clear(make: Make) -> None:
    inspection = make()
    clear = inspection.findings[0].model_copy(update={"boxes": ((5.0, 5.0, 470.0, 150.0),)})
    without = replace(inspection, findings=(inspection.findings[0],))
    assert not inspection.findings[0].boxes
    assert (overlay(replace(inspection, findings=(clear,))) == overlay(without)).all()


def test_overlay_counts_findings_that_have_no_box(make: Make) -> None:
    inspection = make(findings=())
    bare = make().findings[1]
    assert not bare.boxes
    foot = slice(-34, None)
    assert (overlay(inspection)[foot] != overlay(replace(inspection, findings=(bare,)))[foot]).any()


coordinate = st.floats(-50, 550, width=32)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[coordinate] * 4), max_size=4).map(tuple))
def test_overlay_draws_any_boxes(make: Make, boxes: tuple[Box, ...]) -> None:
    inspection = make()
    seen = replace(inspection.cases[0].penetration, dense_boxes=boxes)
    findings = (inspection.findings[1].model_copy(update={"boxes": boxes}),)
    case = replace(inspection.cases[0], penetration=seen)
    assert overlay(replace(inspection, cases=(case,), findings=findings)).shape[1] == 1200


@pytest.mark.parametrize(("height", "width"), [(32, 60_000), (4000, 32), (32, 32)])
def test_pictures_of_odd_shapes_stay_small(make: Make, height: int, width: int) -> None:
    scan = scan_of(np.full((height, width), 0.5))
    assert overlay(make(scan=scan)).size < 3 * 1.5 * picture.MAX_PIXELS
    assert len(render_html(build_report(make(scan=scan)), scan)) < 200_000


def test_overlay_is_the_same_twice_and_bears_any_name(make: Make, two: Inspection, black: Inspection) -> None:
    evil = Provenance(source="\u202e\x00" + "名" * 5000, sha256="0" * 64, format="png")
    for inspection in (make(), two, black, make(scan=replace(make().scan, provenance=evil))):
        assert (overlay(inspection) == overlay(inspection)).all()


def test_of_very_many_detections_the_surest_are_drawn_and_the_rest_is_told(make: Make) -> None:
    inspection = make()
    report = build_report(inspection)
    one = report.detections[0].model_copy(update={"group": Group.OBJECT})
    places = range(MOST_DRAWN + 40)
    many = tuple(one.model_copy(update={"score": k / 1000, "box": (float(k), 0.0, k + 5.0, 9.0)}) for k in places)
    crowded = report.model_copy(update={"detections": many, "findings": ()})
    drawn = [m.box[0] for m in marks(crowded) if m.layer is Layer.OBJECTS]
    assert sorted(drawn) == [float(k) for k in range(40, MOST_DRAWN + 40)]
    assert (not_drawn(crowded), not_drawn(report)) == (40, 0)
    said = f"Of {MOST_DRAWN + 40} detections the {MOST_DRAWN} surest are drawn, and every place that a finding names"
    assert said in render_html(crowded, inspection.scan)
    assert "surest are drawn" not in render_html(report, inspection.scan)
