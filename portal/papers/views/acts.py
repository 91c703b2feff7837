"""A page for each act on a paper: its form, one service call, and back to the papers."""

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import PaperForm
from portal.kernel.errors import NotFound
from portal.papers.forms import PARTS, OnPaperForm, ServeForm, WriteForm
from portal.papers.queries.papers import get_made, get_service, list_parties, words_on
from portal.papers.service import drafting, issuing, serving
from portal.papers.views.blueprint import asked, bp, done, facts_of, sent
from portal.papers.words import ACTS, proof_words
from portal.web.language import current_language
from portal.web.returned import returns_form


@bp.route("/cases/<number>/papers/new/<code>", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form(*PARTS)
def begin(number: str, code: str) -> ResponseReturnValue:
    """Begin a paper; what the case says already stands in it."""
    facts, form = facts_of(number), _form(code)
    known = {"matter": facts.title, "facts": facts.summary, "language": current_language().tag}
    known |= _of_service(number)
    write = WriteForm(data=known).for_paper(
        form, list_parties(db.session(), number, current_actor())
    )
    if sent(write):
        drafting.draft_paper(write.to_draft(number), actor=current_actor())
        return done(number, _("The draft is saved."))
    return asked(write, number, ACTS["write"], about=form.name.in_(current_language().tag))


@bp.route("/cases/<number>/papers/made/<uuid:paper_id>/write", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form(*PARTS)
def write(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Write a draft anew."""
    actor = current_actor()
    form = _form(get_made(db.session(), number, paper_id, actor).form)
    written = words_on(db.session(), number, paper_id, actor)
    fields = WriteForm(data=written).for_paper(form, list_parties(db.session(), number, actor))
    if sent(fields):
        drafting.rewrite_paper(fields.to_command(number, paper_id), actor=actor)
        return done(number, _("The draft is saved."))
    return asked(fields, number, ACTS["write"], about=form.name.in_(current_language().tag))


@bp.get("/cases/<number>/papers/made/<uuid:paper_id>/draft")
@requires(Permission.WORK_CASES)
def draft(number: str, paper_id: UUID) -> ResponseReturnValue:
    """The draft as it would be printed."""
    printed = drafting.print_draft(number, paper_id, actor=current_actor())
    return Response(printed.body, headers=inert_headers("application/pdf", printed.name))


@bp.route("/cases/<number>/papers/made/<uuid:paper_id>/issue", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def issue(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Make a draft final and put it into the file."""
    about, form = _name(number, paper_id), OnPaperForm()
    if sent(form):
        given = issuing.issue_paper(form.to_command(number, paper_id), actor=current_actor())
        return done(number, _("Final, with the number %(number)s.", number=given))
    return asked(form, number, ACTS["issue"], about=about)


@bp.route("/cases/<number>/papers/made/<uuid:paper_id>/discard", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def discard(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    about, form = _name(number, paper_id), OnPaperForm()
    if sent(form):
        drafting.discard_paper(form.to_command(number, paper_id), actor=current_actor())
        return done(number, _("The draft is thrown away."))
    return asked(form, number, ACTS["discard"], about=about)


@bp.route("/cases/<number>/papers/made/<uuid:paper_id>/serve", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("to_whom", "by_whom", "witness", "consent", "note")
def serve(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Write down how a paper was served."""
    about, form = _name(number, paper_id), ServeForm(data={"by_whom": current_actor().name})
    if sent(form):
        serving.record_service(form.to_command(number, paper_id), actor=current_actor())
        return done(number, _("The service is recorded."))
    return asked(form, number, ACTS["serve"], about=about)


@bp.route(
    "/cases/<number>/papers/made/<uuid:paper_id>/services/<uuid:which>/strike",
    methods=["GET", "POST"],
)
@requires(Permission.WORK_CASES)
@returns_form()
def strike_service(number: str, paper_id: UUID, which: UUID) -> ResponseReturnValue:
    """Take back a service that was written down wrongly."""
    about, form = _name(number, paper_id), OnPaperForm()
    if sent(form):
        serving.strike_service(form.to_strike(number, paper_id, which), actor=current_actor())
        return done(number, _("Struck out."))
    return asked(form, number, ACTS["strike_service"], about=about)


def _of_service(number: str) -> dict[str, str]:
    """What a proof says of the service that the address names, if it names one."""
    if "service" not in request.args:
        return {}
    try:
        service_id = UUID(request.args["service"])
    except ValueError as error:
        raise NotFound("service") from error
    found = get_service(db.session(), number, service_id, current_actor())
    return proof_words(*found, current_place(), current_language().tag)


def _form(code: str) -> PaperForm:
    """A kind of paper that is made here; NotFound for any other."""
    form = current_place().papers.get(code)
    if form is None or not form.parts:
        raise NotFound("paper")
    return form


def _name(number: str, paper_id: UUID) -> str:
    """What the paper is called, and its number; NotFound outside the reader's scope."""
    made = get_made(db.session(), number, paper_id, current_actor())
    form = current_place().papers.get(made.form)
    name = form.name.in_(current_language().tag) if form else made.form
    return f"{name} {made.number}" if made.number else name
