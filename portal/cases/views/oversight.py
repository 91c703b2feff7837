"""Pages of supervision: the board of the office above, flash reports, directives."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.cases import oversight_forms as forms
from portal.cases.queries import oversight as queries
from portal.cases.queries.disputes import list_disputes
from portal.cases.queries.lists import DUE_KEY, NEWEST_KEY, CaseList
from portal.cases.queries.page import get_facts
from portal.cases.queries.standing import list_standing
from portal.cases.rules import STANDS_AFTER
from portal.cases.service import flash, supervision
from portal.cases.views.blueprint import act, bp, done, page
from portal.casework.queries.board import viewpoint
from portal.infra.database import db
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


@bp.get("/cases/supervised")
@requires(Permission.WORK_CASES)
def supervised() -> ResponseReturnValue:
    """The board: what is supervised, by the nearest date, and flash reports to confirm."""
    view = viewpoint(current_actor())
    may_supervise = may(view.actor, Permission.SUPERVISE_CASES)
    others = may_supervise and request.args.get("list") == "others"
    window = requested_window(*DUE_KEY)
    return page(
        "supervised",
        lines=queries.list_supervised(db.session(), view, window, others=others),
        others=others,
        awaited=queries.list_awaited(db.session(), view),
        disputes=list_disputes(db.session(), view),
        lists=tuple(CaseList),
        may_supervise=may_supervise,
    )


@bp.get("/cases/standing")
@requires(Permission.WORK_CASES)
def standing() -> ResponseReturnValue:
    """Open cases without a step for long."""
    view = viewpoint(current_actor())
    lines = list_standing(db.session(), view, requested_window(*NEWEST_KEY))
    return page("standing", lines=lines, after=STANDS_AFTER, lists=tuple(CaseList))


@bp.route("/cases/<number>/supervise", methods=["GET", "POST"])
@requires(Permission.SUPERVISE_CASES)
@returns_form("reason")
def supervise(number: str) -> ResponseReturnValue:
    """Put a case under supervision."""
    form = forms.SuperviseForm()
    return act(
        "supervise",
        form,
        number,
        supervision.supervise,
        _("The case is supervised. The unit sees it."),
    )


@bp.route("/cases/<number>/set-milestone", methods=["GET", "POST"])
@requires(Permission.SUPERVISE_CASES)
@returns_form("text")
def set_milestone(number: str) -> ResponseReturnValue:
    """Want something done by a day."""
    form = forms.MilestoneForm()
    return act("set_milestone", form, number, supervision.set_milestone, _("Saved."))


@bp.post("/cases/<number>/milestones/<uuid:which>/meet")
@requires(Permission.WORK_CASES)
def meet_milestone(number: str, which: UUID) -> ResponseReturnValue:
    """Note that what was wanted is done."""
    supervision.meet_milestone(supervision.MeetMilestone(number, which), actor=current_actor())
    return done(number, _("Done, and on the file."))


@bp.route("/cases/<number>/report-progress", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def report_progress(number: str) -> ResponseReturnValue:
    """Tell the supervising office how far the case is."""
    form = forms.ProgressForm()
    return act(
        "report_progress",
        form,
        number,
        supervision.report_progress,
        _("The supervising office has it."),
    )


@bp.post("/cases/<number>/progress/<uuid:which>/read")
@requires(Permission.SUPERVISE_CASES)
def read_progress(number: str, which: UUID) -> ResponseReturnValue:
    """Note that a report was read."""
    supervision.read_progress(supervision.ReadProgress(number, which), actor=current_actor())
    return done(number, _("Noted."))


@bp.route("/cases/<number>/release", methods=["GET", "POST"])
@requires(Permission.HEAD_CASES)
@returns_form("outcome")
def release(number: str) -> ResponseReturnValue:
    """Release a case from supervision."""
    form = forms.ReleaseForm()
    return act("release", form, number, supervision.release, _("Released. The case may be closed."))


@bp.route("/cases/<number>/direct", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("author", "text")
def direct(number: str) -> ResponseReturnValue:
    """Put an instruction from above into the file."""
    form = forms.DirectiveForm()
    return act(
        "direct", form, number, supervision.record_directive, _("The instruction is in the file.")
    )


@bp.route("/cases/<number>/flash/<uuid:which>/send", methods=["GET", "POST"])
@requires(Permission.WORK_CASES)
@returns_form("text")
def send_flash(number: str, which: UUID) -> ResponseReturnValue:
    """Tell the office above of a major case."""
    form = forms.FlashForm()
    return act(
        "send_flash",
        form,
        number,
        flash.send_flash,
        _("The office above has it. You see here when it was received and read."),
        which,
    )


@bp.post("/cases/<number>/flash/<uuid:which>/receive")
@requires(Permission.SUPERVISE_CASES)
def receive_flash(number: str, which: UUID) -> ResponseReturnValue:
    """Confirm that the office above has a flash report."""
    flash.receive_flash(flash.ReceiveFlash(number, which), actor=current_actor())
    return done(number, _("Receipt confirmed."))


@bp.get("/cases/<number>/flash/<uuid:which>")
@requires(Permission.WORK_CASES)
def read_flash(number: str, which: UUID) -> ResponseReturnValue:
    """A flash report; that the office above reads it is noted."""
    actor = current_actor()
    flash.open_flash(number, which, actor=actor)
    facts = get_facts(db.session(), number, actor)
    return page("flash", facts=facts, flash=queries.get_flash(db.session(), number, which, actor))
