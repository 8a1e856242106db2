"""Fixtures that several test files share."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from scantally.detector.cli import main


class Ran(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def _keyboard_interrupts() -> None:
    """A shell starts what it puts in the background with SIGINT ignored, and children inherit that: the tests send SIGINT."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real scans, declarations and weights; tests that need it are skipped without it."""
    folder = os.environ.get("SCANTALLY_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SCANTALLY_DATA does not name a folder with real scans (see CONTRIBUTING.md, 'Data for tests')")
    return Path(folder)


@pytest.fixture
def scantally(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command line in this process, from its arguments to its exit code."""

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["scantally", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 0
        else:
            code = 0
        return Ran(code, *capsys.readouterr())

    return run
