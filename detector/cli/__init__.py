"""The command line: one command, whose subcommands other packages register as entry points and load when called."""

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from scantally.detector.errors import InputError, MissingExtraError, one_line

COMMANDS = "scantally.commands"
OUR_FAULT = 1
BAD_INPUT = 2

OUTSIDE = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EFBIG,
        errno.EACCES,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ENAMETOOLONG,
    )
)
"""What a disk, its rights or a name given to us is to blame for, and no fault of ours."""


UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What is wrong with a command line itself. Of the copy of click that typer holds or imports, whichever its version does."""

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""What ends a program from outside, beside an interruption from the keyboard."""


class OutputClosedError(Exception):
    """Whoever read our output has seen enough. No OSError, because typer makes exit code 1 of a broken pipe."""


class LazyGroup(TyperGroup):
    """A group that imports a subcommand's module only when that subcommand is asked for."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run the subcommand, and know by its end whether its output was taken."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as e:
            raise OutputClosedError from e
        return result

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 (typer's own signature)
        """Names of all registered subcommands."""
        return sorted(_registered())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Load one subcommand; None when there is none of this name."""
        entry = _registered().get(cmd_name)
        return None if entry is None else _as_command(cmd_name, entry.load())


def _registered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=COMMANDS)}


def _as_command(name: str, registered: Any) -> Any:  # noqa: ANN401
    """What an entry point names is a typer app, or a function that becomes the one command of an app."""
    if isinstance(registered, typer.Typer):
        command = typer.main.get_command(registered)
    else:
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command(name=name)(registered)
        command = typer.main.get_command(app)
    command.name = name
    return command


app = typer.Typer(
    cls=LazyGroup, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"scantally {version('scantally')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Read X-ray scans of cargo containers, find what is in them, and check them against the manifest."""


def main() -> None:
    """Entry point of ``scantally``. Exit code 0: done; 2: bad input, one line on stderr; 1: our fault.

    Typer itself turns an interruption from the keyboard into exit code 130; SIGTERM and SIGHUP end a command as orderly.
    """
    _replace_closed_streams()
    try:
        with _ended_in_order():
            code = app(prog_name="scantally", standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except UsageError as e:
        print(_usage_line(e), file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    except (InputError, MissingExtraError) as e:
        print(f"scantally: {e}", file=sys.stderr)
        raise SystemExit(BAD_INPUT) from None
    except OutputClosedError:
        # Nothing is wrong on either side; what is still in the buffer must not fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as e:
        if e.errno not in OUTSIDE:
            _report_fault(e)
        what = "the output cannot be written" if e.filename is None else f"{e.filename}: cannot be read or written"
        print(f"scantally: {what}: {e.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(BAD_INPUT) from None
    except Exception as e:  # noqa: BLE001 (the border of the program)
        _report_fault(e)


def _usage_line(fault: Any) -> str:  # noqa: ANN401 (typer's own)
    """One line with what is wrong and where to read on; all of the help where nothing was asked for."""
    said = str(fault.format_message())
    if type(fault).__name__ == "NoArgsIsHelpError":
        return said
    hint = "scantally" if fault.ctx is None else fault.ctx.command_path
    return f"scantally: {one_line(said).removesuffix('.')} (see '{hint} --help')"


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM and SIGHUP let a command clean up, as an interruption from the keyboard does, where nothing else was made of them."""
    numbers = [n for n in ENDING if signal.getsignal(n) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    for number in numbers:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    # A terminal that closes says it twice: the second time must not cut the cleaning short.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _report_fault(fault: Exception) -> NoReturn:
    traceback.print_exception(fault)
    print(f"scantally: internal error, please report it with the lines above: {fault}", file=sys.stderr)
    raise SystemExit(OUR_FAULT) from None


def _replace_closed_streams() -> None:
    """A stream that the caller closed is None; what is printed to it goes nowhere, as the caller asked."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (open as long as the process lives)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
