"""What a runtime must offer: three methods. Another runtime is one file that has them."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class Extractor(Protocol):
    """What an engine may offer beside detections, where its network has the outputs for it."""

    @property
    def extras(self) -> tuple[str, ...]:
        """Names of the outputs beside the detections: ``features`` and ``embedding`` where the package has them."""
        ...

    def extract(self, picture_HW3: ByteArray, names: Sequence[str]) -> dict[str, FloatArray]:
        """Run one encoded picture and take these outputs, without computing the detections.

        Returns:
            ``features``: (C, H / s, W / s) float32, a map of the network's neck at the stride s that its file names;
            ``embedding``: (D,) float32, the neck's levels pooled over the picture.

        Raises:
            PackageError: the network has no such output.
        """
        ...

    def run_with(self, picture_HW3: ByteArray, names: Sequence[str]) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Both in one pass: what ``run`` and what ``extract`` give, for little more than the time of ``run``.

        Raises:
            PackageError: the network has no such output.
        """
        ...
