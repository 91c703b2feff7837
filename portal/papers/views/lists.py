"""The papers of a case, those to be served, and the files that were bound."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases.rules import may_work
from portal.cases.states import CaseState
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.papers.queries import files
from portal.papers.queries import papers as queries
from portal.papers.service import binding
from portal.papers.views.blueprint import bp, facts_of, page
from portal.web.language import current_language
from portal.web.pagination import requested_window


@bp.get("/cases/<number>/papers")
@requires(Permission.WORK_CASES)
def papers(number: str) -> ResponseReturnValue:
    """The papers made in a case, and what may be done with each."""
    actor, facts = current_actor(), facts_of(number)
    works = may_work(actor, facts.department)
    papers = queries.get_papers(db.session(), number, actor)
    fills = works and facts.state is not CaseState.CLOSED
    return page("papers/papers.html", facts=facts, papers=papers, works=works, fills=fills)


@bp.get("/cases/<number>/papers/new")
@requires(Permission.WORK_CASES)
def kinds(number: str) -> ResponseReturnValue:
    """The kinds of paper that can be made."""
    return page("papers/kinds.html", facts=facts_of(number))


@bp.get("/cases/to-serve")
@requires(Permission.WORK_CASES)
def to_serve() -> ResponseReturnValue:
    """The papers that have still to be served, the oldest first."""
    window = requested_window(*queries.TO_SERVE_KEY)
    lines = queries.list_to_serve(db.session(), current_actor(), window)
    return page("papers/to_serve.html", lines=lines)


@bp.get("/cases/<number>/file")
@requires(Permission.WORK_CASES)
def bound_files(number: str) -> ResponseReturnValue:
    """The files that were bound of a case, and the button to bind it as it is now."""
    lines = files.list_bound(db.session(), number, current_actor())
    return page("papers/bound.html", facts=facts_of(number), lines=lines)


@bp.post("/cases/<number>/file")
@requires(Permission.WORK_CASES)
def bind(number: str) -> ResponseReturnValue:
    """Have the file of a case bound."""
    order = binding.BindFile(number, current_language().tag)
    binding.ask_for_file(order, actor=current_actor())
    flash(_("The file is being bound. Load this page again in a moment."), "success")
    return redirect(url_for("papers.bound_files", number=number), 303)


@bp.get("/cases/<number>/file/<uuid:bound_id>/<any('pdf', 'bag'):what>")
@requires(Permission.WORK_CASES)
def bound_file(number: str, bound_id: UUID, what: str) -> ResponseReturnValue:
    """A bound file as one PDF, or as a bag; who took it is on the trail."""
    found = binding.open_bound(number, bound_id, bag=what == "bag", actor=current_actor())
    media_type = "application/zip" if what == "bag" else "application/pdf"
    return Response(found.opened.chunks, headers=inert_headers(media_type, found.name))


@bp.get("/cases/files")
@requires(Permission.WORK_CASES)
def kept_files() -> ResponseReturnValue:
    """The bound files: those of cases that rest on reports apart from those of patrols."""
    reported = request.args.get("list") != "patrol"
    number = " ".join(request.args.get("number", "").split())[:80]
    window = requested_window(*files.KEPT_KEY)
    lines = files.list_kept(db.session(), current_actor(), window, reported=reported, number=number)
    return page("papers/kept.html", lines=lines, reported=reported, number=number)
