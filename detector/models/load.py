"""From a model package to a detector that is known to work: the network runs, and says what the card says."""

from scantally.detector.errors import PackageError
from scantally.detector.imaging.scales import STRIDE, blank
from scantally.detector.models.anomaly_file import ANOMALY, AnomalyModel
from scantally.detector.models.embed import FEATURES
from scantally.detector.models.infer import Detector
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import Card, Package

PROBE = (2 * STRIDE, 3 * STRIDE)
"""Rows and columns of the picture that a network is tried on: small, and not square, as no scan is."""


def open_detector(package: Package, provider: str = "cpu") -> Detector:
    """Load a package's network and hold it to its card, so that a wrong pair is refused before a scan is looked at.

    Raises:
        ConfigError: the provider cannot be used.
        PackageError: no network, one that does not take pictures of any size, or one that the card does not describe.
    """
    source = str(package.path / "model.onnx")
    engine = OrtEngine(package.model, source, provider)
    _hold_to_card(engine.metadata(), package.card, source)
    _probe(engine, package.card, source)
    if package.anomaly is not None:
        _hold_to_features(engine, package.anomaly, package.card, str(package.path / ANOMALY))
    return Detector(engine=engine, card=package.card, strange=package.anomaly)


def _hold_to_card(metadata: dict[str, str], card: Card, source: str) -> None:
    """What the network's file says of itself, where it says it. Labels in another order would name every box wrongly."""
    said = {"labels": ",".join(x.name for x in card.labels), "encoding": card.encoding}
    for key, expected in said.items():
        if key in metadata and metadata[key] != expected:
            raise PackageError(source, f"was made for {key} '{metadata[key]}', but the card says '{expected}'")


def _probe(engine: OrtEngine, card: Card, source: str) -> None:
    expected = 4 + len(card.labels)
    try:
        output = engine.run(blank(*PROBE, card.encoding))
    except Exception as e:
        raise PackageError(source, f"expected a network that takes {PROBE[0]} x {PROBE[1]} px pictures: {e}") from e
    if output.ndim != 2 or output.shape[1] != expected:
        raise PackageError(
            source,
            f"expected {expected} values a box (4 and {len(card.labels)} labels of the card), got {output.shape}",
        )


def _hold_to_features(engine: OrtEngine, anomaly: AnomalyModel, card: Card, source: str) -> None:
    """A head of another network would find strange whatever it is shown."""
    if FEATURES not in engine.extras:
        raise PackageError(source, f"expected a network with the output '{FEATURES}'")
    found = engine.extract(blank(*PROBE, card.encoding), [FEATURES])[FEATURES].shape
    channels = anomaly.head.mean_C.size
    if len(found) != 3 or found[0] != channels or PROBE[0] % found[1] or PROBE[1] * found[1] != PROBE[0] * found[2]:
        raise PackageError(source, f"was fitted on maps of {channels} channels, but the network's is {found}")
