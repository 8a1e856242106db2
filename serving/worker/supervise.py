"""A parent that keeps one working child alive: it starts it, watches it, ends it when it hangs, and starts it again.

The child says over a pipe when it is ready and when it begins and ends a job. A job that takes longer than it may, or a child that dies with
one, is told to the caller, who gives the job back. A parent that is killed takes the child with it: the pipe's end is its sign.
"""

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

_log = logging.getLogger(__name__)

_LOOK_S = 0.2
"""How often the parent looks after a child that says nothing."""

_STOP_S = 10.0
"""So long a child may take to finish what it does when it is told to stop."""

Target = Callable[[Connection, Any], None]
"""What the child runs: the pipe, and what it is given."""


class State(Enum):
    """What the child does."""

    STARTING = "starting"
    READY = "ready"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long things may take, in seconds."""

    job_s: float
    start_s: float = 300.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    """Pause before a child that died is started again: it doubles with each death without a job done between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One message of the child: ``word`` is ready, began, ended or failed."""

    word: str
    what: object = None
    """Of ready what it works with, of began the job, of failed why it cannot start."""


STOPPED = "the service was stopped"
"""Why a job is given back that did nothing wrong."""

Lost = Callable[[object, str], None]
"""Called with a job that was not ended, and why."""


class Supervisor:
    """Keeps a child working until it is stopped."""

    def __init__(self, target: Target, given: object, patience: Patience, lost: Lost) -> None:
        self._target, self._given, self._patience, self._lost = target, given, patience, lost
        self._context = multiprocessing.get_context("spawn")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._state, self._trouble = State.STARTING, ""
        self._works_with: object = None
        self._deaths = 0

    @property
    def state(self) -> State:
        """What the child does now."""
        return self._state

    @property
    def works_with(self) -> object:
        """What the child said when it was ready: the model package. None before."""
        return self._works_with

    @property
    def trouble(self) -> str:
        """Why the child is down, in a line; empty while it works."""
        return self._trouble

    def start(self) -> None:
        """Start the child, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Let the child end its job, as long as that takes no longer than some seconds, and end it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                trouble = self._one_life()
            except Exception as e:  # noqa: BLE001 - too few handles, say: it is tried again, whatever it was
                _log.exception("the worker could not be watched")
                trouble = f"the worker could not be watched: {e}"
            if self._stopping.is_set():
                break
            self._state, self._trouble = State.DOWN, trouble
            pause = min(self._patience.first_pause_s * 2.0 ** min(self._deaths, 30), self._patience.longest_pause_s)
            self._deaths += 1
            _log.error("the worker is started again in %.1f s: %s", pause, trouble)
            self._stopping.wait(pause)
        self._state = State.DOWN

    def _one_life(self) -> str:
        """Run one child to its end; why it ended."""
        ours, theirs = self._context.Pipe()
        child = self._context.Process(target=self._target, args=(theirs, self._given), daemon=True)
        self._state = State.STARTING
        child.start()
        theirs.close()  # else the parent would never see the child's end of it close
        try:
            return self._watch(child, ours)
        finally:
            ours.close()
            _end(child)

    def _watch(self, child: SpawnProcess, pipe: Connection) -> str:
        job: object = None
        since = time.monotonic()
        while True:
            try:
                said = pipe.recv() if pipe.poll(_LOOK_S) else None
            except (EOFError, OSError):
                child.join(_STOP_S)
                why = f"the worker ended with code {child.exitcode}"
                self._give_back(job, why)
                return why
            if said is not None:
                if said.word == "failed":
                    return str(said.what)
                job, since = self._heard(said), time.monotonic()
            if self._stopping.is_set():
                self._let_end(pipe, job)
                return "it was stopped"
            late = self._late(job, since)
            if late is not None:
                child.kill()
                self._give_back(job, late)
                return late

    def _heard(self, said: Said) -> object:
        """The job that the child works at now."""
        if said.word == "ready":
            self._works_with = said.what
        elif said.word == "ended":
            self._deaths = 0
        self._state, self._trouble = State.READY, ""
        return said.what if said.word == "began" else None

    def _late(self, job: object, since: float) -> str | None:
        took = time.monotonic() - since
        if job is not None and took > self._patience.job_s:
            return f"it took longer than {self._patience.job_s:g} s"
        if self._state is State.STARTING and took > self._patience.start_s:
            return f"the worker was not ready after {self._patience.start_s:g} s"
        return None

    def _let_end(self, pipe: Connection, job: object) -> None:
        """Tell the child to stop, and wait for the job that it has."""
        with suppress(OSError):  # it is gone already
            pipe.send(Said(word="stop"))
        ends = time.monotonic() + _STOP_S
        while job is not None and time.monotonic() < ends:
            try:
                said = pipe.recv() if pipe.poll(_LOOK_S) else None
            except (EOFError, OSError):
                break
            if said is not None:
                job = said.what if said.word == "began" else None
        self._give_back(job, STOPPED)

    def _give_back(self, job: object, why: str) -> None:
        if job is None:
            return
        try:
            self._lost(job, why)
        except Exception:  # noqa: BLE001 - whatever fails here, the lease ends by itself
            _log.exception("a job could not be given back")


def _end(child: SpawnProcess) -> None:
    """Make sure that it is gone."""
    child.join(1.0)
    if child.is_alive():
        child.kill()
        child.join()
    child.close()
