"""A load that was seen before: the check, the history that it is given, and how embeddings are written."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scantally.detector.checks import duplicate
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.errors import ConfigError
from scantally.detector.report.history import pack, read_history, unpack
from scantally.detector.types import (
    Case,
    ContainerView,
    Earlier,
    Finding,
    FloatArray,
    History,
    Manifest,
    Penetration,
)

SETTINGS, GOODS = CheckSettings(), Goods()
SIZE = 64
MINE, OTHER = "CSQU3054383", "MSKU6856625"
THROUGH = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.4)
BLACK = Penetration(dense_share=1, dense_boxes=(), filled_share=0, judgeable=False, why="the picture is black")
MODEL = "ab" * 32


def unit(values_D: FloatArray) -> FloatArray:
    return np.asarray(values_D / np.linalg.norm(values_D), np.float32)


def drawn(seed: int) -> FloatArray:
    """Loads have most in common, and each something of its own."""
    common = np.random.default_rng(0).normal(size=SIZE)
    return unit(np.asarray(3 * common + np.random.default_rng(seed).normal(size=SIZE), np.float32))


def near(vector_D: FloatArray, by: float) -> FloatArray:
    return unit(np.asarray(vector_D + by * drawn(999), np.float32))


def record(
    embedding_D: FloatArray, number: str | None = OTHER, time: str | None = None, sha: str = "cd" * 32
) -> Earlier:
    return Earlier(number=number, time=time, scan_sha256=sha, embedding_D=embedding_D)


def history(*records: Earlier, count: int = 12, others: int = 0) -> History:
    strangers = tuple(record(drawn(k), f"STRANGER{k}", sha=f"{k:064d}") for k in range(1, count + 1))
    return History(records=strangers + records, others=others, sha256s=())


def case(past: History | None, embedding_D: FloatArray | None, number: str | None = MINE, **keys: Any) -> Case:  # noqa: ANN401
    fields: dict[str, Any] = {"manifest": None, "penetration": THROUGH, "scan_sha256": "ef" * 32}
    return Case(
        container=ContainerView(number=number, size_type=None, box=(0.0, 0.0, 100.0, 50.0)),
        embedding_D=embedding_D,
        history=past,
        **{**fields, **keys},
    )


def answer(one: Case) -> Finding:
    (found,) = duplicate.check(one, SETTINGS, GOODS)
    return found


def said(one: Case) -> tuple[str, str, str | None, str]:
    found = answer(one)
    return found.verdict.value, found.severity.value, found.observation, found.reason


LOAD = drawn(500)


@pytest.mark.parametrize(
    ("past", "embedding_D", "keys", "reason"),
    [
        (None, LOAD, {}, "No earlier reports were given that the load could be compared with."),
        (history(), LOAD, {"penetration": BLACK}, "The load cannot be compared with earlier ones: the scan cannot be judged because the picture is black."),
        (history(), None, {}, "No load was recognised that could be compared with earlier ones."),
        (
            history(count=9),
            LOAD,
            {},
            "Earlier loads in the history that can be compared: 9; what is alike is told from what is the same by 10 or more.",
        ),
        (
            history(count=2, others=3),
            LOAD,
            {},
            ("Earlier loads in the history that can be compared: 2 (3 more are of another model or show no load); what is alike is told "
            "from what is the same by 10 or more."),
        ),
    ],
)  # fmt: skip
def test_why_nothing_can_be_compared(
    past: History | None, embedding_D: FloatArray | None, keys: dict[str, Any], reason: str
) -> None:
    assert said(case(past, embedding_D, **keys)) == ("unknown", "low", None, reason)


def test_a_new_load() -> None:
    found = answer(case(history(), LOAD))
    assert (found.verdict.value, found.observation, found.boxes) == ("clear", "new", ())
    assert found.reason == "The load looks like none of the 12 earlier ones."
    assert found.score is not None and found.score < SETTINGS.alike_load


def test_the_same_load_under_another_number() -> None:
    past = history(record(near(LOAD, 0.02), time="2026-11-02T08:00:00"))
    assert said(case(past, LOAD)) == (
        "suspect",
        "medium",
        "same_load",
        "The load looks the same as that of container MSKU6856625 scanned on 2026-11-02T08:00:00 (scan cdcdcdcdcdcd), under another number.",
    )


@pytest.mark.parametrize("written", [MINE, "csqu 305438-3"])
def test_the_same_container_again_is_a_rescan(written: str) -> None:
    past = history(record(near(LOAD, 0.02), written, "2026-11-02"), record(near(LOAD, 0.3), OTHER))
    assert said(case(past, LOAD)) == (
        "clear",
        "low",
        "rescan",
        "The load looks the same as when this container was scanned on 2026-11-02: it is a re-scan.",
    )


def test_the_number_on_the_papers_counts_where_the_scan_has_none() -> None:
    paper = Manifest(container_number=MINE, lines=())
    assert said(case(history(record(LOAD, MINE)), LOAD, None, manifest=paper))[2] == "rescan"


@pytest.mark.parametrize(
    ("mine", "earlier", "name"), [(None, OTHER, "container MSKU6856625"), (MINE, None, "a container without a number")]
)
def test_without_both_numbers_it_cannot_be_told_whether_it_is_a_rescan(
    mine: str | None, earlier: str | None, name: str
) -> None:
    assert said(case(history(record(LOAD, earlier)), LOAD, mine)) == (
        "unknown",
        "medium",
        "alike",
        f"The load looks the same as that of {name} (scan cdcdcdcdcdcd), but without both numbers it cannot be told whether it is a re-scan.",
    )


def test_what_is_alike_is_not_said_to_be_new() -> None:
    settings_ = SETTINGS.model_copy(update={"same_load": 0.99, "alike_load": 0.5})
    (found,) = duplicate.check(case(history(record(near(LOAD, 0.3))), LOAD), settings_, GOODS)
    assert (found.verdict.value, found.severity.value, found.observation) == ("unknown", "low", "alike")
    assert (
        found.reason
        == "The load resembles that of container MSKU6856625 (scan cdcdcdcdcdcd), but not enough to tell whether it is the same."
    )


def test_what_loads_have_in_common_says_nothing() -> None:
    """Plainly, any two of these are alike by more than the threshold."""
    assert float(drawn(1) @ drawn(2)) > SETTINGS.same_load
    assert answer(case(history(), LOAD)).observation == "new"


def test_this_very_scan_under_another_number() -> None:
    sha = "ef" * 32
    past = history(record(LOAD, OTHER, sha=sha), count=0)
    assert said(case(past, LOAD)) == (
        "suspect",
        "high",
        "same_scan",
        "This very scan was inspected before as that of container MSKU6856625.",
    )
    assert said(case(past, None, penetration=BLACK))[2] == "same_scan"


@pytest.mark.parametrize(
    ("mine", "records"),
    [
        (MINE, (record(LOAD, OTHER, sha="ef" * 32), record(LOAD, MINE, sha="ef" * 32))),
        (None, (record(LOAD, OTHER, sha="ef" * 32),)),
        (MINE, (record(LOAD, None, sha="ef" * 32),)),
    ],
)
def test_inspecting_a_scan_twice_is_no_offence(mine: str | None, records: tuple[Earlier, ...]) -> None:
    assert said(case(history(*records), LOAD, mine))[2] == "new"


def test_embeddings_of_another_length_are_not_compared() -> None:
    past = history(record(unit(np.ones(3, np.float32))), count=9)
    assert "can be compared: 9;" in answer(case(past, LOAD)).reason


@given(st.integers(1, 400), st.floats(0, 0.2), st.sampled_from([MINE, OTHER, None]))
@settings(max_examples=60, deadline=None)
def test_every_answer_is_one_of_the_words(seed: int, by: float, number: str | None) -> None:
    found = answer(case(history(record(near(drawn(seed), by), number)), drawn(seed)))
    assert found.observation in duplicate.OBSERVATIONS
    assert found.score is not None and 0 <= found.score <= 1
    assert (found.verdict.value == "suspect") == (found.observation in {"same_load", "same_scan"})


# -- writing and reading


@given(arrays.arrays(np.float32, 40, elements=st.floats(-1, 1, width=32)))
@settings(max_examples=80, deadline=None)
def test_a_packed_embedding_keeps_its_direction(values_D: FloatArray) -> None:
    if np.abs(values_D).max() < 1e-3:
        return
    kept = unpack(pack(values_D))
    assert float(kept @ unit(values_D)) > 0.999
    assert float(np.linalg.norm(kept)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a", "expected base64: "),
        ("####", "expected base64: "),
        ("AAAA", "expected an embedding other than zero"),
        ("", "expected an embedding other than zero"),
    ],
)
def test_what_is_no_embedding(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        unpack(text)


def report(embeddings: list[dict[str, Any] | None], **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    value = {
        "schema": 1,
        "scan": {"sha256": "12" * 32, "time": "2026-11-02", "width": 10},
        "containers": [{"number": None}] * max(len(embeddings), 1),
        "made_with": {"model_sha256": MODEL, "version": "0.1.0"},
        "embeddings": embeddings,
        "disposition": "release",
    }
    return {**value, **changes}


def write(folder: Path, name: str, value: object) -> None:
    (folder / name).write_text(json.dumps(value))


def test_reports_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    mine = {"container": MINE, "values": pack(LOAD)}
    write(tmp_path, "b.json", report([mine, None]))
    write(tmp_path, "a.json", report([{"container": None, "values": pack(drawn(2))}], scan={"sha256": "34" * 32}))
    write(tmp_path, "c.json", report([mine], made_with={"model_sha256": "other"}))
    write(tmp_path, "d.json", {k: v for k, v in report([]).items() if k != "embeddings"})
    (tmp_path / "a.html").write_text("no report")
    (tmp_path / ".begun.json").write_text("no report")
    found = read_history(tmp_path, MODEL)
    assert [(x.number, x.time, x.scan_sha256) for x in found.records] == [
        (None, None, "34" * 32),
        (MINE, "2026-11-02", "12" * 32),
    ]
    assert found.records[1].embedding_D @ LOAD == pytest.approx(1, abs=1e-3)
    assert found.others == 3
    assert len(set(found.sha256s)) == len(found.sha256s) == 4
    assert read_history(tmp_path, MODEL).sha256s == found.sha256s


def test_an_empty_folder_is_an_empty_history(tmp_path: Path) -> None:
    found = read_history(tmp_path, MODEL)
    assert (found.records, found.others, found.sha256s) == ((), 0, ())


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "the file is empty (0 bytes)"),
        ("{", "expected a report of an earlier scan: document: "),
        ("[]", "expected a report of an earlier scan: document: "),
        (json.dumps({"lines": []}), "expected a report of an earlier scan: key 'schema' is missing"),
        (json.dumps(report([], schema=2)), "expected a report of an earlier scan: schema: input should be 1, got 2"),
        (
            json.dumps(report([{"container": None}])),
            "expected a report of an earlier scan: key 'embeddings[0].values' is missing",
        ),
        (
            json.dumps(report([None, None], containers=[{"number": None}])),
            "embeddings: expected one for each of 1 containers, got 2",
        ),
        (
            json.dumps(report([None], containers=[{}, {}])),
            "embeddings: expected one for each of 2 containers, got 1",
        ),
        (
            json.dumps(report([])).replace('"time": ', '"time": "x", "time": '),
            "expected each key once: 'time' stands twice",
        ),
        (json.dumps(report([{"container": None, "values": "?"}])), "embeddings: expected base64: "),
        (
            json.dumps(report([{"container": None, "values": base64.b64encode(bytes(9)).decode()}])),
            "embeddings: expected an embedding other than zero",
        ),
    ],
)
def test_a_file_that_is_no_report_is_named(tmp_path: Path, raw: str, problem: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(raw)
    with pytest.raises(ConfigError) as told:
        read_history(tmp_path, MODEL)
    assert str(told.value).startswith(f"{path}: {problem}")


def test_a_history_that_is_no_folder(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    with pytest.raises(ConfigError) as told:
        read_history(missing, MODEL)
    assert (
        str(told.value)
        == f"--history: expected a folder of reports, '{missing}' cannot be read: No such file or directory"
    )


def test_records_are_never_compared_with_themselves_alone() -> None:
    """A history of one load many times over leaves nothing in common to take off, and still answers."""
    past = History(records=tuple(record(LOAD, f"N{k}", sha=f"{k:064d}") for k in range(12)), others=0, sha256s=())
    assert answer(replace(case(past, LOAD))).observation in duplicate.OBSERVATIONS
