"""Inspections made by hand: no model, no files."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scantally.detector.evidence.inspection import Inspection, MadeWith, Runtime
from scantally.detector.types import (
    Case,
    ContainerView,
    Detections,
    Disposition,
    Finding,
    Group,
    Manifest,
    ManifestFile,
    ManifestLine,
    Penetration,
    Provenance,
    Scan,
    Severity,
    Verdict,
)

WIDTH, HEIGHT = 480, 160
NUMBER = "MSKU9070323"
LEFT, RIGHT = (20.0, 10.0, 220.0, 130.0), (250.0, 10.0, 460.0, 130.0)
DENSE = (60.0, 50.0, 120.0, 110.0)
MADE_WITH = MadeWith(
    version="0.1.0",
    model="by-hand/1.0.0",
    model_sha256="ab" * 32,
    config_sha256="cd" * 32,
    runtime=Runtime(name="onnxruntime", version="1.0", provider="CPUExecutionProvider"),
)

Make = Callable[..., Inspection]


def scan_by_hand(width: int = WIDTH, height: int = HEIGHT, **changes: object) -> Scan:
    """Walls, a load that grows denser downwards, one region that stops the beam, four dead rows."""
    t = np.full((1, height, width), 0.98, np.float32)
    t[0, 10:130, 20:220] = 0.8
    t[0, 40:130, 40:200] *= np.linspace(0.5, 0.02, 90, dtype=np.float32)[:, None]
    t[0, 50:110, 60:120] = 1e-6
    valid = np.ones((height, width), np.bool_)
    valid[-4:] = False
    origin = Provenance(source="gate 7.png", sha256="12" * 32, format="png")
    fields: dict[str, object] = {"floor": 1e-5, "pitch_mm": None, "energies_mv": None, "calibrated": False}
    return Scan(**{"transmission_BHW": t, "valid_HW": valid, "provenance": origin, **fields, **changes})


def papers_by_hand() -> ManifestFile:
    lines = (
        ManifestLine(number=1, hs_code="4407.11", description="Sawn timber", packages=24, gross_mass_kg=18200),
        ManifestLine(number=2, hs_code="4011.20", description="Tyres", packages=120, gross_mass_kg=6400.5),
    )
    paper = Manifest(container_number=NUMBER, size_type="45G1", empty=False, gross_mass_kg=24600.5, lines=lines)
    return ManifestFile(source="gate 7.manifest.json", sha256="ef" * 32, format="json", containers=(paper,))


def findings_by_hand() -> tuple[Finding, ...]:
    common = {"container": NUMBER}
    return (
        Finding(check="empty", verdict=Verdict.CLEAR, severity=Severity.LOW, reason="Loaded, as declared.", **common),
        Finding(
            check="count",
            verdict=Verdict.UNKNOWN,
            severity=Severity.LOW,
            reason="Tyres cannot be counted.",
            lines=(2,),
            **common,
        ),
        Finding(
            check="undeclared",
            verdict=Verdict.SUSPECT,
            severity=Severity.MEDIUM,
            reason="Drums that no line explains.",
            boxes=((130.04, 60.06, 170.0, 100.0),),
            lines=(1, 2),
            score=0.812345,
            **common,
        ),
        Finding(
            check="inspectability",
            verdict=Verdict.UNKNOWN,
            severity=Severity.MEDIUM,
            reason="15 % is too dense to see through.",
            boxes=(DENSE,),
            **common,
        ),
        Finding(
            check="prohibited",
            verdict=Verdict.SUSPECT,
            severity=Severity.HIGH,
            reason="The shape of a firearm.",
            boxes=((150.0, 70.0, 180.0, 90.0),),
            score=0.7,
            **common,
        ),
    )


@pytest.fixture(scope="session")
def make() -> Make:
    """A loaded container with its papers and five findings; keywords replace fields of the Inspection."""

    def inspection(**changes: object) -> Inspection:
        papers = papers_by_hand()
        found = Detections.of(
            [
                (LEFT, 0.98, "container", Group.STRUCTURE),
                ((40.0, 40.0, 200.0, 130.0), 0.9, "drums", Group.LOAD),
                ((150.0, 70.0, 180.0, 90.0), 0.7, "firearm", Group.OBJECT),
            ]
        )
        case = Case(
            container=ContainerView(number=None, size_type=None, box=LEFT, score=0.98),
            manifest=papers.containers[0],
            detections=found,
            penetration=Penetration(dense_share=0.15, dense_boxes=(DENSE,), filled_share=0.6),
        )
        whole = Inspection(
            scan=scan_by_hand(),
            detections=found,
            manifest=papers,
            cases=(case,),
            findings=findings_by_hand(),
            disposition=Disposition.INSPECT,
            made_with=MADE_WITH,
            release_requires=frozenset({"inspectability"}),
        )
        return replace(whole, **changes)

    return inspection


@pytest.fixture(scope="session")
def two(make: Make) -> Inspection:
    """Two containers, one of them without papers; findings of both."""
    one = make()
    right = Case(
        container=ContainerView(number="TGHU1234561", size_type="22G1", box=RIGHT, score=0.9),
        manifest=None,
        manifest_notes=("The manifest file does not list container TGHU1234561.",),
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.0),
    )
    lost = Finding(
        check="empty",
        verdict=Verdict.UNKNOWN,
        severity=Severity.LOW,
        container="TGHU1234561",
        reason="No papers.",
        boxes=(RIGHT,),
    )
    return replace(one, cases=(*one.cases, right), findings=(*one.findings, lost))


@pytest.fixture(scope="session")
def black(make: Make) -> Inspection:
    """A picture that says nothing, without papers and without a container."""
    t = np.full((1, HEIGHT, WIDTH), 1e-6, np.float32)
    nothing = Penetration(
        dense_share=1.0, dense_boxes=(), filled_share=0.0, judgeable=False, why="every pixel is as dark as can be"
    )
    case = Case(
        container=ContainerView(number=None, size_type=None, box=None),
        manifest=None,
        manifest_notes=("No manifest was given for this container.",),
        penetration=nothing,
    )
    unknown = Finding(check="inspectability", verdict=Verdict.UNKNOWN, severity=Severity.HIGH, reason="All black.")
    return make(
        scan=scan_by_hand(transmission_BHW=t),
        detections=Detections.of([]),
        manifest=None,
        cases=(case,),
        findings=(unknown,),
        disposition=Disposition.REVIEW,
    )
