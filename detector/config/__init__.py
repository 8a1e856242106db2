"""Configuration: what a site may choose, each choice with a default that is safe.

One YAML file (``--config``) may set any of it; what it does not name keeps its default.
"""

from pathlib import Path

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.config.files import parse_yaml, read_bytes, sha256
from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.types import Document


class Config(Document):
    """Everything that a site may choose, beside its scanner profiles and its goods table."""

    limits: Limits = Limits()
    checks: CheckSettings = CheckSettings()
    penetration: PenetrationSettings = PenetrationSettings()
    columns: ColumnMap = ColumnMap()
    weighing: WeighingSettings = WeighingSettings()
    decision: DecisionSettings = DecisionSettings()

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the resolved configuration: the same choices give the same digest, however they were written."""
        return sha256(self.model_dump_json().encode())


def load_config(path: Path | None) -> Config:
    """The configuration in ``path``, or the defaults.

    Raises:
        ConfigError: unreadable, an unknown key, a value out of range.
    """
    return Config() if path is None else parse_yaml(read_bytes(path), str(path), Config)
