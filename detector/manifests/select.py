"""Which of a file's containers is the one that was scanned."""

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import listed, shown
from scantally.detector.types import Manifest, ManifestFile


def select(manifest_file: ManifestFile, number: str | None) -> Manifest:
    """The manifest of container ``number``, compared without regard to case, spaces and hyphens.

    Without a number, the file's only container. A file whose only container carries no number answers to any.

    Raises:
        ManifestError: when no container matches, or more than one does, with what the file holds.
    """
    containers = manifest_file.containers
    if number is None:
        if len(containers) == 1:
            return containers[0]
        raise ManifestError(
            manifest_file.source, f"expected one container or the number of one: {_holds(manifest_file)}"
        )
    if len(containers) == 1 and containers[0].container_number is None:
        return containers[0]
    wanted = normalise_number(number)
    found = [m for m in containers if normalise_number(m.container_number or "") == wanted]
    if len(found) == 1:
        return found[0]
    problem = f"{len(found)} containers have the number" if found else "no container has the number"
    raise ManifestError(manifest_file.source, f"{problem} {shown(number)}: {_holds(manifest_file)}")


def _holds(manifest_file: ManifestFile) -> str:
    numbers = [m.container_number or "one without a number" for m in manifest_file.containers]
    return f"the file holds {listed([n[:20] for n in numbers])}"
