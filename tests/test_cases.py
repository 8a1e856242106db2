"""Dividing a scan into containers and giving each its papers."""

from dataclasses import replace

import numpy as np
import pytest

from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.errors import InputError, ManifestError
from scantally.detector.evidence.cases import build_cases
from scantally.detector.types import Box, Case, Detections, Group, Manifest, ManifestFile, Provenance, Scan

A, B = "CSQU3054383", "MSKU6856625"
OTHER, THIRD = "TLYU9225129", "MVLU9518557"
LEFT: Box = (100.0, 50.0, 900.0, 350.0)
RIGHT: Box = (1000.0, 50.0, 1900.0, 350.0)


def scan() -> Scan:
    picture = np.full((1, 400, 2000), 0.99, np.float32)
    for x0, y0, x1, y1 in (LEFT, RIGHT):
        picture[:, int(y0) : int(y1), int(x0) : int(x1)] = 0.8
    return Scan(
        transmission_BHW=picture,
        valid_HW=np.ones((400, 2000), np.bool_),
        floor=1 / 255,
        pitch_mm=None,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="scan.png", sha256="0" * 64, format="png"),
    )


def papers(*numbers: str | None) -> ManifestFile:
    containers = tuple(Manifest(container_number=n, lines=()) for n in numbers)
    return ManifestFile(source="papers.json", sha256="1" * 64, format="json", containers=containers)


def cases(boxes: list[Box], manifest: ManifestFile | None, numbers: tuple[str, ...] = ()) -> tuple[Case, ...]:
    found = Detections.of(
        [(b, 0.9, "container", Group.STRUCTURE) for b in boxes]
        + [((400.0, 200.0, 450.0, 220.0), 0.8, "firearm", Group.OBJECT)]
    )
    return build_cases(scan(), found, manifest, numbers, PenetrationSettings())


def test_from_left_to_right_with_what_lies_in_each() -> None:
    left, right = cases([RIGHT, LEFT], None, (A, B))
    assert (left.container.number, right.container.number) == (A, B)
    assert left.detections.labels_N == ("firearm",)
    assert right.detections.labels_N == ()
    assert left.manifest is None and left.manifest_notes == ()
    assert (left.container.place, right.container.place) == ("Container 1 of 2", "Container 2 of 2")


def test_no_container_is_one_case_of_the_whole_scan() -> None:
    (only,) = cases([], papers(A))
    assert only.container.box is None
    assert only.detections.labels_N == ("firearm",)
    assert only.manifest == papers(A).containers[0]


def test_checks_are_told_what_the_model_knows() -> None:
    known = {"findable": frozenset({"firearm"}), "loads": frozenset({"sacks", "tank"})}
    made = build_cases(scan(), Detections.of([]), None, (), PenetrationSettings(), **known)[0]
    assert (made.findable, made.loads) == (known["findable"], known["loads"])
    silent = build_cases(scan(), Detections.of([]), None, (), PenetrationSettings())[0]
    assert (silent.findable, silent.loads, silent.confusion, silent.history) == (None, None, None, None)


def test_an_unlikely_container_does_not_divide_the_scan() -> None:
    found = Detections.of([(LEFT, 0.4, "container", Group.STRUCTURE)])
    (only,) = build_cases(scan(), found, None, (), PenetrationSettings())
    assert only.container.box is None


def test_one_container_takes_the_only_papers_whatever_their_number() -> None:
    """A number that does not fit is a finding for the officer, not an error."""
    (only,) = cases([LEFT], papers(B), (A,))
    assert only.manifest == papers(B).containers[0]
    assert only.container.number == A


def test_papers_are_chosen_by_number() -> None:
    left, right = cases([LEFT, RIGHT], papers(A, B), (B.lower(), "csqu 305438-3"))
    assert left.manifest is not None and left.manifest.container_number == B
    assert right.manifest is not None and right.manifest.container_number == A


def test_two_containers_without_numbers_stay_unjudged_and_say_why() -> None:
    for case in cases([LEFT, RIGHT], papers(A, B)):
        assert case.manifest is None
        assert case.manifest_notes == ("the file lists 2; name the 2 containers of the scan with --container",)


def test_a_container_that_the_file_does_not_list() -> None:
    left, _ = cases([LEFT, RIGHT], papers(B), (A, B))
    assert left.manifest is None
    assert left.manifest_notes == (f"the file does not list {A}",)


def test_the_last_paper_of_a_file_is_the_last_containers_whatever_its_number() -> None:
    """Of two papers one fits: the other number is a finding for the officer."""
    left, right = cases([LEFT, RIGHT], papers(OTHER, B), (A, B))
    assert left.manifest is not None and left.manifest.container_number == OTHER
    assert right.manifest is not None and right.manifest.container_number == B
    assert left.container.number == A and not left.manifest_notes


@pytest.mark.parametrize("listed", [(OTHER, THIRD), (OTHER, B, THIRD), (OTHER,)])
def test_nothing_is_guessed_where_more_than_one_paper_is_left(listed: tuple[str, ...]) -> None:
    left, _ = cases([LEFT, RIGHT], papers(*listed), (A, B))
    assert left.manifest is None
    assert left.manifest_notes == (f"the file does not list {A}",)


def test_several_papers_for_one_container_ask_for_a_number() -> None:
    with pytest.raises(ManifestError, match=r"papers.json: expected one container or the number of one"):
        cases([LEFT], papers(A, B))


def test_papers_listed_twice() -> None:
    with pytest.raises(InputError, match=rf"lists container {A} 2 times, expected once"):
        cases([LEFT, RIGHT], papers(A, A), (A, B))


@pytest.mark.parametrize(
    ("boxes", "numbers", "note"),
    [
        ([LEFT], (A, B), "2 numbers given for 1 container seen; name each from left to right"),
        ([LEFT, RIGHT], (A,), "1 number given for 2 containers seen; name each from left to right"),
    ],
)
def test_numbers_that_do_not_match_the_containers_are_given_to_none(
    boxes: list[Box], numbers: tuple[str, ...], note: str
) -> None:
    """The model may have missed a container as well as the officer a number: a report that says so, and no guess."""
    for case in cases(boxes, papers(A), numbers):
        assert case.container.number is None
        assert case.manifest is None
        assert case.manifest_notes == (note,)


@pytest.mark.parametrize(
    ("filed", "given", "told"),
    [((A,), (B,), A), ((A,), (A,), None), ((), (B,), None), ((A, B), (B,), None), ((A,), (), None)],
)
def test_a_number_that_contradicts_the_scan_s_file_is_told(
    filed: tuple[str, ...], given: tuple[str, ...], told: str | None
) -> None:
    there = replace(scan(), container_numbers=filed)
    found = Detections.of([(LEFT, 0.9, "container", Group.STRUCTURE)])
    (case,) = build_cases(there, found, papers(A), given or filed, PenetrationSettings())
    assert case.container.filed == told


def test_a_container_is_told_what_was_noticed_of_its_own_papers() -> None:
    file = replace(papers(A, B), notes=("of the file",), own_notes=(("of A",), ("of B",)))
    left, right = cases([LEFT, RIGHT], file, (B, A))
    assert (left.manifest_notes, right.manifest_notes) == (("of B", "of the file"), ("of A", "of the file"))


def test_where_no_container_is_found_nothing_can_be_judged() -> None:
    (only,) = cases([], papers(A))
    assert (only.penetration.judgeable, only.penetration.why) == (False, "no container was found in it")


def test_a_model_without_containers_works_on_the_whole_scan() -> None:
    (only,) = build_cases(scan(), Detections.of([]), None, (), PenetrationSettings(), locates=False)
    assert only.penetration.judgeable
