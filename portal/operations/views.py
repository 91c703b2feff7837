"""Health for machines and for people, tasks that need a person, the trail for auditors."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound as PageNotFound

from portal.access.guard import current_actor, public, requires
from portal.access.permissions import Permission, may
from portal.accounts.queries import list_accounts
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.jurisdiction.queries import current_place
from portal.operations import health as queries
from portal.operations import metrics as figures
from portal.operations import trail_words
from portal.operations.forms import TaskForm, TrailForm
from portal.operations.health import HealthState
from portal.operations.reconciliation import Check
from portal.operations.tasks import get_dead, settle_task
from portal.operations.trail import TrailQuestion, read_trail
from portal.web.labels import label
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

bp = Blueprint("operations", __name__)
offer_on_desk(bp, "health", _l("Health"), Permission.READ_HEALTH, order=810)
offer_on_desk(bp, "trail", _l("Trail"), Permission.READ_TRAIL, order=820)

STATUS: Final = {HealthState.OK: 200, HealthState.DEGRADED: 200, HealthState.DOWN: 503}


def kind_words(kind: str) -> str:
    """What a kind of task is called; one that only a newer program knows keeps its code."""
    return label(TaskKind(kind)) if kind in set(TaskKind) else kind


def check_words(name: str) -> str:
    """What a check of the reconciliation looks for."""
    return label(Check(name)) if name in set(Check) else name


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """One word for a monitor; 503 only when reports cannot be received."""
    state = queries.health_state()
    return {"status": state}, STATUS[state]


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Figures for a monitor that may read them; for anybody else there is no such page."""
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not figures.may_read_metrics(settings(), request.remote_addr or "", bearer):
        raise PageNotFound
    return Response(figures.metrics_text(db.session()), content_type=figures.CONTENT_TYPE)


@bp.get("/desk/health")
@requires(Permission.READ_HEALTH)
def health() -> ResponseReturnValue:
    """How the installation is, and what needs a person."""
    actor = current_actor()
    return render_template(
        "operations/health.html",
        health=queries.get_health(db.session(), actor),
        kind_words=kind_words,
        check_words=check_words,
        may_manage=may(actor, Permission.MANAGE_TASKS),
    )


@bp.route("/desk/health/tasks/<uuid:task_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_TASKS)
def task(task_id: UUID) -> ResponseReturnValue:
    """One dead task: try it again, or say that it was done by hand or is not needed."""
    line = get_dead(db.session(), task_id, current_actor())
    form = TaskForm()
    if form.validate_on_submit():
        settle_task(form.to_command(task_id), actor=current_actor())
        flash(gettext("Your decision about the task is on the trail."), "success")
        return redirect(url_for(".health"), code=303)
    page = render_template("operations/task.html", form=form, task=line, kind_words=kind_words)
    return page, 422 if form.errors else 200


@bp.get("/desk/trail")
@requires(Permission.READ_TRAIL)
def trail() -> ResponseReturnValue:
    """Everything that was done, the newest first."""
    session = db.session()
    form = TrailForm(request.args)
    form.actor.choices = _people()
    good = form.validate()
    question = form.to_question() if good else TrailQuestion()
    page = read_trail(session, question, requested_window(int), current_actor())
    filters = {name: request.args[name] for name in form.data if request.args.get(name)}
    text = render_template(
        "operations/trail.html",
        form=form,
        trail=page,
        filters=filters,
        words=trail_words,
        place=current_place(),
        language=current_language().tag,
    )
    return text, 200 if good else 422


def _people() -> list[tuple[str, str]]:
    """Everybody with an account, for the filter; the first line is nobody in particular."""
    accounts = list_accounts(db.session())
    return [("", gettext("Anybody")), *((account.id.hex, account.name) for account in accounts)]
