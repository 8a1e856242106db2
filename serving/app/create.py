"""Every part of the service, chosen in this one place."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata

import anyio.to_thread
from fastapi import FastAPI

from scantally.serving.app import events, health, manifests, problems, scans
from scantally.serving.app.limits import BodyLimit
from scantally.serving.settings import MB, ServeSettings
from scantally.serving.store import jobs
from scantally.serving.store.jobs import Job
from scantally.serving.store.store import Store, open_store
from scantally.serving.worker.supervise import STOPPED, Lost, Patience, Supervisor
from scantally.serving.worker.work import run

_log = logging.getLogger(__name__)

_AROUND = 1 * MB
"""Of a multipart request, what is neither scan nor manifest."""


def create_app(settings: ServeSettings) -> FastAPI:
    """The application. Store and worker begin with it and end with it.

    Documentation pages are left out: their scripts would come from another server.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        store = await anyio.to_thread.run_sync(open_store, settings)
        worker = Supervisor(run, settings, Patience(job_s=settings.scan_timeout_s), _gives_back(store))
        app.state.store, app.state.worker, app.state.closing = store, worker, threading.Event()
        worker.start()
        try:
            yield
        finally:
            app.state.closing.set()
            await anyio.to_thread.run_sync(worker.stop)
            store.close()

    app = FastAPI(
        title="Scantally",
        summary="X-ray scans of cargo containers in, findings out.",
        version=metadata.version("scantally"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    for part in (scans, manifests, events, health):
        app.include_router(part.ROUTER)
    problems.install(app)
    app.add_middleware(BodyLimit, most=(settings.max_scan_mb + settings.max_manifest_mb) * MB + _AROUND)
    return app


def _gives_back(store: Store) -> Lost:
    def give_back(job: object, why: str) -> None:
        """A job whose worker is gone counts as a try, as it may do again whatever it did; one that was stopped does not."""
        if isinstance(job, Job) and why == STOPPED:
            jobs.release(store.engine, job)
        elif isinstance(job, Job) and not jobs.fail(store.engine, job, why, retry=True, settings=store.settings):
            _log.warning("the job of scan %s was taken by another", job.scan_id)

    return give_back
