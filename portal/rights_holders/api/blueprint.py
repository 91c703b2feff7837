"""The interface for programs of rights-holders: who asks, and requests that come twice."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from flask import Response, g, request
from flask.blueprints import BlueprintSetupState
from flask_smorest import Blueprint

from portal.access.permissions import Permission
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.kernel.actor import Actor
from portal.rights_holders.models import Organisation
from portal.rights_holders.queries.own import get_own
from portal.rights_holders.rules.endings import Ending, headers_of
from portal.rights_holders.rules.tokens import TokenScope, digest_of
from portal.rights_holders.service.requests import Once, find_result
from portal.rights_holders.service.tokens import CALLS, Call, open_call

V = TypeVar("V", bound=Callable[..., Any])

bp = Blueprint(
    "api", __name__, url_prefix="/api/v1", description="Works, complaints and batches of them"
)
# Numbers count within an organisation; what no column could hold is no number.
NUMBER: Final = "<int(min=1,max=2147483647):number>"
_ALWAYS: Final = (
    *(HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED),
    *(HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS),
)


@bp.record
def _no_page_sends_this(state: BlueprintSetupState) -> None:
    """A token stands in each request and no cookie counts: there is nothing to forge."""
    state.app.extensions["csrf"].exempt(bp)


def opened_by(
    scope: TokenScope, *refusals: HTTPStatus, ending: Ending | None = None
) -> Callable[[V], V]:
    """Let in programs whose token opens `scope`; `refusals` are told in the description besides."""

    def decorate(view: V) -> V:
        told = bp.doc(operationId=view.__name__, deprecated=ending is not None)(view)
        for status in (*_ALWAYS, *refusals):
            told = bp.alt_response(int(status), response=status.name)(told)

        @wraps(told)
        def admitted(*args: object, **kwargs: object) -> object:
            kind, _, secret = request.headers.get("Authorization", "").partition(" ")
            known = secret.strip() if kind.lower() == "bearer" else ""
            g.api_ending = ending
            g.api_call = open_call(known, scope, network(), actor=Actor.public())
            return told(*args, **kwargs)

        admitted.access = Permission.FILE_COMPLAINTS  # type: ignore[attr-defined]
        return cast("V", admitted)

    return decorate


def current_call() -> Call:
    """Whose program asks."""
    return cast("Call", g.api_call)


def own() -> Organisation:
    """The organisation of the token."""
    organisation, _membership = get_own(db.session(), current_call().number, current_call().actor)
    return organisation


def once(headers: Mapping[str, str], act: Callable[[Once], int], said: bytes = b"") -> int:
    """The number that a request comes to: that of the first time, or what `act` makes now.

    `said` is a hash of what the request says where that is no text.
    """
    whole = f"{request.method} {request.path}\0".encode() + (said or request.get_data())
    mark = Once(current_call().token_id, digest_of(headers["key"]), hashlib.sha256(whole).digest())
    before = find_result(db.session(), mark)
    return act(mark) if before is None else before


@bp.after_request
def tell_limits(answer: Response) -> Response:
    """Say how many requests are left (draft-ietf-httpapi-ratelimit-headers), and what will end."""
    call: Call | None = g.get("api_call")
    window = int(CALLS.window.total_seconds())
    answer.headers["RateLimit-Policy"] = f'"{CALLS.kind}";q={CALLS.limit};w={window}'
    if call is not None:
        answer.headers["RateLimit"] = f'"{CALLS.kind}";r={call.left};t={call.seconds}'
    elif answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = answer.headers.get("Retry-After", "1")
        answer.headers["RateLimit"] = f'"{CALLS.kind}";r=0;t={seconds}'
    if g.get("api_ending") is not None:
        answer.headers.extend(headers_of(g.api_ending))
    return answer
