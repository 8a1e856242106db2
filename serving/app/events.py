"""``/v1/events``: what happens, as it happens (server-sent events)."""

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from scantally.detector.errors import InputError
from scantally.serving.app.bodies import EventView
from scantally.serving.store import events
from scantally.serving.store.errors import StoreError
from scantally.serving.store.store import Store

ROUTER = APIRouter(tags=["events"])

POLL_S, SILENCE_S = 0.5, 15.0
"""Between two looks, and the longest silence: then a comment is sent, so that whoever is gone is noticed."""


@ROUTER.get("/v1/events", responses={200: {"content": {"text/event-stream": {}}}})
async def stream(
    request: Request,
    since: Annotated[
        int | None, Query(ge=0, le=2**62, description="After this number; none: what happens from now on.")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="As browsers send it when they come again.")] = None,
) -> StreamingResponse:
    """Each event with its number as id. Whoever comes again after the last one that he saw misses none."""
    store: Store = request.app.state.store
    begin = since if last_event_id is None else _number(last_event_id)
    if begin is None:
        begin = await anyio.to_thread.run_sync(events.newest, store.engine)
    return StreamingResponse(_told(request, store, begin), media_type="text/event-stream")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InputError("Last-Event-ID", "expected the number of an event")
    return int(text)


async def _told(request: Request, store: Store, number: int) -> AsyncIterator[str]:
    spoke = time.monotonic()
    yield ": scantally\n\n"
    while not request.app.state.closing.is_set() and not await request.is_disconnected():
        try:
            found = await anyio.to_thread.run_sync(events.after, store.engine, number)
        except StoreError:
            found = ()  # it is asked again
        for one in found:
            number = one.number
            body = json.dumps(EventView.of(one).model_dump(mode="json"))
            yield f"id: {one.number}\nevent: {one.kind}\ndata: {body}\n\n"
        if found:
            spoke = time.monotonic()
        elif time.monotonic() - spoke > SILENCE_S:
            spoke = time.monotonic()
            yield ": still here\n\n"
        else:
            await anyio.sleep(POLL_S)
