"""A canvas that swaps front and rear: containers stand on trailers either way round."""

from scantally.datasets.simulator.canvas import Canvas
from scantally.detector.physics.attenuation import Float64


class TurnedCanvas(Canvas):
    """Draws on another canvas's layers, with every x (mm) mirrored about the middle of ``x0`` and ``x1``."""

    def __init__(self, canvas: Canvas, x0: float, x1: float) -> None:
        super().__init__(canvas.view)
        self.layers = canvas.layers
        self.members = canvas.members
        self._ends = x0 + x1

    def member(self, x0: float, x1: float) -> None:
        """As the plain canvas's, mirrored."""
        super().member(self._ends - x1, self._ends - x0)

    def bar(self, material: str, mm: float, x0: float, x1: float, h0: float, h1: float, depth: float = 0.0) -> None:
        """As the plain canvas's, mirrored."""
        super().bar(material, mm, self._ends - x1, self._ends - x0, h0, h1, depth)

    def slab(self, material: str, mm: float, x0: float, x1: float, height: float, z0: float, z1: float) -> None:
        """As the plain canvas's, mirrored."""
        super().slab(material, mm, self._ends - x1, self._ends - x0, height, z0, z1)

    def crease(self, material: str, mm: float, x: float, wide: float, height: float, z0: float, z1: float) -> None:
        """As the plain canvas's, mirrored."""
        super().crease(material, mm, self._ends - x - wide, wide, height, z0, z1)

    def web(self, material: str, mm: float, x: float, h0: float, h1: float, z0: float, z1: float) -> None:
        """As the plain canvas's, mirrored."""
        super().web(material, mm, self._ends - x - mm, h0, h1, z0, z1)

    def end_wall(
        self,
        material: str,
        mm: float,
        x0: float,
        x1: float,
        h0: float,
        h1: float,
        z0: float,
        z1: float,
        slices: int = 48,
    ) -> None:
        """As the plain canvas's, mirrored."""
        super().end_wall(material, mm, self._ends - x1, self._ends - x0, h0, h1, z0, z1, slices)

    def outline(self, material: str, mm: float, xs: Float64, hs: Float64, depth: float) -> None:
        """As the plain canvas's, mirrored."""
        super().outline(material, mm, self._ends - xs, hs, depth)
