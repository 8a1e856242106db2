"""How well the grey curve is found on simulated scans: ``pytest -m prove -s tests/test_tip_curve_figures.py`` prints the figures."""

import numpy as np
import pytest

from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.tip import estimate_character

SERIES, COUNT = 99, 32
DRY = ("22G1", "42G1", "45G1")


@pytest.mark.prove
def test_figures_of_the_grey_curve() -> None:
    errors: list[float] = []
    spreads: list[float] = []
    index = 0
    while len(errors) < COUNT:
        scan = simulate_scan(SERIES, index, look=("A", "A2", "B")[index % 3], wishes=Wishes(deviation_share=0.0))
        index += 1
        if not all(c.size_type in DRY for c in scan.truth.containers):
            continue
        curve = estimate_character(scan.transmission_BHW[-1], [c.box for c in scan.truth.containers]).curve
        errors.append(curve.gamma / scan.style.gamma - 1.0)
        spreads.append(abs(curve.gamma - scan.style.gamma) / curve.spread)
    size = np.abs(errors)
    print(
        f"gamma over {COUNT} scans of series {SERIES}: median error {100 * np.median(size):.1f} %, 90 % within "
        f"{100 * np.percentile(size, 90):.1f} %, mean {100 * np.mean(errors):+.1f} %, at most {max(spreads):.2f} stated spreads"
    )
    assert float(np.median(size)) < 0.09
    assert max(spreads) < 2.5
