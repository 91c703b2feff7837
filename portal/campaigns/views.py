"""Plans of a year on the desk: the list, a plan with its campaigns, and what is done about them."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.accounts.absences import Colleague, list_colleagues
from portal.campaigns import forms, queries, service
from portal.campaigns.rules import keeps
from portal.casework.queries.board import LaterHeap, offer_heap, viewpoint
from portal.evidence.handing import hand_out
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.forms import PortalForm
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

bp = Blueprint("campaigns", __name__, url_prefix="/desk/plans")
offer_on_desk(bp, "plans", _l("Plans and campaigns"), Permission.READ_PLANS, order=45)
offer_heap(
    LaterHeap(
        "campaigns.due", _l("Tasks of plans due soon"), Permission.READ_PLANS, queries.heap_of_due
    )
)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    shown = {"place": current_place(), "language": current_language().tag, **context}
    return render_template(f"campaigns/{template}.html", **shown), status


def asked(
    form: PortalForm, title: str, back: str, *, about: str = "", files: bool = False
) -> ResponseReturnValue:
    """The page of an act: what it is called, what it concerns, and the form as it is."""
    shown = {"form": form, "heading": title, "back": back, "about": about, "files": files}
    return page("act", status=form.http_status, **shown)


def done(plan_id: UUID, words: str) -> ResponseReturnValue:
    """Say what was done and go back to the plan."""
    flash(words, "success")
    return redirect(url_for(".plan", plan_id=plan_id), 303)


def colleagues() -> list[Colleague]:
    """Everybody of the reader's unit."""
    view = viewpoint(current_actor())
    return list_colleagues(db.session(), view.actor.department or "", view.today)


@bp.get("")
@requires(Permission.READ_PLANS)
def plans() -> ResponseReturnValue:
    """The plans of one's territory, of those above it and within it, the newest year first."""
    actor, window = current_actor(), requested_window(*queries.PLANS_KEY)
    lines = queries.list_plans(db.session(), actor, window)
    return page("plans", lines=lines, may_keep=may(actor, Permission.KEEP_PLANS))


@bp.get("/due")
@requires(Permission.READ_PLANS)
def due() -> ResponseReturnValue:
    """What the reader's unit has to do for plans and whose day is near or over."""
    view, window = viewpoint(current_actor()), requested_window(*queries.DUE_KEY)
    return page("due", lines=queries.list_due(db.session(), view, window))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.KEEP_PLANS)
@returns_form()
def new() -> ResponseReturnValue:
    """Put the plan of a year on the desk."""
    form, actor = forms.PlanForm(), current_actor()
    form.offer(colleagues())
    if form.validate_on_submit():
        [evidence_id] = keep_files(form.uploads, actor=actor)
        made = service.make_plan(form.to_command(evidence_id), actor=actor)
        return done(made, _("The plan is on the desk."))
    return asked(form, _("The plan of a year"), url_for(".plans"), files=True)


@bp.get("/<uuid:plan_id>")
@requires(Permission.READ_PLANS)
def plan(plan_id: UUID) -> ResponseReturnValue:
    """A plan with its campaigns, and what of it is done and what is open."""
    return page("plan", shown=queries.get_page(db.session(), plan_id, viewpoint(current_actor())))


@bp.get("/<uuid:plan_id>/paper")
@requires(Permission.READ_PLANS)
def paper(plan_id: UUID) -> ResponseReturnValue:
    """The paper of a plan."""
    opened, evidence_id = service.open_document(plan_id, actor=current_actor())
    return hand_out(opened, evidence_id, "original")


@bp.route("/<uuid:plan_id>/campaigns/new", methods=["GET", "POST"])
@requires(Permission.KEEP_PLANS)
@returns_form("name")
def new_campaign(plan_id: UUID) -> ResponseReturnValue:
    """Add a campaign to a plan."""
    form, actor = forms.CampaignForm(), current_actor()
    form.offer(colleagues())
    if form.validate_on_submit():
        service.add_campaign(form.to_command(plan_id), actor=actor)
        return done(plan_id, _("The campaign is part of the plan."))
    queries.get_plan(db.session(), plan_id, actor)
    return asked(form, _("A campaign"), url_for(".plan", plan_id=plan_id))


@bp.route("/campaigns/<uuid:campaign_id>/tasks/new", methods=["GET", "POST"])
@requires(Permission.KEEP_PLANS)
@returns_form("text")
def new_task(campaign_id: UUID) -> ResponseReturnValue:
    """Give a unit something to do for a campaign."""
    form, actor = forms.PlanTaskForm(), current_actor()
    campaign = queries.get_campaign(db.session(), campaign_id, actor)
    back, heading = url_for(".plan", plan_id=campaign.plan_id), campaign.name
    form.offer(queries.get_plan(db.session(), campaign.plan_id, actor), current_language().tag)
    if form.validate_on_submit():
        service.give_plan_task(form.to_command(campaign_id), actor=actor)
        flash(_("The unit finds it in the plan."), "success")
        return redirect(back, 303)
    return asked(form, _("Something to do for “%(name)s”", name=heading), back)


@bp.route("/tasks/<uuid:task_id>/settle", methods=["GET", "POST"])
@requires(Permission.READ_PLANS)
@returns_form("outcome")
def settle(task_id: UUID) -> ResponseReturnValue:
    """Say what came of something that was to be done."""
    form, actor = forms.SettleForm(), current_actor()
    task = queries.get_task(db.session(), task_id, actor)
    found = queries.get_campaign(db.session(), task.campaign_id, actor)
    plan = queries.get_plan(db.session(), found.plan_id, actor)
    form.offer(may_drop=keeps(actor, plan.department_code))
    if form.validate_on_submit():
        service.settle_plan_task(form.to_command(task_id), actor=actor)
        return done(plan.id, _("Written down."))
    return asked(form, _("What came of it?"), url_for(".plan", plan_id=plan.id), about=task.text)


@bp.route("/<uuid:plan_id>/accountable", methods=["GET", "POST"])
@bp.route("/<uuid:plan_id>/campaigns/<uuid:campaign_id>/accountable", methods=["GET", "POST"])
@requires(Permission.KEEP_PLANS)
@returns_form()
def accountable(plan_id: UUID, campaign_id: UUID | None = None) -> ResponseReturnValue:
    """Say who answers for a plan, or for one of its campaigns."""
    form, actor = forms.AccountableForm(), current_actor()
    form.offer(colleagues())
    if form.validate_on_submit():
        service.name_accountable(form.to_command(plan_id, campaign_id), actor=actor)
        return done(plan_id, _("Saved."))
    queries.get_plan(db.session(), plan_id, actor)
    return asked(form, _("Who answers for it?"), url_for(".plan", plan_id=plan_id))


@bp.post("/<uuid:plan_id>/end")
@requires(Permission.KEEP_PLANS)
def end(plan_id: UUID) -> ResponseReturnValue:
    """End the year of a plan."""
    service.end_plan(plan_id, actor=current_actor())
    return done(plan_id, _("The year is ended: what was done and what was open stays as it is."))
