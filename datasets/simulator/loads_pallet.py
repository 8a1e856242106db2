"""The flat wooden pallet, which several loads stand on."""

from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas

PALLET_HEIGHT = 144.0  # EN 13698-1, the EUR flat pallet (EPAL): 144 mm high, 20 to 25 kg
PINE = 0.50  # g/cm3, air-dry pine: USDA Wood Handbook (2010), table 4-3


def pallet(canvas: Canvas, x: float, length: float, depth: float, base: float = 0.0) -> None:
    """A flat wooden pallet on a base seen from the side: deck boards above and below, three blocks between."""
    full = PINE * depth / MM_PER_CM
    canvas.box("cellulose", (x, x + length, base + 122, base + PALLET_HEIGHT), full * 0.85)
    canvas.box("cellulose", (x, x + length, base + 100, base + 122), full * 0.40)
    canvas.box("cellulose", (x, x + length, base, base + 22), full * 0.40)
    for share in (0.0, 0.45, 0.90):
        canvas.box("cellulose", (x + share * length, x + (share + 0.1) * length, base + 22, base + 100), full * 0.40)
