"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real scans, declarations and weights; tests that need it are skipped without it."""
    folder = os.environ.get("SCANTALLY_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SCANTALLY_DATA does not name a folder with real scans (see CONTRIBUTING.md, 'Data for tests')")
    return Path(folder)
