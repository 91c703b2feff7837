"""The register of works, for programs."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import url_for
from werkzeug.datastructures import FileStorage

from portal.infra.database import db
from portal.kernel.errors import RuleBroken
from portal.rights_holders.api import shapes
from portal.rights_holders.api.answers import Said, said_page, said_work, window_of
from portal.rights_holders.api.blueprint import NUMBER, bp, current_call, once, opened_by, own
from portal.rights_holders.api.uploads import demand_one_part, hash_of, kept
from portal.rights_holders.queries import works as queries
from portal.rights_holders.rules.identifiers import Scheme, normal
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.rules.works import WorkEntry, WorkKind, fold_title
from portal.rights_holders.service.requests import Once
from portal.rights_holders.service.works import EnterWorks, ProveWork, enter_works, prove_work

_REFUSED: Final = HTTPStatus.UNPROCESSABLE_ENTITY
Answer = tuple[Said, int, dict[str, str]]


@bp.get("/works")
@opened_by(TokenScope.READ, _REFUSED)
@bp.arguments(shapes.ListAsked, location="query", unknown=None)
@bp.response(200, shapes.WorkPage)
def list_works(asked: Mapping[str, Any]) -> Said:
    """The works of the organisation, the newest first."""
    return said_page(queries.list_works(db.session(), own().id, window_of(asked)), said_work)


@bp.get(f"/works/{NUMBER}")
@opened_by(TokenScope.READ, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.WorkShape)
def get_work(number: int) -> Said:
    """One work."""
    return said_work(queries.get_work(db.session(), own().id, number))


@bp.post("/works")
@opened_by(TokenScope.WORKS, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.OnceHeaders, location="headers")
@bp.arguments(shapes.NewWork)
@bp.response(201, shapes.WorkShape)
def add_work(headers: Mapping[str, str], sent: Mapping[str, Any]) -> Answer:
    """Enter a work; one that is in the register already is not doubled."""
    entry, call = _entry(sent), current_call()

    def enter(mark: Once) -> int:
        command = EnterWorks(call.number, (entry,), once=mark)
        return enter_works(command, actor=call.actor).last

    return _made(once(headers, enter))


@bp.post(f"/works/{NUMBER}/proof")
@opened_by(TokenScope.WORKS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(shapes.OnceHeaders, location="headers")
@bp.arguments(shapes.ProofFile, location="files")
@bp.response(201, shapes.WorkShape)
def add_proof(headers: Mapping[str, str], sent: Mapping[str, FileStorage], number: int) -> Answer:
    """Add a file that proves the right in a work."""
    demand_one_part()
    file, call = sent["file"], current_call()
    queries.get_own_work(db.session(), own().id, number)

    def prove(mark: Once) -> int:
        with kept(file, call.actor) as ids:
            return prove_work(ProveWork(call.number, number, ids, mark), actor=call.actor)

    return _made(once(headers, prove, hash_of(file)))


def _made(number: int) -> Answer:
    place = url_for("api.get_work", number=number)
    return said_work(queries.get_work(db.session(), own().id, number)), 201, {"Location": place}


def _entry(sent: Mapping[str, Any]) -> WorkEntry:
    """The work as it goes into the register; raises RuleBroken for what its standard refuses."""
    if not fold_title(sent["title"]):
        raise RuleBroken("work-without-title")
    identifiers: dict[Scheme, str] = {}
    for one in sent["identifiers"]:
        scheme = Scheme(one["scheme"])
        value = normal(scheme, one["value"])
        if value is None:
            raise RuleBroken("identifier-wrong", scheme=scheme)
        identifiers[scheme] = value
    sellers = tuple(dict.fromkeys(sent["sellers"]))
    return WorkEntry(sent["title"], WorkKind(sent["kind"]), sent["author"], identifiers, sellers)
