"""A page for each act on a case: its form, one service call, and back to the case."""

from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases import forms
from portal.cases.chain_forms import paper_called, party_called
from portal.cases.queries.page import get_facts, list_unanswered
from portal.cases.queries.people import list_owners
from portal.cases.queries.steps import list_missing
from portal.cases.service import filling, moving, opening
from portal.cases.service import tasks as tasking
from portal.cases.states import CaseAction
from portal.cases.views.blueprint import act, asked, bp, case_on, done, page, sent
from portal.cases.words import ACTS, move_words
from portal.casework.queries.dossier import get_heading
from portal.casework.queue_words import officer_choices
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.returned import returns_form

MOVES = ", ".join(f"'{action.value}'" for action in CaseAction)


@bp.route("/reports/<reference>/open-case", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("title", "summary", "others")
def open_case(reference: str) -> ResponseReturnValue:
    """Open a case on a report, and perhaps on others about the same matter."""
    form = forms.OpenForm().with_others(request.args.get("others", ""))
    if sent(form):
        number = opening.open_case(form.to_opening(reference), actor=current_actor())
        return done(number, _("Opened. The case has its number and is yours."))
    heading = get_heading(db.session(), reference, current_actor())
    if request.method == "GET" and not case_on(heading.facts).opens:
        return page("not_opened", status=409, heading=heading, words=ACTS["open_case"], open=())
    status, words = form.http_status, ACTS["open_case"]
    return page("open", status=status, form=form, heading=heading, words=words)


@bp.route(f"/cases/<number>/move/<any({MOVES}):action>", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("reason")
def move(number: str, action: str) -> ResponseReturnValue:
    """Move a case on, back, or to its end."""
    chosen = CaseAction(action)
    form = forms.MoveForm().for_move(chosen)
    if sent(form):
        moving.move_case(form.to_command(number), actor=current_actor())
        return done(number, _("Done, and on the file."))
    return asked(chosen, form, number, move_words(chosen), **_in_the_way(number, chosen))


def _in_the_way(number: str, action: CaseAction) -> dict[str, Any]:
    """What has to be done before a move: papers, and the answers that end a case."""
    ends = action in {CaseAction.CLOSE, CaseAction.DROP}
    unanswered = list_unanswered(db.session(), number, current_actor()) if ends else ()
    lacking = list_missing(db.session(), number, action, current_actor())
    return {"unanswered": unanswered, "lacking": lacking}


@bp.route("/cases/<number>/describe", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("title", "summary")
def describe(number: str) -> ResponseReturnValue:
    """Write title and summary anew."""
    form = forms.DescribeForm(obj=get_facts(db.session(), number, current_actor()))
    return act("describe", form, number, filling.describe_case, _("Saved."))


@bp.route("/cases/<number>/add-report", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def add_report(number: str) -> ResponseReturnValue:
    """Put one more report into a case."""
    return act(
        "add_report",
        forms.AddReportForm(),
        number,
        opening.add_report,
        _("The report is in the case."),
    )


@bp.route("/cases/<number>/reports/<reference>/take-out", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("reason")
def take_out(number: str, reference: str) -> ResponseReturnValue:
    """Take a report out of a case."""
    return act(
        "take_out",
        forms.TakeOutForm(),
        number,
        opening.take_out,
        _("The report is out of the case."),
        reference,
    )


@bp.route("/cases/<number>/reports-elsewhere/<uuid:which>/take-out", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def take_out_unseen(number: str, which: UUID) -> ResponseReturnValue:
    """Take a report out of a case that another desk has by now."""
    form = forms.TakeOutUnseenForm()
    if sent(form):
        opening.take_out_unseen(form.to_order(number, which), actor=current_actor())
        return done(number, _("The report is out of the case."))
    return asked("take_out_unseen", form, number, ACTS["take_out_unseen"])


@bp.route("/cases/<number>/grade", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def grade(number: str) -> ResponseReturnValue:
    """Say how grave a case is."""
    facts = get_facts(db.session(), number, current_actor())
    form = forms.GradeForm(data=forms.graded(facts))
    return act("grade", form, number, filling.grade_case, _("Saved."))


@bp.route("/cases/<number>/assign", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form()
def assign(number: str) -> ResponseReturnValue:
    """Give a case to an officer of its unit."""
    form = forms.AssignForm()
    form.officer.choices = officer_choices(list_owners(db.session(), number, current_actor()))
    return act("assign", form, number, filling.assign_case, _("Given to the officer."))


@bp.route("/cases/<number>/add-party", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("name", "address", "contact")
def add_party(number: str) -> ResponseReturnValue:
    """Enter a party."""
    return act(
        "add_party", forms.PartyForm(), number, filling.add_party, _("The party is entered.")
    )


@bp.route("/cases/<number>/parties/<uuid:which>/strike", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def strike_party(number: str, which: UUID) -> ResponseReturnValue:
    """Strike out a party."""
    form, done_so = forms.StrikeForm(), _("Struck out.")
    return act(
        *("strike_party", form, number, filling.strike_party, done_so, which),
        called=lambda met: party_called(met.shown, which),
    )


@bp.route("/cases/<number>/add-paper", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def add_paper(number: str) -> ResponseReturnValue:
    """Put a paper into the file."""
    form = forms.PaperForm()
    if sent(form):
        actor = current_actor()
        get_facts(db.session(), number, actor)
        [evidence_id] = keep_files(form.uploads, actor=actor)
        filling.add_paper(form.to_command(number, evidence_id), actor=actor)
        return done(number, _("The paper is in the file."))
    return asked("add_paper", form, number, ACTS["add_paper"], files=True)


@bp.route("/cases/<number>/waive-paper", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def waive_paper(number: str) -> ResponseReturnValue:
    """Do without a paper."""
    return act(
        "waive_paper",
        forms.WaiveForm(),
        number,
        filling.waive_paper,
        _("The case goes on without this paper."),
    )


@bp.route("/cases/<number>/papers/<uuid:which>/strike", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def strike_paper(number: str, which: UUID) -> ResponseReturnValue:
    """Strike out a paper."""
    form, done_so = forms.StrikeForm(), _("Struck out.")
    place, language = current_place(), current_language().tag
    return act(
        *("strike_paper", form, number, filling.strike_paper, done_so, which),
        called=lambda met: paper_called(met.shown, which, place, language),
    )


@bp.route("/cases/<number>/give-task", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def give_task(number: str) -> ResponseReturnValue:
    """Give somebody of the unit a task."""
    form = forms.TaskForm()
    form.owner.choices = officer_choices(list_owners(db.session(), number, current_actor()))
    return act("give_task", form, number, tasking.give_task, _("The task is given."))


@bp.post("/cases/<number>/tasks/<uuid:task>/finish")
@requires(Permission.WORK_CASES)
def finish_task(number: str, task: UUID) -> ResponseReturnValue:
    """Note that a task is done."""
    tasking.finish_task(tasking.FinishTask(number, task), actor=current_actor())
    return done(number, _("Done, and on the file."))


@bp.route("/cases/<number>/add-note", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def add_note(number: str) -> ResponseReturnValue:
    """Write a note, for colleagues or for the reporters."""
    return act("add_note", forms.NoteForm(), number, tasking.write_note, _("Note added."))
