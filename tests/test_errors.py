"""Errors as they come out of another process."""

import pickle

import pytest

from scantally.detector.errors import (
    ConfigError,
    InputError,
    ManifestError,
    MissingExtraError,
    PackageError,
    ScanError,
    ScantallyError,
)


@pytest.mark.parametrize("kind", [InputError, ScanError, ManifestError, ConfigError, PackageError])
def test_an_error_comes_whole_out_of_a_worker(kind: type[InputError]) -> None:
    again = pickle.loads(pickle.dumps(kind("a.tif", "expected b\nand c")))
    assert type(again) is kind
    assert (again.source, again.problem, str(again)) == ("a.tif", "expected b and c", "a.tif: expected b and c")


def test_so_does_one_of_a_missing_part() -> None:
    error = MissingExtraError("training", "train")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is MissingExtraError and isinstance(again, ScantallyError) and str(again) == str(error)
