"""Errors as problem details: one sentence, and a status (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pipeline.errors import AbsentError, FirmamentError, InputError, UnknownFirmError

MEDIA = "application/problem+json"


def problem(status: int, sentence: str, instance: str) -> Response:
    """Return a problem as a response.

    Parameters
    ----------
    status : int
        Of HTTP.
    sentence : str
        What is wrong, where and what to do.
    instance : str
        Path that was asked.
    """
    told = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        "instance": instance,
    }
    return JSONResponse(told, status, media_type=MEDIA)


def tell(app: FastAPI) -> None:
    """Answer every error of an application with a problem."""

    @app.exception_handler(FirmamentError)
    def _(request: Request, error: FirmamentError) -> Response:
        # A question that makes no sense is the client's; what was not made or read is not.
        asked = isinstance(error, InputError) and not isinstance(error, AbsentError)
        unknown = isinstance(error, UnknownFirmError)
        status = 404 if unknown else 400 if asked else 503
        return problem(status, str(error), request.url.path)

    @app.exception_handler(RequestValidationError)
    def _(request: Request, error: RequestValidationError) -> Response:
        return problem(422, _sentence(error), request.url.path)

    @app.exception_handler(HTTPException)
    def _(request: Request, error: HTTPException) -> Response:
        found = problem(error.status_code, _told(request, error), request.url.path)
        found.headers.update(error.headers or {})
        return found

    @app.exception_handler(Exception)
    def _(request: Request, error: Exception) -> Response:
        logging.getLogger("uvicorn.error").error("A question failed", exc_info=error)
        sentence = "An unexpected fault: the service goes on, and its log says more."
        return problem(500, sentence, request.url.path)


def _told(request: Request, error: HTTPException) -> str:
    """Say what is wrong with an address."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address: /openapi.json lists what can be asked."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not answered here: this service is read only, ask with GET."
    return str(error.detail)


def _sentence(error: RequestValidationError) -> str:
    """Say what is wrong with a question's parameters."""
    told = []
    for one in error.errors():
        names = [part for part in one["loc"] if isinstance(part, str)]
        name = names[-1] if names else "the question"
        given = f", not {str(one.get('input'))[:40]!r}" if one["type"] != "missing" else ""
        reason = str(one["msg"]).removeprefix("Input ").removeprefix("Value error, ")
        told.append(f"{name} {reason[:1].lower()}{reason[1:]}{given}")
    return f"The question makes no sense: {'; '.join(told[:3])}."
