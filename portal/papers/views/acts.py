"""A page for each act on a paper: its form, one service call, and back to the papers."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.decisions.queries.desk import get_decisions
from portal.decisions.rules import carrying_forms
from portal.decisions.states import STANDING
from portal.evidence.names import inert_headers
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import PaperForm
from portal.kernel.errors import NotFound
from portal.papers.decided import words_carried
from portal.papers.forms import PARTS, OnPaperForm, ServeForm, StrikeServiceForm, WriteForm
from portal.papers.queries.papers import MadeLine, get_made, list_made, list_parties, words_on
from portal.papers.queries.services import get_servable, get_service
from portal.papers.rules import proof_form
from portal.papers.service import drafting, issuing, serving
from portal.papers.states import PaperState
from portal.papers.views.blueprint import asked, bp, done, facts_of, form_name, is_open, sent
from portal.papers.words import proof_words
from portal.web.language import current_language
from portal.web.returned import returns_form


@bp.route("/cases/<number>/papers/new/<code>", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form(*PARTS)
def begin(number: str, code: str) -> ResponseReturnValue:
    """Begin a paper; what the case says already stands in it."""
    facts, form = facts_of(number), _form(code)
    known = {"matter": facts.title, "facts": facts.summary, "language": current_language().tag}
    parties = list_parties(db.session(), number, current_actor())
    concerned = _concerned(number, code, [own for own, _party in parties])
    known |= _of_service(number) | concerned.words
    write = WriteForm(data=known).for_paper(form, parties)
    if sent(write):
        drafting.draft_paper(write.to_draft(number), actor=current_actor())
        return done(number, _("The draft is saved."))
    others = [(own, one.name) for own, one in parties if own in concerned.others]
    whose = next((one.name for own, one in parties if own == concerned.party), "")
    about, open_, act = form_name(code), is_open(number), _write(form)
    return asked(write, number, act, about=about, open_=open_, others=others, whose=whose)


@bp.route("/cases/<number>/papers/made/<uuid:paper_id>/write", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form(*PARTS)
def write(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Write a draft anew."""
    actor = current_actor()
    made = get_made(db.session(), number, paper_id, actor)
    form = _form(made.form)
    written = words_on(db.session(), number, paper_id, actor)
    fields = WriteForm(data=written).for_paper(form, list_parties(db.session(), number, actor))
    if sent(fields):
        drafting.rewrite_paper(fields.to_command(number, paper_id), actor=actor)
        return done(number, _("The draft is saved."))
    about, drafted = _about(number, made)
    return asked(fields, number, _write(form), about=about, open_=drafted)


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
    made, form = get_made(db.session(), number, paper_id, current_actor()), OnPaperForm()
    about, drafted = _about(number, made)
    if sent(form):
        given = issuing.issue_paper(form.to_command(number, paper_id), actor=current_actor())
        return done(number, _("Final, with the number %(number)s.", number=given))
    return asked(form, number, "issue", about=about, open_=drafted and made.unfit is None)


@bp.route("/cases/<number>/papers/made/<uuid:paper_id>/discard", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def discard(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    made, form = get_made(db.session(), number, paper_id, current_actor()), OnPaperForm()
    about, drafted = _about(number, made)
    if sent(form):
        drafting.discard_paper(form.to_command(number, paper_id), actor=current_actor())
        return done(number, _("The draft is thrown away."))
    return asked(form, number, "discard", about=about, open_=drafted)


@bp.route("/cases/<number>/papers/<uuid:paper_id>/serve", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("to_whom", "by_whom", "witness", "consent", "note")
def serve(number: str, paper_id: UUID) -> ResponseReturnValue:
    """Write down how a paper was served."""
    actor, session = current_actor(), db.session()
    paper = get_servable(session, number, paper_id, actor)
    proved = proof_form(current_place()) is not None and is_open(number)
    form = ServeForm(data={"by_whom": actor.name})
    form.for_paper(paper, list_parties(session, number, actor), proved=proved)
    if sent(form):
        proof = next(iter(keep_files(form.uploads, actor=actor)), None)
        serving.record_service(form.to_command(number, paper_id, proof), actor=actor)
        return done(number, _("The service is recorded."))
    about = f"{form_name(paper.form)} {paper.number}".strip()
    return asked(form, number, "serve", about=about, open_=paper.ready, files=proved)


@bp.route("/cases/<number>/services/<uuid:which>/strike", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("reason")
def strike_service(number: str, which: UUID) -> ResponseReturnValue:
    """Take back a service that was written down wrongly."""
    service, form = get_service(db.session(), number, which, current_actor()), StrikeServiceForm()
    if sent(form):
        serving.strike_service(form.to_command(number, which), actor=current_actor())
        return done(number, _("Struck out."))
    about = f"{form_name(service.form)} {service.number}".strip() or service.party
    return asked(form, number, "strike_service", about=about, open_=service.kept is None)


def _of_service(number: str) -> dict[str, str]:
    """What a proof says of the service that the address names, if it names one."""
    service_id = _named("service")
    if service_id is None:
        return {}
    found = get_service(db.session(), number, service_id, current_actor())
    return proof_words(found, current_place(), current_language().tag)


class _Concerned(NamedTuple):
    """What stands in a decision for one party, and the others whom it concerns."""

    party: UUID | None
    words: dict[str, str]
    others: frozenset[UUID]


def _concerned(number: str, code: str, known: Collection[UUID]) -> _Concerned:
    """What a paper of this kind carries next: a decision, to one of the parties that it concerns.

    To the one that the address names, or else to the first that has no such paper yet; NotFound
    for one that it does not concern.
    """
    place, actor, session = current_place(), current_actor(), db.session()
    found = get_decisions(session, number, actor).decisions if code in carrying_forms(place) else ()
    standing = [one for one in found if one.state in STANDING]
    ahead = [one for one in standing if one.unserved] or standing
    parties = [one for one in ahead[-1].concerned if one in known] if ahead else []
    if not parties:
        return _Concerned(None, {}, frozenset())
    made = list_made(session, number, actor)
    written = {one.party_id for one in made if one.form == code and one.counts}
    party = _named("party") or min(parties, key=written.__contains__)
    if party not in parties:
        raise NotFound("party")
    words = words_carried(ahead[-1], party, place, current_language().tag)
    return _Concerned(party, words, frozenset(parties) - {party})


def _named(what: str) -> UUID | None:
    """What the address names, if it names one; NotFound for what is no id."""
    if what not in request.args:
        return None
    try:
        return UUID(request.args[what])
    except ValueError as error:
        raise NotFound(what) from error


def _write(form: PaperForm) -> str:
    """The words of the page: of a paper that is served they say who reads it."""
    return "write_served" if form.served else "write"


def _form(code: str) -> PaperForm:
    """A kind of paper that is made here; NotFound for any other."""
    form = current_place().papers.get(code)
    if form is None or not form.parts:
        raise NotFound("paper")
    return form


def _about(number: str, made: MadeLine) -> tuple[str, bool]:
    """What the paper is called, and whether it is still a draft of an open case."""
    drafted = made.state is PaperState.DRAFTED and is_open(number)
    return f"{form_name(made.form)} {made.number or ''}".strip(), drafted
