"""What each check needs to see before it speaks, and which silence forbids a release."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from scantally.detector.config.goods import HsPrefix
from scantally.detector.config.penetration import Share
from scantally.detector.types import Document

_READ = ("description_likely", "description_certain")
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
"""As model packages name labels: a dataset of somebody's own keeps its capitals and dashes."""
CheckName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class CheckSettings(Document):
    """Thresholds of the checks. What each default rests on is in docs/checks.md."""

    sure: Share = 0.5
    """A detection at or above this probability is taken as seen: more likely there than not."""

    unsure: Share = 0.25
    """Between this and ``sure`` a detection is possible: UNKNOWN. Below it, it is not mentioned."""

    filled_empty: Share = 0.08
    """An inside filled up to here looks empty: the fullest of 124 empty AJNA containers reached 0.071."""

    filled_loaded: Share = 0.10
    """An inside filled from here on looks loaded: of 91 loaded AJNA containers, 88 had 0.130 or more."""

    dense_empty: Share = 0.04
    """An opaque share up to here is the container itself (posts, floor, chassis): empty ones reached 0.028."""

    dense_loaded: Share = 0.05
    """An opaque share from here on is load: the three low loads that fill less than ``filled_loaded`` had 0.074 or more."""

    dense_clear: Share = 0.03
    """With a larger opaque share than this, something may hide, and nothing is cleared. Empty ones reached 0.028."""

    dense_release: Share = 0.1
    """Up to this opaque share a release may be proposed all the same, with the words that something may hide there; more forbids it."""

    dense_high: Share = 0.5
    """With this much opaque, the finding of ``inspectability`` weighs high: most of the load was not seen."""

    threat_steel_cm: Annotated[float, Field(gt=0, le=300)] | None = 30.0
    """Edge of the largest steel block of interest: where even such a one would have been missed, a place cannot be judged. null: none is."""

    threat_brick_cm: Annotated[float, Field(gt=0, le=300)] | None = 40.0
    """The same of bricks of 1.2 g/cm3."""

    unjudged_clear: Share = 0.3
    """With a larger share of the load than this that cannot be judged, ``inspectability`` is UNKNOWN. Three in four empty AJNA containers
    have less than 0.36 of their inside: their rims."""

    unjudged_release: Share = 0.6
    """Up to this share a release may be proposed all the same; more forbids it. Half of the loaded AJNA containers and three in four simulated
    ones have less than 0.6."""

    large_load: Share = 0.4
    """Load boxes that cover this share of the container must show in the map too, or the model is contradicted. All 78 loaded
    AJNA containers with that much labelled load did; lower loads lie where the map does not look."""

    least_seen_kg: Annotated[float, Field(ge=0, le=100_000)] = 150.0
    """A declared load of less may not show as load: a few crates cover less of the inside than bare walls vary."""

    high_labels: tuple[Label, ...] = ("firearm", "ammunition", "vehicle")
    """Objects that send a container to inspection when no line explains them; the others ask for a review."""

    fit_expected: Share = 0.5
    """From this probability on, a block of load is one of those that a line lets expect: more likely than not."""

    fit_plausible: Share = 0.15
    """From here on it may well be."""

    fit_unusual: Share = 0.09
    """From here on it cannot be told; below, the load is strange."""

    fit_strange: Share = 0.04
    """Below this probability a block is foreign to every line."""

    foreign_share: Share = 0.8
    """A foreign block that is so surely something else weighs high."""

    block_dense: Share = 0.8
    """A block of which more than this share stopped the beam is not said to look as expected: its look is an outline. The model told the
    type of simulated blocks as well between 0.5 and 0.8 as below (docs/results.md)."""

    smallest_block: Share = 0.05
    """A block of load that covers less of the container's box is not judged by itself."""

    missing_share: Share = 0.2
    """A line of at least this share of the declared mass should show; a smaller one may lie behind or under another."""

    door_zone_m: Annotated[float, Field(gt=0, le=20)] = 1.5
    """What lies within this many metres of an end is laid and fetched from the doors: about what an arm and a bag reach over."""

    floor_band_from: Share = 0.9
    """Where the middle of a thing lies lower than this share of the container's height, it is in or right on the floor."""

    roof_band_to: Share = 0.42
    """What ends above this share of the height, with no load below, is in the roof: the far roof rail is at 0.38 of it."""

    anomaly_rate: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Regions as strange as one of which a clean scan shows at most so many, on average, are reported: one false alarm in five clean scans."""

    denser_than_goods: Annotated[float, Field(ge=1, le=1000)] = 2.0
    """A place that is so many times as dense as the densest of the declared goods can lie is none of them (docs/results.md)."""

    same_load: Share = 0.78
    """From this similarity on, two pictures of loads are of the same load (docs/results.md has the error rates)."""

    alike_load: Share = 0.7
    """From here on they are alike, and it is not said that they differ."""

    history_least: Annotated[int, Field(ge=2, le=1_000_000)] = 10
    """So many earlier loads are needed to know what loads have in common. With ten, errors were as rare as with ninety."""

    description_implausible: Share = 0.001
    """A declared chapter whose share of a description's reading is at least this cannot be ruled out."""

    description_likely: Share = 0.8
    """Only where the three likeliest chapters get at least this share together is a description said to read like something else.
    With both, 11 of 1,000 trade names that the fit had not seen would have been so called under their own chapter."""

    description_certain: Share = 0.95
    """From this share of the three on, the finding weighs medium instead of low: 6 of 1,000 of those names."""

    inferred_possible: Share = 0.02
    """A line without an HS code may hold what its text gives at least this chance (0.02: one such reading in fifty)."""

    mass_tolerance: Share = 0.02
    """Line masses may differ from the declared whole by this part of it: rounding and packing material."""

    mass_off: Share = 0.02
    """A declared mass may lie outside the weighed interval by this part of the mass: pallets, lashing and dunnage are load to a scan."""

    mass_off_kg: Annotated[float, Field(ge=0, le=100_000)] = 150.0
    """And by so many kg, whatever the mass: dunnage and fittings of an unusual container."""

    mass_error: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """A weighing clears a declared mass only when it is narrow enough to have found one that is wrong by this part of it."""

    mass_error_kg: Annotated[float, Field(ge=0, le=100_000)] = 600.0
    """Or by so many kg, where that is more: what the empty container weighs is known to some hundred kg only, and a light load is never
    weighed to a quarter."""

    package_mass_off: Share = 0.05
    """One package may weigh so much less or more than such packages are known to before that is said: packing and rounding."""

    package_mass_far: Annotated[float, Field(gt=1, le=1000)] = 1.5
    """A package that is so many times outside weighs medium instead of low: no other filling explains it."""

    volume_slack: Annotated[float, Field(ge=0, le=100)] = 0.15
    """Goods may lie denser by this part than the table's densest stow before a volume is called too small for them."""

    volume_hollow: Annotated[float, Field(gt=1, le=1000)] = 3.0
    """A side view shows more room taken than goods fill: it sees no depth. So many times what the lightest stow needs is too much."""

    heaviest_tare_kg: Annotated[float, Field(gt=0, le=100_000)] = 6000.0
    """An empty container whose tare is not declared counts as too heavy above this: a generous bound, not a standard's."""

    never_missed: tuple[Label, ...] = ("vehicle", "engine")
    """Objects that are not there when none is seen with everything in view: of vehicles and engines the default package finds 0.96 and
    more at 0.1 false positives per scan, of others 0.79 and less."""

    prohibited_labels: tuple[Label, ...] = ("firearm", "ammunition")
    """Objects that are reported whether declared or not."""

    prohibited_hs: tuple[HsPrefix, ...] = ("93", "3601", "3602", "3603", "3604")
    """Goods that need a licence or are forbidden: arms and ammunition (chapter 93 of the Harmonized System), propellant
    powders (3601), explosives (3602), fuses and detonators (3603), fireworks (3604). The law differs: a site sets its own."""

    release_requires: tuple[CheckName, ...] = ("empty", "undeclared", "prohibited", "inspectability")
    """An UNKNOWN of one of these forbids a release: each of them answers whether something is in the container that should
    not be. ``container_number``, ``count``, ``manifest_consistency`` and ``calibration`` are about the papers or the
    scanner and leave many honest containers UNKNOWN; their SUSPECT still leads to a review."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        pairs = (("unsure", "sure"), ("filled_empty", "filled_loaded"), ("dense_empty", "dense_loaded"))
        fits = (("fit_strange", "fit_unusual"), ("fit_unusual", "fit_plausible"), ("fit_plausible", "fit_expected"))
        for low, high in (
            *pairs,
            *fits,
            ("alike_load", "same_load"),
            ("dense_clear", "dense_release"),
            ("dense_release", "dense_high"),
            ("unjudged_clear", "unjudged_release"),
            _READ,
        ):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} must not be above {high}")
        return self
