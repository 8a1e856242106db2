"""What can go wrong, as one tree.

ScantallyError
├── InputError          what the caller gave us cannot be used: exit code 2, one line
│   ├── ScanError       a scan file
│   ├── ManifestError   a manifest file
│   ├── ConfigError     a configuration file, a scanner profile, an option
│   └── PackageError    a model package
└── MissingExtraError   an optional library is not installed: exit code 2, names the command
"""

from typing import Self


class ScantallyError(Exception):
    """Base of everything that Scantally raises on purpose."""


class InputError(ScantallyError):
    """Input that cannot be used. Its text is one line: which file, what is wrong, what was expected."""

    def __init__(self, source: str, problem: str) -> None:
        self.source = one_line(source)
        self.problem = one_line(problem)
        super().__init__(f"{self.source}: {self.problem}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """Errors come whole out of worker processes: by itself an exception is made again from its text alone."""
        return type(self), (self.source, self.problem)


class ScanError(InputError):
    """A scan file that cannot be read, or must not be."""


class ManifestError(InputError):
    """A manifest that cannot be read. Contents that contradict each other are findings, not errors."""


class ConfigError(InputError):
    """A configuration value, scanner profile or option that makes no sense."""


class PackageError(InputError):
    """A model package that is incomplete, altered or made for another version."""


class MissingExtraError(ScantallyError):
    """An optional part is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        self.what, self.extra = what, extra
        super().__init__(f"{what} needs an optional part: install it with  pip install 'scantally[{extra}]'")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.what, self.extra)


def one_line(text: str) -> str:
    """Text of an error on one line: what a damaged file put into a message must not break that."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
