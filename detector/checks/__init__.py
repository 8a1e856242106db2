"""Checks: values in, findings out.

To add a check: one module with ``check(case, settings, goods)``, one row in CHECKS, one test (docs/checks.md).
"""

import logging
from importlib import import_module
from typing import Protocol, cast

from scantally.detector.checks.sentences import finding
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Severity, Verdict

_log = logging.getLogger(__name__)

CHECKS: dict[str, str] = {
    "container_number": "scantally.detector.checks.container_number",
    "manifest_consistency": "scantally.detector.checks.manifest_consistency",
    "description": "scantally.detector.checks.description",
    "empty": "scantally.detector.checks.empty",
    "goods": "scantally.detector.checks.goods",
    "missing": "scantally.detector.checks.missing",
    "undeclared": "scantally.detector.checks.undeclared",
    "prohibited": "scantally.detector.checks.prohibited",
    "anomaly": "scantally.detector.checks.anomaly",
    "ripoff": "scantally.detector.checks.ripoff",
    "count": "scantally.detector.checks.count",
    "package_mass": "scantally.detector.checks.package_mass",
    "mass": "scantally.detector.checks.mass",
    "volume": "scantally.detector.checks.volume",
    "duplicate": "scantally.detector.checks.duplicate",
    "inspectability": "scantally.detector.checks.inspectability",
    "calibration": "scantally.detector.checks.calibration",
}
"""Name of each check and the module that holds it, in the order of a report."""


class Check(Protocol):
    """A check is a pure function of values. It always answers: at least one finding for a case."""

    def __call__(self, case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
        """Judge one container."""


def run_checks(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """All findings of all checks about one container, in the order of CHECKS.

    A check that fails becomes an UNKNOWN of its own, which forbids a release like any other silence of it.
    """
    return tuple(found for name in CHECKS for found in _run(name, case, settings, goods))


def _run(name: str, case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    try:
        found = cast(Check, import_module(CHECKS[name]).check)(case, settings, goods)
    except Exception:  # noqa: BLE001 - whatever fails in one check must neither stop the others nor stay silent
        _log.exception("check %s failed", name)
        found = ()
    return found or (_failed(name, case),)


def _failed(name: str, case: Case) -> Finding:
    return finding(case, name, Verdict.UNKNOWN, Severity.MEDIUM, f"The check {name} failed and could not judge this.")
