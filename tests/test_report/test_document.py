import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.document import build_report, json_schema, to_json
from scantally.detector.types import Finding, Manifest, ManifestLine, Severity, Verdict

Make = Callable[..., Inspection]
ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "report.schema.json"

# What scripts outside depend on. A key may be added here; none may ever be taken away.
KEYS = {
    "": "schema source scan manifest containers judged detections anomalies findings disposition release_requires made_with "
    "embeddings history evidence comparisons inspectability",
    "scan": "sha256 width height pitch_mm energies_mv calibrated format bands device time valid_share notes",
    "manifest": "source sha256 format containers notes",
    "containers": "number size_type box score manifest",
    "judged": "container judgeable why dense_share filled_share dense_boxes manifest_notes",
    "detections": "label group score box",
    "findings": "check verdict severity container reason boxes lines score observation tolerated",
    "made_with": "version model model_sha256 config_sha256 runtime",
}


def written(inspection: Inspection) -> dict[str, Any]:
    return json.loads(to_json(build_report(inspection)))


@pytest.mark.parametrize("place", KEYS)
def test_keys_are_exactly_the_published_ones(make: Make, place: str) -> None:
    value = written(make())
    part = value[place] if place else value
    assert set(part[0] if isinstance(part, list) else part) == set(KEYS[place].split())


def test_an_anomaly_has_exactly_the_published_keys() -> None:
    definitions = json_schema()["$defs"]
    assert set(definitions["ReportAnomaly"]["properties"]) == {"score", "box", "rate"}
    assert set(definitions["ReportAnomaly"]["required"]) == {"score", "box"}


def test_published_schema_is_the_schema_of_the_code() -> None:
    expected = json.dumps(json_schema(), indent=2) + "\n"
    if os.environ.get("SCANTALLY_PUBLISH"):
        PUBLISHED.write_text(expected)
    assert PUBLISHED.read_text() == expected, "run the tests once with SCANTALLY_PUBLISH=1 and look at the difference"


def test_published_schema_refuses_what_a_report_is_not(make: Make) -> None:
    value = written(make())
    for change in ({"disposition": "RELEASE"}, {"schema": 2}, {"unheard": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**value, **change}, json.loads(PUBLISHED.read_text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in value.items() if k != "findings"}, json.loads(PUBLISHED.read_text()))


def test_reports_of_all_kinds_follow_the_published_schema(make: Make, two: Inspection, black: Inspection) -> None:
    schema = json.loads(PUBLISHED.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for inspection in (make(), two, black, make(cases=(), findings=(), manifest=None)):
        jsonschema.validate(written(inspection), schema)


def test_values_are_rounded_and_in_lower_case(make: Make) -> None:
    value = written(make())
    finding = value["findings"][2]
    assert finding["boxes"] == [[130.0, 60.1, 170.0, 100.0]]
    assert (finding["score"], finding["verdict"], finding["severity"]) == (0.8123, "suspect", "medium")
    assert (value["schema"], value["disposition"]) == (1, "inspect")
    assert value["scan"]["valid_share"] == 0.975


def test_no_box_is_minus_zero(make: Make) -> None:
    finding = make().findings[2].model_copy(update={"boxes": ((-0.01, 0.0, 5.0, 5.0),)})
    assert "-0.0" not in to_json(build_report(make(findings=(finding,))))


def test_findings_keep_the_order_of_the_checks(make: Make) -> None:
    inspection = make()
    assert [f["check"] for f in written(inspection)["findings"]] == [f.check for f in inspection.findings]


def test_containers_say_which_papers_are_theirs(make: Make, two: Inspection, black: Inspection) -> None:
    assert [c["manifest"] for c in written(two)["containers"]] == [0, None]
    assert written(black)["manifest"] is None and written(black)["containers"][0]["box"] is None


def test_papers_in_the_same_words_are_told_apart(make: Make) -> None:
    twin = Manifest(lines=(ManifestLine(description="Tyres"),))
    other = twin.model_copy()
    inspection = make()
    files = replace(inspection.manifest, containers=(twin, other))
    cases = tuple(replace(inspection.cases[0], manifest=paper) for paper in (other, twin))
    assert [c["manifest"] for c in written(replace(inspection, manifest=files, cases=cases))["containers"]] == [1, 0]


def test_other_containers_of_a_whole_ship_are_left_out_with_a_note(make: Make) -> None:
    inspection = make()
    assert inspection.manifest is not None
    papers = tuple(
        Manifest(container_number=f"C{i}", lines=(ManifestLine(description=f"goods {i}"),)) for i in range(401)
    )
    notes = tuple((f"on C{i}",) for i in range(401))
    ship = replace(inspection.manifest, containers=papers, notes=("on the file",), own_notes=notes)
    case = replace(inspection.cases[0], manifest=papers[7])
    report = written(replace(inspection, manifest=ship, cases=(case,)))
    assert [p["container_number"] for p in report["manifest"]["containers"]] == ["C7"]
    assert report["containers"][0]["manifest"] == 0
    assert report["manifest"]["notes"] == [
        "on C7",
        "on the file",
        "the file lists 400 other containers, which the scan does not show: left out of this report",
    ]
    # A container without papers may belong to any of them: then all are shown.
    unmatched = replace(inspection.cases[0], manifest=None)
    report = written(replace(inspection, manifest=ship, cases=(case, unmatched)))
    assert len(report["manifest"]["containers"]) == 401
    assert [c["manifest"] for c in report["containers"]] == [7, None]
    assert report["manifest"]["notes"][-2:] == ["and 381 more notes of this kind", "on the file"]


def test_json_is_one_line_whatever_a_file_says(make: Make) -> None:
    inspection = make()
    evil = "a\u2028b\u0085c\nd\x00\x1b[2J\u202e"
    origin = replace(inspection.scan.provenance, source=evil)
    text = to_json(build_report(replace(inspection, scan=replace(inspection.scan, provenance=origin))))
    assert len(text.splitlines()) == 1 and text.isascii() and text.isprintable()
    assert json.loads(text)["source"] == evil


def test_a_file_name_that_is_no_text_is_written_as_escapes(make: Make) -> None:
    inspection = make()
    origin = replace(inspection.scan.provenance, source=os.fsdecode(b"gate\xff.png"))
    assert written(replace(inspection, scan=replace(inspection.scan, provenance=origin)))["source"] == "gate\\udcff.png"


def test_same_inspection_same_bytes(make: Make) -> None:
    assert to_json(build_report(make())) == to_json(build_report(make()))
    assert json.loads(to_json(build_report(make()), indent=True)) == written(make())


coordinates = st.floats(-1e4, 1e4, width=32)
findings = st.builds(
    Finding,
    check=st.sampled_from(["empty", "count", "prohibited"]),
    verdict=st.sampled_from(Verdict),
    severity=st.sampled_from(Severity),
    container=st.none() | st.text(max_size=12),
    reason=st.text(max_size=80),
    boxes=st.lists(st.tuples(*[coordinates] * 4), max_size=3).map(tuple),
    lines=st.lists(st.integers(0, 9999), max_size=4).map(tuple),
    score=st.none() | st.floats(0, 1),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(findings, max_size=4).map(tuple))
def test_any_findings_survive_being_written(make: Make, found: tuple[Finding, ...]) -> None:
    value = written(make(findings=found))
    jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text())).validate(value)
    assert [f["reason"] for f in value["findings"]] == [f.reason for f in found]
    for finding, given_finding in zip(value["findings"], found, strict=True):
        for box, given_box in zip(finding["boxes"], given_finding.boxes, strict=True):
            assert box == pytest.approx(given_box, abs=0.0501)
