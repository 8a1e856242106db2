"""Errors as answers: each kind has one status, and its line as detail. Nothing of ours but that line goes out."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from scantally.detector.errors import InputError
from scantally.serving.app.bodies import Problem
from scantally.serving.store import errors

_log = logging.getLogger(__name__)

RETRY_S = 5
"""Said to those who are to come again."""

STATUSES: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (errors.StoreBusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.StoreFullError, HTTPStatus.INSUFFICIENT_STORAGE),
    (errors.TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (errors.QueueFullError, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.KeyReusedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.StoreError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
"""The first kind that an error is of counts."""

_COME_AGAIN = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INSUFFICIENT_STORAGE}


def problem(status: HTTPStatus, detail: str) -> JSONResponse:
    """An answer of this form."""
    headers = {"Retry-After": str(RETRY_S)} if status in _COME_AGAIN else None
    body = Problem(title=status.phrase, status=status.value, detail=detail)
    return JSONResponse(body.model_dump(), status.value, headers, "application/problem+json")


def install(app: FastAPI) -> None:
    """Answer each kind of error with its status."""
    for kind, status in STATUSES:
        app.add_exception_handler(kind, _answer_with(status))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _ours)


def _answer_with(status: HTTPStatus) -> Callable[[Request, Exception], JSONResponse]:
    def answer(request: Request, error: Exception) -> JSONResponse:
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s %s: %s", request.method, request.url.path, error)
        return problem(status, str(error))

    return answer


def _invalid(_: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = ".".join(str(part) for part in first.get("loc", ()))
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first.get('msg', 'the request cannot be read')}")


def _http(_: Request, error: Exception) -> JSONResponse:
    code = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    answer = problem(HTTPStatus(code), detail)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer


def _ours(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says why")
