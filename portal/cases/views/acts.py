"""A page for each act on a case: its form, one service call, and back to the case."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.cases import forms
from portal.cases.queries.page import get_facts, list_missing, list_unanswered
from portal.cases.queries.people import list_owners
from portal.cases.service import filling, moving, opening
from portal.cases.service import tasks as tasking
from portal.cases.states import CaseAction
from portal.cases.views.blueprint import asked, bp, done, page, sent
from portal.cases.words import ACTS, move_words
from portal.casework.queries.dossier import get_heading
from portal.casework.queue_words import officer_choices
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.web.returned import returns_form

MOVES = ", ".join(f"'{action.value}'" for action in CaseAction)


@bp.route("/reports/<reference>/open-case", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("title", "summary", "others")
def open_case(reference: str) -> ResponseReturnValue:
    """Open a case on a report, and perhaps on others about the same matter."""
    form = forms.OpenForm()
    if sent(form):
        number = opening.open_case(form.to_opening(reference), actor=current_actor())
        return done(number, _("Opened. The case has its number and is yours."))
    heading = get_heading(db.session(), reference, current_actor())
    status = 422 if form.is_submitted() else 200
    return page("open", status=status, form=form, heading=heading, words=ACTS["open_case"])


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
    return asked(form, number, move_words(chosen), **_in_the_way(number, chosen))


def _in_the_way(number: str, action: CaseAction) -> dict[str, object]:
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
    if sent(form):
        filling.describe_case(form.to_command(number), actor=current_actor())
        return done(number, _("Saved."))
    return asked(form, number, ACTS["describe"])


@bp.route("/cases/<number>/add-report", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def add_report(number: str) -> ResponseReturnValue:
    """Put one more report into a case."""
    form = forms.AddReportForm()
    if sent(form):
        opening.add_report(form.to_command(number), actor=current_actor())
        return done(number, _("The report is in the case."))
    return asked(form, number, ACTS["add_report"])


@bp.route("/cases/<number>/reports/<reference>/take-out", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("reason")
def take_out(number: str, reference: str) -> ResponseReturnValue:
    """Take a report out of a case."""
    form = forms.TakeOutForm()
    if sent(form):
        opening.take_out(form.to_command(number, reference), actor=current_actor())
        return done(number, _("The report is out of the case."))
    return asked(form, number, ACTS["take_out"])


@bp.route("/cases/<number>/reports-elsewhere/<uuid:which>/take-out", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def take_out_unseen(number: str, which: UUID) -> ResponseReturnValue:
    """Take a report out of a case that another desk has by now."""
    form = forms.TakeOutUnseenForm()
    if sent(form):
        opening.take_out_unseen(form.to_order(number, which), actor=current_actor())
        return done(number, _("The report is out of the case."))
    return asked(form, number, ACTS["take_out_unseen"])


@bp.route("/cases/<number>/grade", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def grade(number: str) -> ResponseReturnValue:
    """Say how grave a case is."""
    facts = get_facts(db.session(), number, current_actor())
    form = forms.GradeForm(data=forms.graded(facts))
    if sent(form):
        filling.grade_case(form.to_command(number), actor=current_actor())
        return done(number, _("Saved."))
    return asked(form, number, ACTS["grade"])


@bp.route("/cases/<number>/assign", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form()
def assign(number: str) -> ResponseReturnValue:
    """Give a case to an officer of its unit."""
    form = forms.AssignForm()
    form.officer.choices = officer_choices(list_owners(db.session(), number, current_actor()))
    if sent(form):
        filling.assign_case(form.to_command(number), actor=current_actor())
        return done(number, _("Given to the officer."))
    return asked(form, number, ACTS["assign"])


@bp.route("/cases/<number>/add-party", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("name", "address", "contact")
def add_party(number: str) -> ResponseReturnValue:
    """Enter a party."""
    form = forms.PartyForm()
    if sent(form):
        filling.add_party(form.to_command(number), actor=current_actor())
        return done(number, _("The party is entered."))
    return asked(form, number, ACTS["add_party"])


@bp.route("/cases/<number>/parties/<uuid:which>/strike", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def strike_party(number: str, which: UUID) -> ResponseReturnValue:
    """Strike out a party."""
    form = forms.StrikeForm()
    if sent(form):
        filling.strike_party(form.to_command(number, which), actor=current_actor())
        return done(number, _("Struck out."))
    return asked(form, number, ACTS["strike_party"])


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
    return asked(form, number, ACTS["add_paper"], files=True)


@bp.route("/cases/<number>/waive-paper", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("reason")
def waive_paper(number: str) -> ResponseReturnValue:
    """Do without a paper."""
    form = forms.WaiveForm()
    if sent(form):
        filling.waive_paper(form.to_command(number), actor=current_actor())
        return done(number, _("The case goes on without this paper."))
    return asked(form, number, ACTS["waive_paper"])


@bp.route("/cases/<number>/papers/<uuid:which>/strike", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form()
def strike_paper(number: str, which: UUID) -> ResponseReturnValue:
    """Strike out a paper."""
    form = forms.StrikeForm()
    if sent(form):
        filling.strike_paper(form.to_command(number, which), actor=current_actor())
        return done(number, _("Struck out."))
    return asked(form, number, ACTS["strike_paper"])


@bp.route("/cases/<number>/give-task", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def give_task(number: str) -> ResponseReturnValue:
    """Give somebody of the unit a task."""
    form = forms.TaskForm()
    form.owner.choices = officer_choices(list_owners(db.session(), number, current_actor()))
    if sent(form):
        tasking.give_task(form.to_command(number), actor=current_actor())
        return done(number, _("The task is given."))
    return asked(form, number, ACTS["give_task"])


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
    form = forms.NoteForm()
    if sent(form):
        tasking.write_note(form.to_command(number), actor=current_actor())
        return done(number, _("Note added."))
    return asked(form, number, ACTS["add_note"])
