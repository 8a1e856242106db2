"""Papers are honest or wrong in exactly one recorded way; the tests find out which way by themselves."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from stdnum import iso6346

from scantally.datasets.simulator.container import CONTAINERS
from scantally.datasets.simulator.deviations import DEVIATIONS, LOOKS_LIKE, look
from scantally.datasets.simulator.draw_plan import SCENES
from scantally.datasets.simulator.goods import GOODS
from scantally.datasets.simulator.loads import COUNTED, LOADS
from scantally.datasets.simulator.papers import TARE_KG
from scantally.datasets.simulator.papers_lines import allowed_goods
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.style import Style, draw_style
from scantally.datasets.simulator.truth import Truth
from scantally.detector.types import Manifest

HEAVY_KG = 0.6
"""Masses in truth and papers are rounded."""


def coarse() -> Style:
    """Large pixels: papers do not depend on them, and scenes are quick."""
    drawn = draw_style(np.random.default_rng(3), "cal")
    return replace(drawn, pitch_mm=25.0, height=150, energies_mv=(6.0,))


def scans(kind: str, count: int = 3) -> Iterator[SimulatedScan]:
    """Scans whose papers are wrong in a way; a draw without room for its object is passed over."""
    found = 0
    for index in range(4 * count):
        scan = simulate_scan(77, index, coarse(), wishes=Wishes(deviation=kind, pairs=False))
        if scan.truth.deviation is not None:
            found += 1
            yield scan
        if found == count:
            return
    raise AssertionError(f"{found} of {count} scans with {kind}")


def faults(truth: Truth, papers: tuple[Manifest, ...]) -> set[str]:
    """In which ways the papers disagree with the truth, told from the two documents alone."""
    found: set[str] = set()
    for number, paper in enumerate(papers):
        found |= set(faults_of(truth, number, paper))
    return found


def faults_of(truth: Truth, number: int, paper: Manifest) -> Iterator[str]:
    container = truth.containers[number]
    if paper.container_number != container.number:
        yield "wrong_container_number"
    if paper.empty and not container.empty and any(x.container == number for x in truth.loads):
        yield "false_empty"
        return
    if not paper.empty and container.empty:
        yield "false_full"
        return
    if any(not o.declared for o in truth.objects if o.container == number):
        yield "undeclared_object"
    hidden = any(x.hidden for x in truth.loads if x.container == number)
    if hidden:
        yield "hidden_load"
    else:
        yield from wrong_lines(truth, number, paper)


def wrong_lines(truth: Truth, number: int, paper: Manifest) -> Iterator[str]:
    """Lines stand in the order in which their kinds appear in the truth, loads first."""
    loads = [x for x in truth.loads if x.container == number]
    objects = [o for o in truth.objects if o.container == number and o.declared]
    labels = list(dict.fromkeys([x.label for x in loads] + [o.label for o in objects]))
    if len(labels) != len(paper.lines):
        yield f"{len(paper.lines)} lines for {labels}"
        return
    for label, line in zip(labels, paper.lines, strict=True):
        mine = [x for x in loads if x.label == label]
        mass = sum(x.mass_kg for x in mine) + sum(o.mass_kg for o in objects if o.label == label)
        if line.hs_code not in {g.hs_code for g in GOODS[label]} or (mine and line.hs_code != mine[0].hs_code):
            yield "wrong_goods"
            continue
        if abs((line.gross_mass_kg or 0.0) - mass) > HEAVY_KG:
            yield "wrong_mass"
        if label in COUNTED and line.packages != sum(x.count or 0 for x in mine):
            yield "wrong_count"


@pytest.mark.parametrize("kind", DEVIATIONS)
def test_a_deviation_is_the_only_one(kind: str) -> None:
    for scan in scans(kind):
        truth = scan.truth
        assert truth.deviation == kind
        assert faults(truth, scan.manifests) == {kind}
        assert truth.deviation_container == 0
        assert truth.deviation_true != truth.deviation_declared
        numbers = [line.number for line in scan.manifest.lines]
        named = kind in ("wrong_goods", "wrong_count", "wrong_mass", "hidden_load", "false_full")
        assert (truth.deviation_line in numbers) if named else (truth.deviation_line is None)


def test_whatever_is_drawn_is_wrong_in_the_recorded_way_or_not_at_all() -> None:
    seen = set()
    for index in range(40):
        scan = simulate_scan(78, index, coarse(), wishes=Wishes(deviation_share=0.7))
        assert faults(scan.truth, scan.manifests) == ({scan.truth.deviation} - {None}), index
        seen.add(scan.truth.deviation)
    assert len(seen) >= 6


def test_honest_wishes_give_honest_papers() -> None:
    wishes = Wishes(deviation_share=0.0, object_share=0.0)
    for index in range(8):
        scan = simulate_scan(79, index, coarse(), wishes=wishes)
        assert scan.truth.deviation is None
        assert faults(scan.truth, scan.manifests) == set()


@pytest.mark.parametrize("kind", [*DEVIATIONS, None])
def test_papers_agree_with_themselves(kind: str | None) -> None:
    share = 0.0 if kind is None else 1.0
    for index in range(2):
        wishes = Wishes(deviation=kind, deviation_share=share)
        for paper in simulate_scan(80, index, coarse(), wishes=wishes).manifests:
            assert paper.gross_mass_kg is not None and paper.tare_kg is not None
            assert paper.gross_mass_kg == pytest.approx(sum(x.gross_mass_kg or 0.0 for x in paper.lines), abs=0.11)
            assert paper.verified_gross_mass_kg == pytest.approx(paper.gross_mass_kg + paper.tare_kg, abs=0.11)
            assert paper.empty is (not paper.lines)
            assert [x.number for x in paper.lines] == list(range(1, len(paper.lines) + 1))
            assert all(0 < (x.net_mass_kg or 0) < (x.gross_mass_kg or 0) for x in paper.lines)


def test_wrong_goods_look_otherwise() -> None:
    for scan in scans("wrong_goods", 6):
        assert scan.truth.deviation_line is not None and scan.truth.deviation_true is not None
        line = scan.manifest.lines[scan.truth.deviation_line - 1]
        true = scan.truth.deviation_true.split()[0]
        assert scan.truth.deviation_declared == line.hs_code
        declarers = {label for label, table in GOODS.items() if line.hs_code in {g.hs_code for g in table}}
        assert any(look(label) != look(true) for label in declarers)
        assert str(line.hs_code)[:4] not in {g.hs_code[:4] for g in GOODS[true]}
        honest = scan.truth.deviation_true.split()[1]
        assert line.package_kind not in {g.package_kind for g in GOODS[true] if g.hs_code == honest}


def test_a_wrong_count_and_a_wrong_mass_can_be_seen() -> None:
    for scan in scans("wrong_count", 4):
        true, said = int(scan.truth.deviation_true or 0), int(scan.truth.deviation_declared or 0)
        assert abs(said - true) >= max(1, 0.2 * true)
    for scan in scans("wrong_mass", 4):
        true_kg, said_kg = (
            float(str(x).split()[0]) for x in (scan.truth.deviation_true, scan.truth.deviation_declared)
        )
        assert not 0.62 < said_kg / true_kg < 1.58


def test_a_hidden_load_lies_behind_its_cover() -> None:
    for scan in scans("hidden_load", 5):
        hidden = [x for x in scan.truth.loads if x.hidden]
        cover = [x for x in scan.truth.loads if not x.hidden]
        assert len({x.label for x in hidden}) == len({x.label for x in cover}) == 1
        assert max(x.box[2] for x in hidden) < max(x.box[2] for x in cover)  # the doors are at the right
        assert hidden[0].label != cover[0].label
        assert len(scan.manifest.lines) == 1
        mass = sum(x.mass_kg for x in scan.truth.loads)
        assert scan.manifest.gross_mass_kg == pytest.approx(mass, abs=2.0)
        assert f"{hidden[0].label} {hidden[0].hs_code}" == scan.truth.deviation_true


def test_containers_of_a_scan_have_different_valid_numbers() -> None:
    for index in range(30):
        wishes = Wishes(containers=("22G1",), empty_share=1.0, object_share=0.0, deviation="wrong_container_number")
        scan = simulate_scan(81, index, coarse(), wishes=wishes)
        numbers = [c.number for c in scan.truth.containers] + [scan.manifest.container_number]
        assert all(iso6346.is_valid(number) for number in numbers)
        assert len(set(numbers)) == len(numbers)
        if len(numbers) == 3:
            return
    raise AssertionError("no pair was drawn")


def test_every_deviation_has_its_scene_and_every_container_its_tare() -> None:
    assert set(SCENES) == set(DEVIATIONS)
    assert set(TARE_KG) == set(CONTAINERS)
    assert all(500.0 < low < high < 7000.0 for low, high in TARE_KG.values())
    assert set(LOOKS_LIKE.values()) <= set(GOODS)


def test_headings_can_be_held_back() -> None:
    allowed = frozenset({"1701", "0901", "8501", "4407"})
    wishes = Wishes(loads=("sacks", "machinery", "timber"), headings=allowed, object_share=0.0, tank_share=0.0)
    for index in range(8):
        for paper in simulate_scan(82, index, coarse(), wishes=wishes).manifests:
            assert {str(line.hs_code)[:4] for line in paper.lines} <= allowed
    with pytest.raises(ValueError, match="no heading of 'drums' is allowed"):
        allowed_goods("drums", allowed)


def test_every_load_can_be_declared() -> None:
    assert set(LOADS) <= set(GOODS)
