"""What a runtime must offer: three methods. Another runtime is one file that has them."""

from typing import Protocol

from scantally.detector.types import ByteArray, Document, FloatArray


class Runtime(Document):
    """The program that runs the model, and on what."""

    name: str
    version: str
    provider: str


class Engine(Protocol):
    """A loaded network."""

    def describe(self) -> Runtime:
        """Which program runs the network, and on what."""
        ...

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        """Run one encoded picture, (H, W, 3) uint8 with sides that are multiples of the stride.

        Returns:
            (N, 4 + L) float32: centre x, centre y, width, height in pixels of the picture, then a score in [0, 1] per label.
        """
        ...

    def close(self) -> None:
        """Give back what the network holds."""
        ...
