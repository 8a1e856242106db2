"""The table of checks as a whole: it always answers, shows what failed, and never clears what it could not see."""

import ast
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector import checks
from scantally.detector.checks import CHECKS, run_checks
from scantally.detector.checks.disposition import dispose
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.config.goods import load_goods
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.evidence.decision import decide
from scantally.detector.types import (
    Anomaly,
    Case,
    ContainerView,
    Detections,
    Disposition,
    Finding,
    Group,
    Manifest,
    ManifestLine,
    Penetration,
    Severity,
    Verdict,
)

GOODS = load_goods()
SETTINGS = CheckSettings()
BOX = (100.0, 50.0, 1100.0, 450.0)
OBJECTS = ("firearm", "vehicle", "gas_cylinder", "brick_packages")
LOADS = (
    "empty",
    "bulk",
    "sacks",
    "big_bags",
    "cartons",
    "timber",
    "sheets",
    "slabs",
    "tank",
    "machinery",
    "tyres",
    "drums",
)
IMAGE_CHECKS = (
    "empty",
    "goods",
    "missing",
    "undeclared",
    "prohibited",
    "anomaly",
    "ripoff",
    "count",
    "duplicate",
    "inspectability",
)
RANK = [Disposition.RELEASE, Disposition.REVIEW, Disposition.INSPECT]

shares = st.floats(0, 1, width=16)
codes = st.none() | st.sampled_from(["8703", "93", "9302", "2523", "7311", "36", "ABC", "853", "9999"])
lines = st.builds(
    ManifestLine,
    number=st.none() | st.integers(1, 3),
    hs_code=codes,
    quantity=st.none() | st.sampled_from([0.0, 1.0, 2.0, 2.5]),
    packages=st.none() | st.integers(0, 3),
    package_kind=st.none() | st.sampled_from(["CT", "CY", "GB", "VN", "??"]),
    net_mass_kg=st.none() | st.sampled_from([0.0, 900.0]),
    gross_mass_kg=st.none() | st.sampled_from([0.0, 500.0, 1000.0]),
)
manifests = st.none() | st.builds(
    Manifest,
    container_number=st.none() | st.sampled_from(["CSQU3054383", "CSQU3054384", "x", ""]),
    size_type=st.none() | st.sampled_from(["22G1", "??"]),
    empty=st.none() | st.booleans(),
    gross_mass_kg=st.none() | st.just(1500.0),
    lines=st.lists(lines, max_size=3).map(tuple),
)


@st.composite
def detections(draw: st.DrawFn) -> Detections:
    rows = []
    for label in draw(st.lists(st.sampled_from(OBJECTS + LOADS), max_size=4)):
        x = draw(st.integers(100, 1000))
        group = Group.OBJECT if label in OBJECTS else Group.LOAD
        rows.append(((float(x), 60.0, x + 50.0, 120.0), draw(shares), label, group))
    return Detections.of(rows)


@st.composite
def penetrations(draw: st.DrawFn) -> Penetration:
    judgeable = draw(st.booleans())
    return Penetration(
        dense_share=draw(shares),
        dense_boxes=draw(st.sampled_from([(), (BOX,)])),
        filled_share=draw(shares),
        judgeable=judgeable,
        why=None if judgeable else "the picture is black and no beam got through",
    )


anomalies = st.builds(
    Anomaly,
    box=st.sampled_from([BOX, (500.0, 60.0, 550.0, 99.0), (700.0, 300.0, 720.0, 310.0)]),
    rate=st.floats(0, 1),
    score=shares,
    step=st.none() | st.floats(-3, 3),
)

cases = st.builds(
    Case,
    container=st.builds(
        ContainerView,
        number=st.none() | st.sampled_from(["CSQU3054383", "MSKU0000000"]),
        size_type=st.none() | st.just("45G1"),
        box=st.sampled_from([None, BOX]),
    ),
    manifest=manifests,
    manifest_notes=st.sampled_from([(), ("no file",)]),
    detections=detections(),
    penetration=penetrations(),
    pitch_mm=st.sampled_from([None, 4.4]),
    calibrated=st.booleans(),
    anomalies=st.none() | st.lists(anomalies, max_size=2).map(tuple),
)


@given(case=cases)
@settings(max_examples=150, deadline=None)
def test_every_check_answers_the_same_each_time_and_within_its_bounds(case: Case) -> None:
    findings = run_checks(case, SETTINGS, GOODS)
    assert findings == run_checks(case, SETTINGS, GOODS)
    assert list(dict.fromkeys(f.check for f in findings)) == list(CHECKS)
    known = {line.number for line in case.manifest.lines} | set(range(1, 4)) if case.manifest else set()
    for f in findings:
        assert "failed and could not judge" not in f.reason
        assert f.reason.endswith(".") and "\n" not in f.reason and not f.reason[0].islower()
        assert set(f.lines) <= known
        assert f.score is None or 0 <= f.score <= 1
        declared = case.manifest.container_number if case.manifest else None
        assert f.container == (case.container.number or declared or case.container.place)


@given(case=cases)
@settings(max_examples=150, deadline=None)
def test_nothing_is_cleared_in_a_picture_that_cannot_be_judged(case: Case) -> None:
    if case.penetration.judgeable:
        return
    verdicts = {f.verdict for f in run_checks(case, SETTINGS, GOODS) if f.check in IMAGE_CHECKS}
    assert Verdict.CLEAR not in verdicts


@given(case=cases, label=st.sampled_from(OBJECTS), score=st.floats(0.25, 1, width=16))
@settings(max_examples=200, deadline=None)
def test_one_more_unexplained_object_never_lowers_the_disposition(case: Case, label: str, score: float) -> None:
    if case.manifest and any(label in GOODS.explained_by(line) for line in case.manifest.lines):
        return
    more = Detections.of([*case.detections.rows(), ((500.0, 60.0, 550.0, 99.0), score, label, Group.OBJECT)])
    other = Case(
        container=case.container,
        manifest=case.manifest,
        detections=more,
        penetration=case.penetration,
        pitch_mm=case.pitch_mm,
        anomalies=case.anomalies,
    )
    before, after = (dispose(run_checks(c, SETTINGS, GOODS), SETTINGS) for c in (case, other))
    assert RANK.index(after) >= RANK.index(before)
    assert after is not Disposition.RELEASE


def plain_case() -> Case:
    return Case(
        container=ContainerView(number="CSQU3054383", size_type=None, box=BOX),
        manifest=Manifest(
            container_number="CSQU3054383",
            empty=False,
            lines=(ManifestLine(number=1, hs_code="2523", gross_mass_kg=1000),),
        ),
        detections=Detections.of([((150.0, 200.0, 1000.0, 440.0), 0.9, "sacks", Group.LOAD)]),
        penetration=Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.4),
        pitch_mm=4.4,
        calibrated=True,
    )


def test_an_honest_container_is_released() -> None:
    findings = run_checks(plain_case(), SETTINGS, GOODS)
    assert {f.check: f.verdict.value for f in findings} == {
        "container_number": "clear",
        "manifest_consistency": "clear",
        "description": "unknown",
        "empty": "clear",
        "goods": "clear",
        "missing": "clear",
        "undeclared": "clear",
        "prohibited": "clear",
        "anomaly": "unknown",
        "ripoff": "clear",
        "count": "unknown",
        "package_mass": "unknown",
        "mass": "unknown",
        "volume": "unknown",
        "duplicate": "unknown",
        "inspectability": "clear",
        "calibration": "clear",
    }
    assert dispose(findings, SETTINGS) is Disposition.RELEASE


def test_a_check_that_fails_is_unknown_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(case: Case, settings: CheckSettings, goods: object) -> tuple[Finding, ...]:
        raise KeyError("oh")

    monkeypatch.setattr("scantally.detector.checks.undeclared.check", broken)
    with caplog.at_level(logging.ERROR):
        findings = run_checks(plain_case(), SETTINGS, GOODS)
    failed = [f for f in findings if f.check == "undeclared"]
    assert [(f.verdict, f.severity, f.reason) for f in failed] == [
        (Verdict.UNKNOWN, Severity.MEDIUM, "The check undeclared failed and could not judge this.")
    ]
    assert {f.check for f in findings} == set(CHECKS)
    assert "check undeclared failed" in caplog.text and "KeyError" in caplog.text
    assert dispose(findings, SETTINGS) is Disposition.REVIEW


def test_a_check_that_says_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scantally.detector.checks.empty.check", lambda case, settings, goods: ())
    findings = run_checks(plain_case(), SETTINGS, GOODS)
    assert [f.verdict for f in findings if f.check == "empty"] == [Verdict.UNKNOWN]


@pytest.mark.parametrize(
    ("verdict", "severity", "check", "expected"),
    [
        (Verdict.CLEAR, Severity.HIGH, "empty", Disposition.RELEASE),
        (Verdict.SUSPECT, Severity.HIGH, "count", Disposition.INSPECT),
        (Verdict.SUSPECT, Severity.MEDIUM, "count", Disposition.REVIEW),
        (Verdict.SUSPECT, Severity.LOW, "container_number", Disposition.REVIEW),
        (Verdict.UNKNOWN, Severity.LOW, "empty", Disposition.REVIEW),
        (Verdict.UNKNOWN, Severity.HIGH, "inspectability", Disposition.REVIEW),
        (Verdict.UNKNOWN, Severity.HIGH, "count", Disposition.RELEASE),
    ],
)
def test_disposition(verdict: Verdict, severity: Severity, check: str, expected: Disposition) -> None:
    quiet = [
        Finding(check=c, verdict=Verdict.CLEAR, severity=Severity.LOW, reason="Nothing.")
        for c in SETTINGS.release_requires
    ]
    one = Finding(check=check, verdict=verdict, severity=severity, reason="Something.")
    assert dispose([*quiet, one], SETTINGS) is expected
    assert dispose([one, *quiet], SETTINGS) is expected


def test_what_is_tolerated_forbids_no_release() -> None:
    """Of a required check's UNKNOWN that rests on a small opaque part; a SUSPECT is never tolerated."""
    quiet = [
        Finding(check=c, verdict=Verdict.CLEAR, severity=Severity.LOW, reason="Nothing.")
        for c in SETTINGS.release_requires
    ]
    little = Finding(check="empty", verdict=Verdict.UNKNOWN, severity=Severity.LOW, reason="A corner.", tolerated=True)
    suspect = little.model_copy(update={"verdict": Verdict.SUSPECT})
    assert dispose([*quiet, little], SETTINGS) is Disposition.RELEASE
    assert dispose([*quiet, little, little.model_copy(update={"tolerated": False})], SETTINGS) is Disposition.REVIEW
    assert dispose([*quiet, suspect], SETTINGS) is Disposition.REVIEW
    assert decide(0.001, [*quiet, little], SETTINGS, DecisionSettings()) is Disposition.RELEASE
    assert (
        decide(0.001, [*quiet, little.model_copy(update={"tolerated": False})], SETTINGS, DecisionSettings())
        is Disposition.REVIEW
    )


@pytest.mark.parametrize(("share", "tolerated"), [(0.04, True), (0.1, True), (0.101, False), (0.6, False)])
def test_a_small_opaque_part_is_tolerated(share: float, tolerated: bool) -> None:
    through = Penetration(dense_share=share, dense_boxes=((200.0, 200.0, 260.0, 240.0),), filled_share=0.4)
    findings = run_checks(replace(plain_case(), penetration=through), SETTINGS, GOODS)
    by_check = {f.check: f for f in findings if f.check in ("undeclared", "prohibited", "inspectability")}
    assert {f.verdict for f in by_check.values()} == {Verdict.UNKNOWN}
    assert {f.tolerated for f in by_check.values()} == {tolerated}
    assert (dispose(findings, SETTINGS) is Disposition.RELEASE) == tolerated
    strict = CheckSettings(dense_release=SETTINGS.dense_clear)
    assert dispose(run_checks(replace(plain_case(), penetration=through), strict, GOODS), strict) is Disposition.REVIEW


def test_a_black_picture_is_not_tolerated() -> None:
    black = Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.0, judgeable=False, why="it is black")
    findings = run_checks(replace(plain_case(), penetration=black), SETTINGS, GOODS)
    assert not any(f.tolerated for f in findings)


def test_silence_of_a_required_check_is_not_a_release() -> None:
    assert dispose([], SETTINGS) is Disposition.REVIEW
    assert dispose([], CheckSettings(release_requires=())) is Disposition.RELEASE


def test_required_checks_exist() -> None:
    assert set(SETTINGS.release_requires) <= set(CHECKS)


def test_each_module_is_in_the_table_and_none_reads_files() -> None:
    folder = Path(checks.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if "\ndef check(" in path.read_text()}
    assert modules == set(CHECKS)
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text())
        names = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert names.isdisjoint({"pathlib", "io", "os", "cv2", "onnxruntime", "random", "time", "datetime"}), path
        calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        assert "open" not in calls, path


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"unsure": 0.6}, "unsure must not be above sure"),
        ({"filled_empty": 0.2}, "filled_empty must not be above filled_loaded"),
        ({"dense_empty": 0.2}, "dense_empty must not be above dense_loaded"),
        ({"dense_clear": 0.2}, "dense_clear must not be above dense_release"),
        ({"dense_release": 0.6}, "dense_release must not be above dense_high"),
    ],
)
def test_settings_in_the_wrong_order_are_refused(change: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        CheckSettings(**change)  # type: ignore[arg-type]


def test_findings_do_not_hold_on_to_the_scan() -> None:
    case = plain_case()
    before = case.detections.boxes_N4.copy()
    run_checks(case, SETTINGS, GOODS)
    assert np.array_equal(before, case.detections.boxes_N4)


def test_every_check_and_setting_is_documented() -> None:
    text = (Path(__file__).parents[1] / "docs" / "checks.md").read_text()
    names = [*CHECKS, *CheckSettings.model_fields, *PenetrationSettings.model_fields]
    assert [name for name in names if f"`{name}`" not in text] == []
