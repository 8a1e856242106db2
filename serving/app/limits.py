"""No request is read beyond what it may hold, whatever it says of its length."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scantally.serving.app.problems import problem


class _TooMuch(Exception):
    """A signal from the body's reader to the middleware."""


class BodyLimit:
    """Answers 413 as soon as a body is known to be larger than ``most`` bytes."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if told.isdigit() and int(told) > self._most:
            await self._refuse(scope, receive, send)
            return
        read, begun = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise _TooMuch
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if read > self._most and not begun:
                return  # who parsed the body answers that it cannot be parsed: the answer is ours
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooMuch:
            if begun:
                raise
        if read > self._most and not begun:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"expected at most {self._most} bytes of body"
        answer = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        answer.headers["Connection"] = "close"  # else the sender goes on, and nobody reads
        await answer(scope, receive, send)
