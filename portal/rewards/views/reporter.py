"""The reward on the page of a report: what its reporter reads, and an objection."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, public
from portal.feedback.visiting import closed, own_report
from portal.infra.database import db
from portal.kernel.errors import NotFound
from portal.rewards.forms import ObjectForm, SharesForm
from portal.rewards.queries.reporter import RewardTold, find_reward, get_sharing
from portal.rewards.service import objecting, sharing
from portal.web.returned import returns_form

bp = Blueprint("reward", __name__, url_prefix="/track/report/reward")
bp.register_error_handler(NotFound, closed)


@bp.app_template_global("reward_of")
def reward_of(reference: str) -> RewardTold | None:
    """What the page of a report says of its reward."""
    return find_reward(db.session(), reference)


@bp.route("/object", defaults={"award_id": None}, methods=["GET", "POST"])
@bp.route("/object/<uuid:award_id>", methods=["GET", "POST"])
@public
@returns_form("text")
def object_to(award_id: UUID | None) -> ResponseReturnValue:
    """Object to where the report stands, or to a refusal."""
    form, report_id = ObjectForm(), own_report(writing=True)
    if form.validate_on_submit():
        order = form.to_command(report_id, award_id)
        objecting.object_to_reward(order, actor=current_actor())
        flash(_("Your objection is filed. The answer will be on this page."), "success")
        return redirect(url_for("feedback.report", _anchor="reward"), code=303)
    status = 422 if form.is_submitted() else 200
    return render_template("rewards/object.html", form=form, award_id=award_id), status


@bp.route("/shares", methods=["GET", "POST"])
@public
@returns_form()
def shares() -> ResponseReturnValue:
    """Enter the parts that those who reported together agreed on."""
    report_id = own_report(writing=True)
    found = get_sharing(db.session(), report_id)
    if found is None or not found.open:
        return redirect(url_for("feedback.report", _anchor="reward"), code=303)
    form = SharesForm().among(found.of)
    if form.validate_on_submit():
        sharing.agree_on_shares(form.to_command(report_id), actor=current_actor())
        flash(_("Noted. It counts once all of you have entered the same."), "success")
        return redirect(url_for("feedback.report", _anchor="reward"), code=303)
    return render_template("rewards/shares.html", form=form, found=found), form.http_status
