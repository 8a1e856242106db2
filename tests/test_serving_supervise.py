"""A child that works, dies, hangs or cannot start, and what its parent makes of it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from scantally.serving.worker.supervise import Patience, Said, State, Supervisor, Target

QUICK = Patience(job_s=1.0, start_s=30.0, first_pause_s=0.05, longest_pause_s=0.2)


def works(pipe: Connection, folder: str) -> None:
    """Does one job each life: what the folder's next file says."""
    pipe.send(Said(word="ready", what="cargo/1"))
    for path in sorted(Path(folder).glob("*.job")):
        pipe.send(Said(word="began", what=path.name))
        orders = path.read_text()
        path.unlink()
        if orders == "die":
            os._exit(7)
        if orders == "hang":
            time.sleep(60)
        pipe.send(Said(word="ended", what=path.name))
    pipe.recv()  # until it is told to stop, or the parent is gone


def cannot_start(pipe: Connection, _: object) -> None:
    pipe.send(Said(word="failed", what="the model is damaged"))
    pipe.recv()


def silent(pipe: Connection, _: object) -> None:
    time.sleep(60)


def slow_to_end(pipe: Connection, folder: str) -> None:
    pipe.send(Said(word="ready"))
    pipe.send(Said(word="began", what="a"))
    time.sleep(1.0)
    (Path(folder) / "done").touch()
    pipe.send(Said(word="ended", what="a"))
    pipe.recv()


@contextmanager
def supervised(
    target: Target, given: object, patience: Patience = QUICK
) -> Iterator[tuple[Supervisor, list[tuple[object, str]]]]:
    lost: list[tuple[object, str]] = []
    one = Supervisor(target, given, patience, lambda job, why: lost.append((job, why)))
    one.start()
    try:
        yield one, lost
    finally:
        one.stop()


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_child_that_works_is_ready_and_says_with_what(tmp_path: Path) -> None:
    (tmp_path / "1.job").write_text("work")
    with supervised(works, str(tmp_path)) as (one, lost):
        until(lambda: one.state is State.READY)
        assert one.works_with == "cargo/1" and one.trouble == ""
        until(lambda: not list(tmp_path.glob("*.job")))
    assert one.state is State.DOWN and lost == []


def test_a_child_that_dies_with_a_job_gives_it_back_and_is_started_again(tmp_path: Path) -> None:
    for number, orders in enumerate(("die", "die", "work")):
        (tmp_path / f"{number}.job").write_text(orders)
    with supervised(works, str(tmp_path)) as (one, lost):
        until(lambda: len(lost) == 2 and one.state is State.READY and not list(tmp_path.glob("*.job")))
    assert lost == [("0.job", "the worker ended with code 7"), ("1.job", "the worker ended with code 7")]


def test_a_child_that_hangs_is_ended(tmp_path: Path) -> None:
    (tmp_path / "1.job").write_text("hang")
    with supervised(works, str(tmp_path)) as (one, lost):
        until(lambda: bool(lost))
        until(lambda: one.state is State.READY)
    assert lost == [("1.job", "it took longer than 1 s")]


def test_a_child_that_cannot_start_says_why_and_is_tried_again() -> None:
    with supervised(cannot_start, None) as (one, lost):
        until(lambda: one.trouble == "the model is damaged")
        assert one.state is not State.READY
    assert lost == []


def test_a_child_that_is_never_ready_is_ended() -> None:
    with supervised(silent, None, Patience(job_s=1.0, start_s=0.5, first_pause_s=0.05)) as (one, _):
        until(lambda: one.trouble == "the worker was not ready after 0.5 s")


def test_a_stop_lets_the_job_end(tmp_path: Path) -> None:
    patience = Patience(job_s=30.0)
    with supervised(slow_to_end, str(tmp_path), patience) as (one, lost):
        until(lambda: one.state is State.READY)
    assert (tmp_path / "done").exists() and lost == []


def test_what_fails_while_a_job_is_given_back_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "1.job").write_text("die")
    called = threading.Event()

    def broken(job: object, why: str) -> None:
        called.set()
        raise OSError("no database")

    one = Supervisor(works, str(tmp_path), QUICK, broken)
    one.start()
    try:
        until(called.is_set)
        until(lambda: one.state is State.READY)
    finally:
        one.stop()
    assert "could not be given back" in caplog.text
