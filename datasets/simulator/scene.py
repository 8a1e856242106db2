"""One simulated scan from a seed and an index: the scene, what the scanner makes of it, truth and manifest."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.areal import load_areal
from scantally.datasets.simulator.build import Built, Thing, build
from scantally.datasets.simulator.draw_plan import draw_plan
from scantally.datasets.simulator.judge import judge
from scantally.datasets.simulator.judge_load import inspectable_containers
from scantally.datasets.simulator.papers import Papers, container_numbers, write_papers
from scantally.datasets.simulator.plan import ScenePlan, Wishes
from scantally.datasets.simulator.scanner import Warp, acquire, draw_warp, to_grey
from scantally.datasets.simulator.style import Style, draw_style
from scantally.datasets.simulator.truth import Truth, TruthContainer, TruthLoad, TruthObject, TruthPart
from scantally.detector.physics.spectra import Beam
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import MIN_TRANSMISSION, Box, ByteArray, FloatArray, Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedScan:
    """A scan with everything known about it.

    ``transmission_BHW`` is what a reader gives back: for an uncalibrated look, grey over the open beam's grey (padding is open
    beam there, as ``detector.imaging.encode`` shows it); else the noisy transmission. ``grey_HW`` is the eight-bit picture.
    """

    transmission_BHW: FloatArray
    grey_HW: ByteArray | None
    pitch_mm: float
    energies_mv: tuple[float, ...]
    style: Style
    truth: Truth
    manifests: tuple[Manifest, ...]
    built: Built
    warp: Warp
    with_areal: bool = False  # whether the file of true areal density was asked for

    @property
    def look(self) -> str:
        """The scanner's family."""
        return self.style.look

    @property
    def manifest(self) -> Manifest:
        """The first container's manifest."""
        return self.manifests[0]

    @property
    def areal_HW(self) -> FloatArray:
        """True areal density of loads and objects along the beam, g/cm2, as large as the scan."""
        return load_areal(self.built, self.warp, self.style.padding)


def simulate_scan(
    seed: int,
    index: int,
    style: Style | None = None,
    *,
    look: str | None = None,
    wishes: Wishes | None = None,
    plan: ScenePlan | None = None,
) -> SimulatedScan:
    """Simulate the scan ``index`` of the series ``seed``: the same arguments give the same scan.

    Args:
        seed: Of the series.
        index: Of the scan in it.
        style: The scanner; drawn when None.
        look: The family that a drawn scanner comes from; any when None.
        wishes: What scenes to draw.
        plan: The scene; drawn when None.
    """
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence([seed, index]).spawn(5)]
    style_rng, plan_rng, build_rng, scan_rng, paper_rng = streams
    wishes = wishes or Wishes()
    style = style or draw_style(style_rng, look)
    plan = plan or draw_plan(plan_rng, wishes)
    built = build(plan, style, build_rng)
    warp = draw_warp(scan_rng, built.canvas.view.width, style)
    transmission, grey = _expose(built, style, warp, scan_rng)
    papers = write_papers(plan, built, container_numbers(paper_rng, len(plan.containers)), wishes, paper_rng)
    truth = _truth((seed, index), plan, built, style, warp, papers)
    truth = _with_inspectable(truth, load_areal(built, warp, style.padding), transmission, style)
    return SimulatedScan(
        transmission_BHW=transmission,
        grey_HW=grey,
        pitch_mm=style.pitch_mm,
        energies_mv=style.energies_mv,
        style=style,
        truth=truth,
        manifests=papers.manifests,
        built=built,
        warp=warp,
    )


def clean_transmission(built: Built, beam: Beam | float) -> FloatArray:
    """What physics lets through of a beam (a number: the usual one of so many MV), before the scanner, (H, W)."""
    return transmission_picture(beam, built.canvas.layers, slants_H=built.canvas.view.slants())


def _expose(built: Built, style: Style, warp: Warp, rng: np.random.Generator) -> tuple[FloatArray, ByteArray | None]:
    bands = [
        acquire(clean_transmission(built, beam), warp, style, r, band)
        for band, (beam, r) in enumerate(zip(style.beams, rng.spawn(len(style.beams)), strict=True))
    ]
    if not style.eight_bit:
        return np.clip(np.stack(bands), MIN_TRANSMISSION, 1.0), None
    grey = to_grey(bands[-1], style, rng)
    return _as_read(grey, style)[None], grey


def _as_read(grey_HW: ByteArray, style: Style) -> FloatArray:
    """Grey values as transmission relative to the open beam, with padding shown as open beam."""
    top = min(style.open_grey, 255.0)
    table = np.clip(np.maximum(np.arange(256), 0.5) / top, MIN_TRANSMISSION, 1.0).astype(np.float32)
    out = table[grey_HW]
    left, right = style.padding
    out[:, :left] = 1.0
    if right:
        out[:, -right:] = 1.0
    return out


def _truth(key: tuple[int, int], plan: ScenePlan, built: Built, style: Style, warp: Warp, papers: Papers) -> Truth:
    view, shift = built.canvas.view, style.padding[0]
    size = (view.width + sum(style.padding), view.height)

    def boxed(box: Box) -> Box:
        return _clipped(warp.box(box), shift, size)

    filled = {thing.container for thing in (*built.loads, *built.objects)}
    wrong = papers.deviation
    containers = tuple(
        TruthContainer(number=number, size_type=c.kind.code, box=boxed(box), empty=i not in filled)
        for i, (c, box, number) in enumerate(zip(plan.containers, built.boxes, papers.numbers, strict=True))
    )
    return Truth(
        seed=key[0],
        index=key[1],
        look=style.look,
        width=size[0],
        height=size[1],
        pitch_mm=style.pitch_mm,
        x_pitch_mm=view.x_pitch_mm,
        energies_mv=style.energies_mv,
        containers=containers,
        loads=tuple(_load_truth(t, boxed, papers) for t in built.loads),
        objects=tuple(_object_truth(t, built, style, boxed(t.placed.box), papers) for t in built.objects),
        deviation=wrong.kind if wrong else None,
        deviation_container=wrong.container if wrong else None,
        deviation_line=wrong.line if wrong else None,
        deviation_true=wrong.true if wrong else None,
        deviation_declared=wrong.declared if wrong else None,
    )


def _with_inspectable(truth: Truth, areal_HW: FloatArray, transmission_BHW: FloatArray, style: Style) -> Truth:
    found = inspectable_containers([c.box for c in truth.containers], areal_HW, transmission_BHW, style)
    containers = tuple(c.model_copy(update={"inspectable": x}) for c, x in zip(truth.containers, found, strict=True))
    return truth.model_copy(update={"containers": containers})


def _load_truth(thing: Thing, boxed: Callable[[Box], Box], papers: Papers) -> TruthLoad:
    total = thing.placed.total
    seen = total > 0.25
    return TruthLoad(
        container=thing.container,
        label=thing.label,
        box=boxed(thing.placed.box),
        mass_kg=round(thing.sprite.mass_kg, 2),
        count=thing.sprite.count,
        areal_g_cm2=round(float(total[seen].mean()) if seen.any() else 0.0, 2),
        materials=tuple(sorted(thing.sprite.layers)),
        parts=tuple(TruthPart(label=label, box=boxed(box)) for label, box in thing.placed.parts),
        hs_code=papers.headings.get((thing.container, thing.label)),
        hidden=thing.hidden,
    )


def _object_truth(thing: Thing, built: Built, style: Style, box: Box, papers: Papers) -> TruthObject:
    verdict = judge(thing.placed, built.canvas, style, thing.taken)
    return TruthObject(
        container=thing.container,
        label=thing.label,
        box=box,
        mass_kg=round(thing.sprite.mass_kg, 3),
        materials=tuple(sorted(thing.sprite.layers)),
        place=thing.place,
        variety=thing.sprite.variety,
        instance=thing.sprite.instance,
        pose=thing.sprite.pose,
        cnr=round(verdict.cnr, 2),
        visible=round(verdict.visible, 3),
        inspectable=verdict.inspectable,
        declared=not thing.hidden and (thing.container, thing.label) in papers.declared,
    )


def _clipped(box: Box, shift: int, size: tuple[int, int]) -> Box:
    x = [min(max(round(v + shift, 1), 0.0), float(size[0])) for v in (box[0], box[2])]
    y = [min(max(round(v, 1), 0.0), float(size[1])) for v in (box[1], box[3])]
    return (x[0], y[0], x[1], y[1])
