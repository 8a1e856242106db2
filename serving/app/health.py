"""``/health``: whether the process lives, and whether work is done."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from scantally.serving.app.bodies import Ready
from scantally.serving.settings import MB
from scantally.serving.store import jobs
from scantally.serving.store.engine import writing
from scantally.serving.store.errors import StoreError
from scantally.serving.store.store import Store
from scantally.serving.worker.supervise import State, Supervisor

ROUTER = APIRouter(prefix="/health", tags=["health"])

_ASK_S = 2.0


@ROUTER.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@ROUTER.get("/ready", response_model=Ready, responses={503: {"model": Ready, "description": "not ready"}})
def ready(request: Request) -> JSONResponse:
    """Model loaded, store writable, room on the disk."""
    store: Store = request.app.state.store
    worker: Supervisor = request.app.state.worker
    trouble = [] if worker.state is State.READY else [f"worker: {worker.trouble or worker.state.value}"]
    free, waiting, writable = 0, 0, "writable"
    try:
        free = store.files.free_bytes() // MB
        if free < store.settings.least_free_mb:
            trouble.append(f"disk: expected at least {store.settings.least_free_mb} MB free, got {free}")
        with writing(store.engine, wait_s=_ASK_S):
            pass
        waiting = jobs.queued(store.engine)
    except StoreError as e:
        writable = "failing"
        trouble.append(f"store: {e}")
    body = Ready(
        ready=not trouble,
        worker=worker.state.value,
        package=None if worker.works_with is None else str(worker.works_with),
        store=writable,
        free_mb=free,
        waiting=waiting,
        trouble=tuple(trouble),
    )
    return JSONResponse(body.model_dump(mode="json"), 200 if body.ready else HTTPStatus.SERVICE_UNAVAILABLE.value)
