"""The service from outside: a real server, real scans, and what becomes of them."""

import json
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import SCANTALLY, Served, served, start

from scantally.datasets.simulator.produce import prepare, produce
from scantally.datasets.simulator.suites_demo import demo
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.pipeline import open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.serving.app.create import create_app
from scantally.serving.app.scans import MOST_WAIT_S, _wait_s
from scantally.serving.settings import ServeSettings


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for _ in produce(folder, prepare(folder, "demo", demo()), 1):
        pass
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site") / "data") as one:
        yield one


@pytest.fixture
def client(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60.0) as one:
        yield one


def scan_file(samples: Path, name: str = "honest") -> tuple[str, bytes]:
    return f"{name}.tif", (samples / f"{name}.tif").read_bytes()


def papers(samples: Path, name: str = "honest") -> tuple[str, bytes]:
    return f"{name}.manifest.json", (samples / f"{name}.manifest.json").read_bytes()


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_scan_and_its_papers_become_the_report_that_inspect_writes(client: httpx.Client, samples: Path) -> None:
    answer = client.post(
        "/v1/scans",
        files={"scan": scan_file(samples), "manifest": papers(samples)},
        headers={"Prefer": "wait=60"},
    )
    assert answer.status_code == 200 and answer.headers["preference-applied"] == "wait"
    made = open_inspector().inspect(read_scan(samples / "honest.tif"), read_manifest(samples / "honest.manifest.json"))
    assert answer.json() == json.loads(to_json(build_report(made)))
    place = answer.headers["location"]
    assert client.get(f"{place}/image").content == scan_file(samples)[1]
    page = client.get(f"{place}/report", params={"form": "html"})
    assert page.headers["content-type"].startswith("text/html") and "<svg" in page.text
    seen = client.get(place).json()
    assert seen["state"] == "done" and seen["disposition"] == answer.json()["disposition"]


def test_without_waiting_a_place_is_told_at_once(client: httpx.Client, samples: Path) -> None:
    answer = client.post("/v1/scans", files={"scan": scan_file(samples)})
    assert answer.status_code == 202 and answer.json()["state"] == "queued"
    until(lambda: client.get(answer.headers["location"]).json()["state"] == "done")


def test_the_same_request_with_the_same_key_is_one_scan(client: httpx.Client, samples: Path) -> None:
    def send(key: str, name: str = "honest") -> httpx.Response:
        return client.post("/v1/scans", files={"scan": scan_file(samples, name)}, headers={"Idempotency-Key": key})

    first, again, other = send("a"), send("a"), send("b")
    assert first.headers["location"] == again.headers["location"] != other.headers["location"]
    refused = send("a", "undeclared")
    assert refused.status_code == 422 and "Idempotency-Key" in refused.json()["detail"]


def test_papers_that_come_later_are_checked_and_the_first_report_stays(client: httpx.Client, samples: Path) -> None:
    first = client.post("/v1/scans", files={"scan": scan_file(samples, "undeclared")}, headers={"Prefer": "wait=60"})
    place, number = first.headers["location"], json.loads(papers(samples, "undeclared")[1])["container_number"]
    assert first.json()["manifest"] is None
    assert [c["number"] for c in first.json()["containers"]] == [number]

    def send() -> dict[str, Any]:
        kind = {"Content-Type": "application/json"}
        answer = client.put(f"/v1/manifests/{number}", content=papers(samples, "undeclared")[1], headers=kind)
        assert answer.status_code == 200
        return answer.json()  # type: ignore[no-any-return]

    assert send() == {"container": number, "version": 1}
    until(lambda: len(client.get(f"{place}/reports").json()["reports"]) == 2)
    assert send()["version"] == 1  # the same again changes nothing
    second = client.get(f"{place}/report").json()
    assert second["manifest"]["sha256"] and second["detections"] == first.json()["detections"]
    assert client.get(f"{place}/report", params={"version": 1}).json() == first.json()
    assert client.get(f"{place}/report", params={"version": 3}).status_code == 404


def test_papers_that_came_before_are_used(client: httpx.Client, samples: Path) -> None:
    name, raw = papers(samples, "too_dense") if (samples / "too_dense.tif").exists() else papers(samples, "false_empty")
    stem = name.removesuffix(".manifest.json")
    number = json.loads(raw)["container_number"]
    assert client.put(f"/v1/manifests/{number}", content=raw).status_code == 200
    answer = client.post(
        "/v1/scans",
        files={"scan": scan_file(samples, stem)},
        data={"container": number},
        headers={"Prefer": "wait=60"},
    )
    assert answer.json()["manifest"]["sha256"]


def test_what_is_no_scan_fails_with_its_reason_and_the_rest_flows_on(client: httpx.Client, samples: Path) -> None:
    bad = client.post("/v1/scans", files={"scan": ("a.tif", b"nothing")}, headers={"Prefer": "wait=60"})
    assert bad.status_code == 202 and bad.json()["state"] == "failed"
    assert bad.json()["failure"].startswith("a.tif: ")
    good = client.post("/v1/scans", files={"scan": scan_file(samples)}, headers={"Prefer": "wait=60"})
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("request_", "status", "detail"),
    [
        ({"method": "POST", "url": "/v1/scans"}, 422, "body.scan: Field required"),
        ({"method": "POST", "url": "/v1/scans", "files": {"scan": ("a.tif", b"")}}, 422, "scan: the file is empty"),
        ({"method": "POST", "url": "/v1/scans", "files": {"scan": ("a", b"x")}, "data": {"pitch_mm": "-1"}}, 422, "pitch_mm"),
        ({"method": "POST", "url": "/v1/scans", "files": {"scan": ("a", b"x")}, "data": {"energy_mv": "inf"}}, 422, "energies_mv"),
        ({"method": "GET", "url": "/v1/scans/none"}, 404, "there is no scan none"),
        ({"method": "GET", "url": "/v1/scans/none/report"}, 404, "has no such report"),
        ({"method": "GET", "url": "/v1/scans/none/reports"}, 404, "there is no scan"),
        ({"method": "GET", "url": "/v1/scans/none/image"}, 404, "there is no scan"),
        ({"method": "GET", "url": "/v1/scans?cursor=x"}, 422, "cursor: expected"),
        ({"method": "GET", "url": "/v1/scans?limit=0"}, 422, "query.limit"),
        ({"method": "PUT", "url": "/v1/manifests/CSQU3054383", "content": b""}, 422, "the body is empty"),
        ({"method": "PUT", "url": f"/v1/manifests/{'A' * 50}", "content": b"x"}, 422, "container number: expected"),
        ({"method": "GET", "url": "/v1/events", "headers": {"Last-Event-ID": "x"}}, 422, "Last-Event-ID: expected"),
        ({"method": "POST", "url": "/v1/scans", "files": {"scan": ("a", b"x")}, "data": {"energy_mv": "15"}}, 422, "energies_mv must lie"),
        ({"method": "PUT", "url": "/v1/manifests/CSQU3054383", "content": b"not json at all"}, 422, "CSQU3054383: "),
        ({"method": "GET", "url": "/v1/scans?received_from=2026-01-01T00:00:00"}, 422, "query.received_from"),
        ({"method": "GET", "url": "/v1/scans/none/report?version=9223372036854775808"}, 422, "query.version"),
        ({"method": "GET", "url": "/v1/events?since=9223372036854775808"}, 422, "query.since"),
        ({"method": "GET", "url": "/nothing"}, 404, "Not Found"),
        ({"method": "DELETE", "url": "/v1/scans"}, 405, "Method Not Allowed"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_line(
    client: httpx.Client, request_: dict[str, Any], status: int, detail: str
) -> None:
    answer = client.request(**request_)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status and detail in answer.json()["detail"]


def test_a_body_beyond_the_limit_is_not_read(server: Served) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="scan"; filename="a"\r\n\r\n'
        while True:
            yield b"\0" * 1_000_000

    with socket.create_connection(("127.0.0.1", server.port), timeout=30.0) as told:
        told.sendall(b"POST /v1/scans HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000000000\r\n\r\n")
        assert told.recv(100).startswith(b"HTTP/1.1 413 ")
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for method, url in (("PUT", "/v1/manifests/CSQU3054383"), ("POST", "/v1/scans")):
        with httpx.Client(base_url=server.url, timeout=60.0) as other:
            try:
                answer = other.request(method, url, content=endless(), headers=kind)
            except httpx.TransportError:
                continue  # the server hung up while we still wrote
            assert answer.status_code == 413


@pytest.mark.parametrize(
    "prefer", ["wait=nan", "wait=inf", "wait=-1", "wait=²", "wait", "respond-async", "wait=" + "9" * 5000]
)
def test_a_preference_that_cannot_be_read_is_none(prefer: str) -> None:
    assert 0.0 <= _wait_s(prefer) <= MOST_WAIT_S


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("model: nowhere", "nowhere"),
        ("config: nope.yaml", "nope.yaml"),
        ("scanner: nope", "nope"),
        ("port: -1", "port"),
        ("database: mysql://x", "database"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_listens(tmp_path: Path, settings: str, said: str) -> None:
    (tmp_path / "serve.yaml").write_text(settings)
    done = subprocess.run([SCANTALLY, "serve", tmp_path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_damaged_database_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "scantally.db").write_bytes(b"no database" * 1000)
    done = subprocess.run([SCANTALLY, "serve", tmp_path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_lists_are_paged_and_filtered(client: httpx.Client, samples: Path) -> None:
    for _ in range(4):
        client.post("/v1/scans", files={"scan": scan_file(samples)}, headers={"Prefer": "wait=60"})
    first = client.get("/v1/scans", params={"limit": 2}).json()
    second = client.get("/v1/scans", params={"limit": 2, "cursor": first["cursor"]}).json()
    assert len(first["scans"]) == len(second["scans"]) == 2
    assert not {s["id"] for s in first["scans"]} & {s["id"] for s in second["scans"]}
    assert all(s["state"] == "failed" for s in client.get("/v1/scans", params={"state": "failed"}).json()["scans"])
    assert client.get("/v1/scans", params={"container": "ZZZU0000000"}).json() == {"scans": [], "cursor": None}


def test_events_come_in_order_and_again_after_the_last_one_seen(client: httpx.Client, samples: Path) -> None:
    sent = client.post("/v1/scans", files={"scan": scan_file(samples)}, headers={"Prefer": "wait=60"})
    scan_id = sent.headers["location"].rpartition("/")[2]

    def read(headers: dict[str, str]) -> list[dict[str, Any]]:
        """All events up to this scan's report."""
        found: list[dict[str, Any]] = []
        with client.stream("GET", "/v1/events", params={"since": 0}, headers=headers) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    found.append(json.loads(line[6:]))
                    if (found[-1]["scan"], found[-1]["kind"]) == (scan_id, "report"):
                        break
        return found

    some = read({})
    assert [e["kind"] for e in some if e["scan"] == scan_id] == ["received", "report"]
    assert [e["number"] for e in some] == sorted({e["number"] for e in some})
    assert read({"Last-Event-ID": str(some[0]["number"])}) == some[1:]


def test_it_says_whether_it_is_ready(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    told = client.get("/health/ready").json()
    assert told["ready"] and told["worker"] == "ready" and told["package"].startswith("cargo/") and not told["trouble"]


def test_the_interface_is_described(client: httpx.Client, tmp_path: Path) -> None:
    described = client.get("/openapi.json").json()
    assert described == json.loads(json.dumps(create_app(ServeSettings(folder=tmp_path)).openapi()))
    assert {"/v1/scans", "/v1/manifests/{container}", "/v1/events", "/health/ready"} <= set(described["paths"])
    for path in ("/docs", "/redoc"):  # pages whose scripts come from elsewhere
        assert client.get(path).status_code == 404


def test_what_was_promised_is_kept_whenever_the_service_is_killed(tmp_path: Path, samples: Path) -> None:
    """The short form: some kills at random moments under load. Each scan that was promised ends done, with one report."""
    rng = random.Random(20261201)
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "serve.yaml").write_text("lease_s: 3\nmax_tries: 10\n")
    one, promised = start(tmp_path / "data"), {}
    port = one.port
    one.ready()
    try:
        for number in range(4):
            for k in range(3):
                key = f"{number}-{k}"
                answer = httpx.post(
                    f"{one.url}/v1/scans",
                    files={"scan": scan_file(samples)},
                    headers={"Idempotency-Key": key},
                    timeout=30.0,
                )
                assert answer.status_code == 202
                promised[key] = answer.json()["id"]
            time.sleep(rng.uniform(0.0, 1.5))
            one.kill()
            one = start(tmp_path / "data", port)
            one.ready()
        with httpx.Client(base_url=one.url, timeout=30.0) as client:
            ended = ("done", "failed")
            until(lambda: all(client.get(f"/v1/scans/{i}").json()["state"] in ended for i in promised.values()), 240.0)
            assert {client.get(f"/v1/scans/{i}").json()["state"] for i in promised.values()} == {"done"}
            for scan_id in promised.values():
                assert len(client.get(f"/v1/scans/{scan_id}/reports").json()["reports"]) == 1
            assert len(client.get("/v1/scans", params={"limit": 500}).json()["scans"]) == len(promised)
    finally:
        assert one.stop() in (0, 128 + signal.SIGTERM)  # an orderly end either way
