"""What machines of partners talk to: Open311 GeoReport v2, and reports in the format of XARF."""

from typing import Final

from flask import Blueprint, Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, public
from portal.exchange import open311
from portal.exchange.service.receiving import (
    Open311Request,
    XarfReport,
    receive_request,
    receive_xarf,
)
from portal.infra.config import settings
from portal.intake.service import Identity
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound, PortalError, RuleBroken
from portal.web.errors import refusal_for, sentence, wait_before
from portal.web.language import current_language

bp = Blueprint("partners", __name__)
FORMATS: Final = "<any('json', 'xml'):form>"
_LONGEST: Final = 500
_ATTRIBUTE: Final = "attribute["


@bp.record
def _no_page_sends_this(state: BlueprintSetupState) -> None:
    """A key stands in each request, and no cookie counts: there is nothing for a page to forge."""
    state.app.extensions["csrf"].exempt(bp)


@bp.get(f"/open311/v2/discovery.{FORMATS}")
@public
def discovery(form: str) -> ResponseReturnValue:
    """Where everything is, and what is done differently here."""
    said = open311.discovery(settings().base_url, settings().mail_from)
    return _answer(form, "discovery", said)


@bp.get(f"/open311/v2/services.{FORMATS}")
@public
def services(form: str) -> ResponseReturnValue:
    """What can be reported."""
    listed = open311.list_services(current_place(), current_language().tag)
    return _answer(form, "services", listed)


@bp.get(f"/open311/v2/services/<code>.{FORMATS}")
@public
def service(code: str, form: str) -> ResponseReturnValue:
    """The questions of a service."""
    category = current_place().categories.get(code)
    if category is None or not category.offered:
        raise NotFound("service")
    said = open311.definition_of(category, current_language().tag)
    return _answer(form, "service_definition", said)


@bp.post(f"/open311/v2/requests.{FORMATS}")
@public
def post_request(form: str) -> ResponseReturnValue:
    """Take a request; the answer is a token and nothing else."""
    token = receive_request(_request_of(), actor=current_actor())
    said = [{"token": token, "service_notice": f"{settings().base_url}/track", "account_id": ""}]
    return _answer(form, "service_requests", said)


@bp.get(f"/open311/v2/requests.{FORMATS}")
@bp.get(f"/open311/v2/requests/<which>.{FORMATS}")
@bp.get(f"/open311/v2/tokens/<which>.{FORMATS}")
@public
def nothing(form: str, which: str = "") -> ResponseReturnValue:
    """No tip is listed or shown here, whatever is asked for."""
    del form, which
    raise NotFound("not-listed")


@bp.post("/xarf/v4/reports")
@public
def post_xarf() -> ResponseReturnValue:
    """Take a report in the format of XARF v4; the answer is a token and nothing else."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    order = XarfReport(key if kind.lower() == "bearer" else "", _read_report)
    return jsonify(token=receive_xarf(order, actor=current_actor())), 201


def _read_report() -> object:
    """The body as JSON; None for what is none, or has more brackets in brackets than any report."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _request_of() -> Open311Request:
    """What the standard calls a request; other fields it has are left out and never kept."""
    sent = request.form
    where = [sent.get(name, "").strip() for name in ("address_string", "address_id")]
    point = [sent.get(name, "").strip() for name in ("lat", "long")]
    place = next((one for one in where if one), "") or ", ".join(one for one in point if one)
    described = sent.get("description", "").strip()
    for name, value in (("service_code", sent.get("service_code")), ("location", place)):
        if not value:
            raise RuleBroken("open311-field", field=name)
    if not 0 < len(described) <= settings().max_narrative:
        raise RuleBroken("open311-field", field="description")
    if any(len(value) > _LONGEST for name, value in sent.items() if name != "description"):
        raise RuleBroken("open311-field", field="length")
    name = " ".join(sent.get(one, "").strip() for one in ("first_name", "last_name")).strip()
    return Open311Request(
        key=sent.get("api_key", ""),
        service_code=sent.get("service_code", ""),
        description=described,
        language=current_language().tag,
        place=place,
        media_url=sent.get("media_url", "").strip(),
        own_name=request.headers.get("Idempotency-Key", "").strip()[:_LONGEST],
        identity=Identity(name, sent.get("phone", "").strip(), sent.get("email", "").strip()),
        replies={
            one.removeprefix(_ATTRIBUTE).removesuffix("]"): value.strip()
            for one, value in sent.items()
            if one.startswith(_ATTRIBUTE)
        },
    )


def _answer(form: str, root: str, said: object) -> Response:
    """What is said, in the form that the address asks for."""
    if form == "xml":
        return Response(open311.as_xml(root, said), content_type="text/xml; charset=utf-8")
    return jsonify(said)


@bp.errorhandler(PortalError)
def refuse(refused: PortalError) -> ResponseReturnValue:
    """A refusal as the standard of the address says it: a code and a sentence."""
    refusal = refusal_for(refused)
    status = 400 if isinstance(refused, RuleBroken) else refusal.status
    words = sentence(refused) or str(refusal.advice)
    form = (request.view_args or {}).get("form")
    if form is None:
        said = {"type": "about:blank", "title": str(refusal.title), "status": status}
        answer = jsonify(**said, detail=words, code=refused.code, **refused.params)
        answer.content_type = "application/problem+json"
    else:
        answer = _answer(str(form), "errors", open311.errors_of([(status, words)]))
    answer.status_code = status
    answer.headers.extend(wait_before(refused))
    return answer
