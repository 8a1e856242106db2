"""Reports against the truth: figures that can be counted by hand, and files that are not what they should be."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scantally.detector.errors import InputError
from scantally.training.evaluation.score import score_reports, scores_text

GUN = (100.0, 200.0, 160.0, 230.0)
FAR = (600.0, 200.0, 660.0, 230.0)
CONTAINER = (50.0, 50.0, 900.0, 350.0)


def write_truth(
    folder: Path, stem: str, deviation: str | None = None, objects: tuple[tuple[str, bool], ...] = ()
) -> None:
    document = {
        "seed": 1, "index": 0, "look": "A", "width": 1000, "height": 400, "pitch_mm": 4.0, "x_pitch_mm": 4.0,
        "energies_mv": [6.0], "loads": [], "deviation": deviation,
        "containers": [{"number": "CSQU3054383", "size_type": "22G1", "box": CONTAINER, "empty": not objects}],
        "objects": [
            {"container": 0, "label": label, "box": GUN, "mass_kg": 3.0, "materials": ["iron"], "place": "floor",
             "cnr": 5.0, "visible": 0.9, "inspectable": seen}
            for label, seen in objects
        ],
    }  # fmt: skip
    (folder / f"{stem}.truth.json").write_text(json.dumps(document))


def report(
    stem: str,
    disposition: str = "release",
    suspect: tuple[tuple[float, ...], ...] | None = None,
    found: tuple[tuple[str, float, tuple[float, ...]], ...] = (),
) -> dict[str, Any]:
    """No more than is read. ``suspect`` holds the boxes of one SUSPECT finding, None for none."""
    said: dict[str, Any] = {
        "source": f"{stem}.tif",
        "disposition": disposition,
        "detections": [{"label": n, "group": "object", "score": s, "box": b} for n, s, b in found],
        "findings": [
            {"verdict": "clear", "boxes": [GUN]},
            *([] if suspect is None else [{"verdict": "suspect", "boxes": suspect}]),
        ],
    }
    return said


def scored(folder: Path, *reports: dict[str, Any]) -> dict[str, tuple[float | None, int]]:
    (folder / "reports.jsonl").write_text("\n".join(json.dumps(r) for r in reports) + "\n")
    figures = score_reports(folder / "reports.jsonl", folder).figures
    return {name: (f.value, f.count) for name, f in figures.items()}


def test_what_honest_scans_are_suspected_of(tmp_path: Path) -> None:
    for stem in "abcd":
        write_truth(tmp_path, stem)
    write_truth(tmp_path, "told", objects=(("vehicle", True),))  # declared: not clean, so it counts in none of these
    said = scored(
        tmp_path,
        report("a"),
        report("b", "review"),
        report("c", "inspect", suspect=()),
        report("d", "inspect", suspect=(FAR,), found=(("firearm", 0.9, FAR), ("firearm", 0.4, GUN))),
        report("told", "review", suspect=(), found=(("vehicle", 0.9, GUN),)),
    )
    assert said["clean scans with anything reported"] == (0.5, 4)
    assert said["suspicions per clean scan"] == (0.5, 4)
    assert said["declared scans suspected"] == (1.0, 1)
    assert said["clean scans not released"] == (0.75, 4)
    assert said["clean scans to inspect"] == (0.5, 4)
    assert said["objects at p >= 0.5 per clean scan"] == (0.25, 4)
    assert said["vehicle: Pd at p >= 0.5"] == (1.0, 1)


@pytest.mark.parametrize(
    ("suspect", "found", "suspected", "detected"),
    [
        (None, (), 0.0, 0.0),
        ((), (), 0.0, 0.0),  # a suspicion that points nowhere
        ((FAR,), (("firearm", 0.9, FAR),), 0.0, 0.0),
        ((FAR, GUN), (("firearm", 0.49, GUN),), 1.0, 0.0),
        ((GUN,), (("gas_cylinder", 0.9, GUN),), 1.0, 0.0),
        (None, (("firearm", 0.5, (90.0, 195.0, 165.0, 232.0)),), 0.0, 1.0),
    ],
)
def test_an_undeclared_object_is_found_at_its_place(
    suspect: tuple[tuple[float, ...], ...] | None,
    found: tuple[tuple[str, float, tuple[float, ...]], ...],
    suspected: float,
    detected: float,
    tmp_path: Path,
) -> None:
    write_truth(tmp_path, "a", "undeclared_object", (("firearm", True),))
    said = scored(tmp_path, report("a", suspect=suspect, found=found))
    assert said["undeclared_object suspected at its place"] == said["deviations found"] == (suspected, 1)
    assert said["firearm: Pd at p >= 0.5"] == (detected, 1)


def test_what_nobody_could_see_does_not_count(tmp_path: Path) -> None:
    write_truth(tmp_path, "a", "undeclared_object", (("firearm", False),))
    said = scored(tmp_path, report("a"))
    assert "undeclared_object suspected at its place" not in said
    assert said["firearm: Pd at p >= 0.5"] == (None, 0)


def test_other_deviations_are_found_by_any_suspicion(tmp_path: Path) -> None:
    for stem in "ab":
        write_truth(tmp_path, stem, "wrong_mass")
    said = scored(tmp_path, report("a", "inspect", suspect=()), report("b", "review"))
    assert said["wrong_mass suspected"] == said["deviations found"] == (0.5, 2)
    scores = score_reports(tmp_path / "reports.jsonl", tmp_path)
    assert scores.dispositions == {"wrong_mass": {"release": 0, "review": 1, "inspect": 1}}
    text = scores_text(scores)
    assert "wrong_mass: 0 release, 1 review, 1 inspect" in text
    assert "suspicions per clean scan: - (n=0)" in text


def test_a_folder_of_reports_is_a_file_of_them(tmp_path: Path) -> None:
    write_truth(tmp_path, "a")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.json").write_text(json.dumps(report("a", "review")))
    (tmp_path / "reports" / "other.json").write_text(json.dumps(report("other")))  # of a scan that is not judged here
    (tmp_path / "reports" / "a.html").write_text("<html>")
    (tmp_path / "reports" / "a.manifest.json").write_text("{}")
    assert score_reports(tmp_path / "reports", tmp_path).figures["clean scans not released"].value == 1.0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "the file is empty"),
        ("\n\n", "no report of a, and 1 more of 2 are missing"),
        (json.dumps(report("a")), "no report of b, and 0 more of 2 are missing"),
        (json.dumps(report("a")) + "\n" + json.dumps(report("a")), "holds two reports of a, expected one of each scan"),
        ("{}", "line 1: expected a report: key 'source' is missing"),
        ("\n" + json.dumps(report("a"))[:-9], "line 2: expected a report: document: invalid JSON"),
        (json.dumps(report("a") | {"disposition": "open"}), "line 1: expected a report: disposition"),
        ("\x00\xff", "line 1: expected a report"),
    ],
)
def test_damaged_reports(content: str, problem: str, tmp_path: Path) -> None:
    for stem in "ab":
        write_truth(tmp_path, stem)
    (tmp_path / "r.jsonl").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        score_reports(tmp_path / "r.jsonl", tmp_path)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("score", "box", "problem"),
    [
        (float("nan"), GUN, "detections[0].score: input should be a finite number, got nan"),
        (1.01, GUN, "detections[0].score: input should be less than or equal to 1, got 1.01"),
        (-0.1, GUN, "detections[0].score: input should be greater than or equal to 0, got -0.1"),
        (0.5, (160, 200, 100, 230), "detections[0].box: value error, expected x0 <= x1 and y0 <= y1, got"),
        (0.5, (100, 230, 160, 200), "detections[0].box: value error, expected x0 <= x1 and y0 <= y1, got"),
        (0.5, (float("nan"), 200, 160, 230), "detections[0].box[0]: input should be a finite number, got nan"),
        (0.5, (0, 0, float("inf"), 230), "detections[0].box[2]: input should be a finite number, got inf"),
    ],
)
def test_scores_and_boxes_that_cannot_be(score: float, box: tuple[float, ...], problem: str, tmp_path: Path) -> None:
    write_truth(tmp_path, "a")
    with pytest.raises(InputError) as caught:
        scored(tmp_path, report("a", found=(("firearm", score, box),)))
    assert f"line 1: expected a report: {problem}" in str(caught.value)


def test_a_box_of_a_finding_that_cannot_be(tmp_path: Path) -> None:
    write_truth(tmp_path, "a")
    with pytest.raises(InputError, match=r"findings\[1\]\.boxes\[0\]: value error, expected x0 <= x1"):
        scored(tmp_path, report("a", suspect=((9, 0, 0, 9),)))


def test_hidden_characters_of_names_are_written_out(tmp_path: Path) -> None:
    write_truth(tmp_path, "a", "undeclared_object", (("firearm", True),))
    (tmp_path / "r.jsonl").write_text(json.dumps(report("a", found=(("gun\x1b[2J\x07\nx", 0.9, GUN),))))
    text = scores_text(score_reports(tmp_path / "r.jsonl", tmp_path))
    assert "labelled gun[U+001B][2J[U+0007] x, which" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_a_place_that_cannot_be_written_is_told_first(scantally: Callable[..., Any], tmp_path: Path) -> None:
    line = ("score", tmp_path / "gone", tmp_path / "data", "--out")
    (tmp_path / "file").write_text("")
    for out, said in (
        (tmp_path / "none" / "s.json", f"--out: {tmp_path / 'none'}: no such folder to write s.json into"),
        (
            tmp_path / "file" / "s.json",
            f"--out: {tmp_path / 'file'}: expected a folder to write s.json into, this is a file",
        ),
        (tmp_path, f"--out: {tmp_path}: expected a file, this is a folder"),
    ):
        assert scantally(*line, out) == (2, "", f"scantally: {said}\n")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected simulated scans"):
        score_reports(tmp_path, tmp_path)
    write_truth(tmp_path, "a")
    with pytest.raises(InputError, match="no such file"):
        score_reports(tmp_path / "gone", tmp_path)


def test_a_report_of_another_picture_is_refused(tmp_path: Path) -> None:
    write_truth(tmp_path, "a")
    (tmp_path / "a.tif").write_bytes(b"picture")
    own = {"scan": {"sha256": hashlib.sha256(b"picture").hexdigest()}}
    assert scored(tmp_path, report("a") | own)["clean scans not released"] == (0.0, 1)
    with pytest.raises(InputError, match="the report of a is of another picture"):
        scored(tmp_path, report("a") | {"scan": {"sha256": "0" * 64}})


def test_what_was_passed_over_or_misspelt_is_said(tmp_path: Path) -> None:
    write_truth(tmp_path, "a", "undeclared_object", (("gas_cylinder", True),))
    reports = [report("a", found=(("gas cylinder", 0.9, GUN),)), report("other")]
    (tmp_path / "r.jsonl").write_text("\n".join(json.dumps(r | {"made_with": {"model": "mine/1"}}) for r in reports))
    scores = score_reports(tmp_path / "r.jsonl", tmp_path)
    assert (scores.passed_over, scores.unknown_labels, scores.methods) == (1, ("gas cylinder",), ("mine/1",))
    text = scores_text(scores)
    assert "1 reports are of other scans" in text and "labelled gas cylinder, which was detected" in text


def with_papers(
    stem: str, disposition: str, posterior: float | None = None, *findings: tuple[str, str, str | None]
) -> dict[str, Any]:
    """A report with findings of checks (name, verdict, observation), and what is believed at a prior of 0.02."""
    said = report(stem, disposition)
    said["findings"] = [
        {"check": check, "verdict": verdict, "observation": word, "boxes": []} for check, verdict, word in findings
    ]
    if posterior is not None:
        said["evidence"] = [None, {"prior": 0.02, "posterior": posterior}]
    return said


def test_figures_on_papers_go_by_what_can_be_judged(tmp_path: Path) -> None:
    for stem in "abcd":
        write_truth(tmp_path, stem)
    hidden = json.loads((tmp_path / "d.truth.json").read_text())
    hidden["containers"][0]["inspectable"] = False
    (tmp_path / "d.truth.json").write_text(json.dumps(hidden))
    for stem in "ef":
        write_truth(tmp_path, stem, "wrong_mass")
    exact = json.loads((tmp_path / "e.truth.json").read_text())
    exact["look"] = "cal"  # the others are of a scanner whose grey values are not calibrated
    (tmp_path / "e.truth.json").write_text(json.dumps(exact))
    found = scored(
        tmp_path,
        with_papers("a", "release", None, ("empty", "clear", None), ("count", "unknown", "nothing_to_count")),
        with_papers("b", "review", None, ("empty", "unknown", None), ("count", "unknown", "hidden")),
        with_papers("c", "inspect", None, ("empty", "clear", None), ("goods", "suspect", "foreign")),
        with_papers("d", "review", None, ("empty", "unknown", None), ("goods", "suspect", "foreign")),
        with_papers("e", "review", None, ("mass", "suspect", "heavier")),
        with_papers("f", "release", None, ("mass", "unknown", "at_least")),
    )
    assert found["honest scans suspected"] == (0.5, 4)
    assert found["honest and inspectable: suspected"] == pytest.approx((1 / 3, 3), abs=1e-5)
    assert found["honest and inspectable: released"] == pytest.approx((1 / 3, 3), abs=1e-5)
    assert found["honest and inspectable: unknown in empty"] == pytest.approx((1 / 3, 3), abs=1e-5)
    assert found["honest and inspectable: unknown in count"] == (1.0, 1)  # of the one that had something to count
    assert found["honest and inspectable: unknown in goods"] == (0.0, 1)
    assert found["wrong_mass: suspected where inspectable"] == (0.5, 2)
    assert found["wrong_mass: suspected where inspectable, calibrated scans"] == (1.0, 1)
    assert not any(name.startswith("belief") for name in found)


def test_a_belief_is_judged_at_the_share_that_is_untrue(tmp_path: Path) -> None:
    """Odds of 1 to 49 and evidence of 49 and of a 49th: at even odds, 0.98 and 0.02."""
    stems = [f"h{k:02d}" for k in range(20)] + [f"u{k:02d}" for k in range(20)]
    rows = []
    for stem in stems:
        write_truth(tmp_path, stem, "wrong_container_number" if stem[0] == "u" else None)
        rows.append(with_papers(stem, "review", 0.5 if stem[0] == "u" else 1 / 2402))
    found = scored(tmp_path, *rows)
    assert found["belief: area under the ROC curve"] == (1.0, 40)
    assert found["belief: ECE with the prior as drawn"] == pytest.approx((0.02, 40), abs=1e-4)
    assert found["belief: honest scans at or above the alarm"] == (0.0, 20)
    assert found["wrong_container_number: believed untrue where inspectable"] == (1.0, 20)


@pytest.mark.parametrize(
    ("honest", "share", "above"),
    [([0.1, 0.2, 0.3, 0.4], 0.25, [0.4]), ([0.1, 0.2, 0.3, 0.4], 0.24, []), ([0.5] * 40, 0.05, []), ([0.1], 1.0, [])],
)
def test_an_alarm_is_never_for_more_of_the_honest_than_it_may(
    honest: list[float], share: float, above: list[float]
) -> None:
    from scantally.training.evaluation.score_papers import alarm_from

    least = alarm_from(honest, share)
    assert [p for p in honest if p >= least] == above
