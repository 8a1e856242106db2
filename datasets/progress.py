"""Long work shown to whoever waits: a bar on a terminal, plain lines elsewhere, both on stderr."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

import typer

Item = TypeVar("Item")


def follow(items: Iterable[Item], total: int, doing: str) -> Iterator[Item]:
    """Pass items on and show how many of ``total`` are done: ``doing`` is the verb, as in "imported 20 of 200"."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        yield from track(items, total=total, description=doing, console=Console(stderr=True))
        return
    step = max(1, total // 10)
    for number, item in enumerate(items, start=1):
        yield item
        if number % step == 0 or number == total:
            say(f"{doing} {number} of {total}")


def say(line: str) -> None:
    """A line on stderr, if anybody still reads it."""
    with suppress(OSError):
        typer.echo(line, err=True)
