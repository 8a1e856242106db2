"""A real ``scantally serve`` on a free port of this machine, and clients for it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SCANTALLY = Path(sys.executable).with_name("scantally")
READY_S = 60.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(kw_only=True)
class Served:
    """One service in one folder, which may be killed and started again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> None:
        ends = time.monotonic() + READY_S
        while True:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5.0).status_code == 200:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, "the service ended"
            assert time.monotonic() < ends, "the service was not ready in time"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill -9 of the service; its worker sees that and ends."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """An orderly end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def start(folder: Path, port: int | None = None) -> Served:
    """Start it, without waiting."""
    port = port or free_port()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    log = (folder.parent / f"{folder.name}.log").open("ab")
    with log:
        process = subprocess.Popen(
            [SCANTALLY, "serve", folder, "--port", str(port)], stdout=log, stderr=log, env=environment
        )
    return Served(folder=folder, port=port, process=process)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A service that is ready, and gone afterwards."""
    one = start(folder)
    try:
        one.ready()
        yield one
    finally:
        if one.process.poll() is None:
            one.stop()
