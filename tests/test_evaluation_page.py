"""What the page and the printed lines say: every word true of the scans at hand, every figure once."""

import pytest

pytest.importorskip("faster_coco_eval")

from evaluation_scans import CARDS, HERE, THERE, WHOLE, forty, judged, quiet, side, thing

from scantally.detector.types import Box
from scantally.training.evaluation import gallery
from scantally.training.evaluation.documents import Evaluation, Marked, Part
from scantally.training.evaluation.evidence import ALL_OBJECTS, Evidence, gather
from scantally.training.evaluation.examples import false_alarms, misses, misses_order, wrong_loads
from scantally.training.evaluation.figures import ALL_CONTAINERS, ALL_LABELS, ALL_LOADS, HEADLINE
from scantally.training.evaluation.page import render_page
from scantally.training.evaluation.part import make_part
from scantally.training.evaluation.run import Result
from scantally.training.evaluation.text import evaluation_text
from scantally.training.metrics import Judged

FIREARM = tuple(x for x in CARDS if x.name == "firearm")
PD = "Pd at 0.1 false positives per scan"


def evidence_of(scans: list[Judged]) -> Evidence:
    return gather(scans, [0.5] * len(scans), CARDS, quiet)


def evaluation_of(part: Part) -> Evaluation:
    return Evaluation(
        scantally="0",
        package="hand/1",
        package_sha256="a" * 64,
        data="data",
        scans=part.scans,
        scans_sha256="0" * 64,
        seconds_per_scan=0.5,
        thresholds_from=None,
        bootstrap_draws=500,
        parts=(part,),
    )


def page_of(part: Part, evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(gallery, "pictures", lambda examples, _: [(x.crop, b"") for x in examples])
    return render_page(Result(evaluation=evaluation_of(part), evidence=(evidence,)))


def test_the_box_that_a_picture_is_about_is_marked() -> None:
    near: Box = (205.0, 335.0, 265.0, 365.0)
    alarmed = judged(thing("vehicle", near), found=(("firearm", 0.9, HERE), ("vehicle", 0.6, near)), group="a")
    missed = judged(thing("firearm"), thing("vehicle", near), found=(("vehicle", 0.6, near),), group="m")
    e = evidence_of([alarmed, missed])
    (alarm,), (miss,) = false_alarms(e), misses(e, 0.5)
    assert [(b.what, b.box, b.score) for b in alarm.boxes if b.judged] == [("found", HERE, 0.9)]
    assert [(b.what, b.box) for b in miss.boxes if b.judged] == [("true", HERE)]
    assert alarm.detail == "on nothing"


@pytest.mark.parametrize(
    ("box", "place"),
    [
        ((100.0, 80.0, 140.0, 90.0), (100.0, 76.0)),
        ((100.0, 2.0, 140.0, 20.0), (100.0, 31.0)),
        ((195, 50, 200, 60), (140.0, 46.0)),
    ],
)
def test_words_stay_within_the_picture(box: Box, place: tuple[float, float]) -> None:
    words = gallery._words(Marked(label="firearm", box=box, what="found"), "p = 0.5678", (0, 0, 200, 100), 10.0)
    assert (words.x, words.y) == place


def test_misses_are_said_to_be_what_they_are() -> None:
    few, many = [judged(thing("firearm"), group=f"{k}") for k in range(9)], forty(20)
    assert make_part("real", side(few), None, None, quiet)[0].misses == (
        "Inspectable objects not found at p ≥ 0.5, for so few scans, the largest first."
    )
    assert make_part("real", side(many), None, None, quiet)[0].misses == (
        "Inspectable objects not found at 0.1 false positives per scan, the largest first."
    )
    known = judged(thing("firearm", contrast=5.0), group="known")
    assert misses_order(evidence_of([known]), 0.5) == "of the highest contrast first"
    assert misses_order(evidence_of([known, few[0]]), 0.5).startswith("of the highest contrast first, then those of")


def test_what_a_package_does_not_know_is_not_measured_as_nought() -> None:
    scans = [
        judged(thing("container", WHOLE), thing("drums", WHOLE), thing("firearm"), group=f"{k}") for k in range(12)
    ]
    part, e = make_part("real", side(scans, labels=FIREARM), None, None, quiet)
    told = part.figure("loads", ALL_CONTAINERS, "empty or loaded")
    load = part.figure("loads", ALL_LOADS, "load type top-1")
    assert told is not None and str(told) == "not measured: the package knows no container"
    assert load is not None and str(load) == "not measured: the package knows no load"
    assert wrong_loads(e) == ()
    container = tuple(x for x in CARDS if x.name == "container")
    part, _ = make_part("real", side(scans, labels=container), None, None, quiet)
    told = part.figure("loads", ALL_CONTAINERS, "empty or loaded")
    assert told is not None and told.reason == "the package knows no load"
    decided = part.figure("objects", ALL_OBJECTS, PD)
    assert decided is not None and decided.reason == "the package knows no object of interest"


def test_one_label_is_shown_and_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    this, other = side(forty(36), labels=FIREARM), side(forty(12), labels=FIREARM)
    part, e = make_part("real", this, other, None, quiet)
    whole, _ = make_part("real", side(forty(36)), None, None, quiet)
    assert {x.row for x in part.figures if x.table in ("objects", "operating point", "precision")} == {
        ALL_OBJECTS,
        f"mean of {ALL_OBJECTS}",
        f"mean of {ALL_LOADS}",
    }
    assert not [x for x in part.thresholds if x.row == "firearm"]
    missing = [key for key in HEADLINE if whole.figure(*key) is not None and part.figure(*key) is None]
    assert {key.row for key in missing} == {"container"}
    assert part.against is not None
    real = [x.row for x in part.against.differences if x.figure == PD and x.verdict == "better"]
    assert real == [ALL_OBJECTS, "96 px and more"] or real == [ALL_OBJECTS, "32 to 96 px"]
    assert ALL_LABELS not in {x.row for x in part.against.differences}
    page = page_of(part, e, monkeypatch)
    assert page.count('aria-label="share right over probability"') == 1
    assert "all labels, all objects of interest, firearm" in page
    assert "all objects of interest, firearm, hand/1 (aaaaaaaa) (n=40)" in page
    assert "all objects of interest, hand/1 (00000000) (n=40)" in page


def test_too_few_groups_are_said_to_be_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = [judged(thing("firearm"), found=(("firearm", 0.9, HERE),), group=f"{k % 3}") for k in range(12)]
    part, e = make_part("real", side(scans), side(scans), None, quiet)
    assert part.against is not None
    (difference,) = [x for x in part.against.differences if (x.row, x.figure) == (ALL_OBJECTS, PD)]
    assert difference.verdict == "too few groups to tell"
    assert difference.line().endswith("1.000 against 1.000: +0.000: too few groups to tell")
    assert "No interval: rests on fewer than 6 groups." in page_of(part, e, monkeypatch)


def test_the_page_explains_its_pictures_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    alarm = judged(found=(("firearm", 0.9, THERE),), group="a" * 200)
    part, e = make_part("real", side([alarm, *forty(20)]), None, None, quiet)
    page = page_of(part, e, monkeypatch)
    section = page[page.index("Worst false alarms</h3>") :]
    assert section.index("red, with its p: the false alarm") < section.index("<svg")
    assert 'class="found judged"' in section and ">p = 0.900</text>" in section
    assert "red: what was missed" in page and ">missed</text>" in page


def test_little_is_printed_and_all_on_request() -> None:
    part, _ = make_part("real", side(forty(36)), side(forty(12)), None, quiet)
    evaluation = evaluation_of(part)
    short, long = evaluation_text(evaluation), evaluation_text(evaluation, everything=True)
    assert f"    {ALL_OBJECTS}: {PD}: 0.900 [" in short and f"    firearm: {PD}: 0.900 [" in long
    assert f"    firearm: {PD}: 0.900 [" not in short
    assert "  hand/1 (aaaaaaaa) compared with hand/1 (00000000), on the same scans" in short
    assert "other figures: no difference shown" in short and "other figures" not in long
    assert len(short.splitlines()) < len(long.splitlines())
    assert {line for line in short.splitlines() if "other figures" not in line} <= set(long.splitlines())
