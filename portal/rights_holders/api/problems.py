"""Refusals as programs read them: problem details (RFC 9457), with a code that stays."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Final

from flask import Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, HTTPException

from portal.kernel.errors import MoveRefused, NotPermitted, PortalError
from portal.rights_holders.api.blueprint import bp
from portal.web.errors import (
    DATABASE_AWAY,
    OVERTAKEN,
    REFUSALS,
    Refusal,
    refusal_for,
    sentence,
    wait_before,
)

CONTENT_TYPE: Final = "application/problem+json"
_MOST_ERRORS: Final = 100


def problem(
    status: int,
    refusal: Refusal,
    code: str,
    words: str = "",
    more: Mapping[str, object] | None = None,
) -> Response:
    """The answer for a refusal, in the language that the program asks for."""
    said = {"type": "about:blank", "title": str(refusal.title), "status": status, "code": code}
    answer = jsonify(**said, detail=words or str(refusal.advice), **(more or {}))
    answer.status_code = status
    answer.content_type = CONTENT_TYPE
    return answer


@bp.errorhandler(PortalError)
def refuse(refused: PortalError) -> ResponseReturnValue:
    """A rule says no; a token that opens nothing is asked for (RFC 6750)."""
    refusal = refusal_for(refused)
    unknown = isinstance(refused, NotPermitted) and refused.code == "api-token"
    status = HTTPStatus.UNAUTHORIZED if unknown else refusal.status
    answer = problem(int(status), refusal, refused.code, sentence(refused) or "")
    answer.headers.extend(wait_before(refused))
    if unknown:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="sunline"'
    return answer


@bp.errorhandler(HTTPException)
def refuse_http(error: HTTPException) -> ResponseReturnValue:
    """What is not as the description says; each error with the place where it is."""
    cause = getattr(error, "original_exception", None)
    refusal = refusal_for(error)
    if isinstance(cause, DATABASE_AWAY):
        return refuse_for_now(cause)
    status = error.code or refusal.status
    messages = getattr(error, "data", {}).get("messages", {})
    more = {"errors": list(islice(_errors(messages), _MOST_ERRORS))} if messages else {}
    code = HTTPStatus(status).phrase.lower().replace(" ", "-")
    answer = problem(status, refusal, code, more=more)
    for name, value in error.get_headers(request.environ):
        if name != "Content-Type":
            answer.headers[name] = value
    return answer


@bp.errorhandler(RecursionError)
def refuse_depth(_error: RecursionError) -> ResponseReturnValue:
    """Lists within lists within lists are nothing that the description knows."""
    return problem(400, REFUSALS[BadRequest], "bad-request")


def refuse_overtaken(error: Exception) -> ResponseReturnValue:
    """Tell the slower of two; what the database said quotes values and goes nowhere."""
    current_app.logger.error("overtaken: %s", type(error).__name__)
    return problem(409, REFUSALS[MoveRefused], "overtaken")


def refuse_for_now(error: Exception) -> ResponseReturnValue:
    """The database does not answer."""
    current_app.logger.error("database away: %s", type(error).__name__)
    answer = problem(503, refusal_for(error), "unavailable")
    answer.headers["Retry-After"] = "60"
    return answer


for _overtaken in OVERTAKEN:
    bp.register_error_handler(_overtaken, refuse_overtaken)
for _away in DATABASE_AWAY:
    bp.register_error_handler(_away, refuse_for_now)


@bp.before_app_request
def no_such_operation() -> ResponseReturnValue | None:
    """An address of the interface that is not there answers as the others do."""
    wrong = request.routing_exception
    if wrong is None or not request.path.startswith(f"{bp.url_prefix}/"):
        return None
    return refuse_http(wrong) if (wrong.code or 0) >= HTTPStatus.BAD_REQUEST else None


def _errors(messages: object, *where: str) -> Iterator[Mapping[str, str]]:
    """Each error with the part of the request it is in, and the way to it there (RFC 6901)."""
    if isinstance(messages, Mapping):
        for key, beneath in messages.items():
            yield from _errors(beneath, *where, str(key))
        return
    for one in messages if isinstance(messages, list) else [messages]:
        pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in where[1:])
        yield {"in": where[0] if where else "", "pointer": pointer, "detail": str(one)}
