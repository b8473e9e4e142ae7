"""Decisions over HTTP: ``POST /v1/decide``, ``GET /healthz``, ``GET /metadata``; the API is made from the contract."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, create_model
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from policies.artifact.manifest import describe
from policies.errors import NoDecision
from policies.serving.model import decision_model, question_model
from policies.serving.process import PolicyProcess
from policies.serving.rows import REPEATED, faults, repeated

MOST_ERRORS = 100
"""So many wrong values of a request are named."""
MOST_WAITING = 64
"""Requests that may wait for the policy; the next is told to come again."""


NO_JSON = "the body is no JSON"


@dataclass(frozen=True)
class Limits:
    """Most rows and bytes of a request."""

    rows: int = 10_000
    bytes: int = 16 * 2**20


class Error(BaseModel):
    """What is wrong: the row of the request, counted from 0, and the column, where it is about one."""

    row: int | None
    column: str | None
    message: str


class Errors(BaseModel):
    """Everything that is wrong with a request, the first hundred things at most."""

    errors: list[Error]


class Health(BaseModel):
    """``ok`` when the policy is there, ``starting`` when the next question starts it anew."""

    status: str
    artifact: str


def application(policy: PolicyProcess, limits: Limits) -> FastAPI:
    """Return the server of a promoted policy."""
    about = policy.about
    question_row: Any = question_model(about.point)
    decision_row: Any = decision_model(about.point)
    rows_asked: Any = Annotated[list[question_row], Field(min_length=1, max_length=limits.rows)]
    decided: Any = list[decision_row]
    asked: Any = create_model("Questions", rows=(rows_asked, ...))
    answered: Any = create_model("Decisions", decisions=(decided, ...),
                                 artifact=(str, Field(description="SHA-256 of the promoted policy")))
    app = FastAPI(title=f"linli {about.said['policy']}", version=about.point.version, docs_url=None, redoc_url=None,
                  description=f"Decisions of the promoted policy {about.digest}.")
    app.add_middleware(_BodyLimit, most=limits.bytes)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    turn, waiting = asyncio.Lock(), _Waiting()
    wrong: dict[int | str, dict[str, Any]] = {
        400: {"model": Errors, "description": "no JSON"},
        413: {"model": Errors, "description": f"more than {limits.bytes} bytes"},
        415: {"model": Errors, "description": "the header does not say that the body is JSON"},
        422: {"model": Errors, "description": "rows that are no questions of the contract"},
        503: {"model": Errors, "description": "the policy gave no answer that may be used, too many requests are "
                                              "waiting, or the server ends"},
        504: {"model": Errors, "description": "the policy gave no answer in time"},
    }

    @app.post("/v1/decide", response_model=answered, response_model_exclude_unset=True, responses=wrong)
    async def decide(body: asked) -> Any:
        """Decide every row; the decisions stand in the order of the rows."""
        rows: Sequence[BaseModel] = body.rows  # type: ignore[attr-defined]
        question = pa.Table.from_pylist([row.model_dump() for row in rows], schema=about.point.observation)
        errors = _row_errors(policy, question)
        if errors:
            return _refused(422, errors)
        if waiting.count >= MOST_WAITING:
            return _refused(503, [_error("too many requests are waiting; come again")], {"Retry-After": "1"})
        try:
            with waiting:
                async with turn:
                    answer = await asyncio.to_thread(policy.decide, question)
        except NoDecision as error:
            return _refused(504 if error.late else 503, [_error(f"the policy {error}")])
        except asyncio.CancelledError:  # the server ends, and its end would wait for the thread
            policy.interrupt()
            return _refused(503, [_error("the server was told to stop")])
        return JSONResponse({"decisions": answer.to_pylist(), "artifact": about.digest})

    @app.get("/healthz", response_model=Health)
    async def healthz() -> Any:
        """Answer at once, whatever the policy does."""
        return {"status": "ok" if policy.alive else "starting", "artifact": about.digest}

    @app.get("/metadata")
    async def metadata() -> dict[str, Any]:
        """Say what the policy is, who signed it, what it passed, and what may be asked."""
        return {**about.said, "contract": describe(about.point), "lengths": dict(about.lengths),
                "limits": {"rows": limits.rows, "bytes": limits.bytes}}

    return app


class _Waiting:
    """Counts who is within."""

    count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1


def _row_errors(policy: PolicyProcess, question: pa.Table) -> list[dict[str, Any]]:
    """What the model of a single row cannot see: lengths of lists, and keys that stand twice."""
    point = policy.about.point
    found = [(int(row), fault.column, fault.message) for fault in faults(point, question, policy.about.lengths)
             for row in np.flatnonzero(fault.rows)]
    found += [(int(row), ", ".join(point.key), REPEATED) for row in np.flatnonzero(repeated(point, question))]
    return [{"row": row, "column": column, "message": message} for row, column, message in sorted(found)]


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = []
    if not _says_json(request):
        return _refused(415, [_error("the body must be JSON, and the header content-type application/json")])
    for one in error.errors()[:MOST_ERRORS]:
        if one["type"] == "json_invalid":
            return _refused(400, [_error(NO_JSON)])
        place = [part for part in one["loc"] if part != "body"]
        row = place[1] if place[:1] == ["rows"] and len(place) > 1 and isinstance(place[1], int) else None
        column = ".".join(map(str, place[2:] if row is not None else place))
        found.append({"row": row, "column": column or None, "message": one["msg"][:1].lower() + one["msg"][1:]})
    return _refused(422, found)


def _says_json(request: Request) -> bool:
    """Whether the header says that the body is JSON; otherwise it was not read as such."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    message = NO_JSON if error.status_code == 400 else str(error.detail)
    return _refused(error.status_code, [_error(message)], error.headers)


def _error(message: str) -> dict[str, Any]:
    return {"row": None, "column": None, "message": message}


def _refused(code: int, errors: Sequence[Mapping[str, Any]], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"errors": list(errors)[:MOST_ERRORS]}, code, headers)


class _BodyLimit:
    """Refuses a request with a larger body before more of it is read."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        content, more = bytearray(), True
        while more and len(content) <= self._most:
            message = await receive()
            if message["type"] != "http.request":
                return
            content += message.get("body", b"")
            more = message.get("more_body", False)
        if len(content) > self._most:
            await _refused(413, [_error(f"the body has more than {self._most} bytes")])(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": bytes(content), "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, again, send)
