"""Taking a report off the heap, putting it back, handing it over."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.staff import list_officers
from portal.casework.queue_forms import ClaimForm, HandOverForm, ReleaseForm
from portal.casework.queue_words import officer_choices
from portal.casework.service import holding
from portal.casework.views.blueprint import asked, bp, done
from portal.infra.database import db
from portal.web.returned import returns_form


@bp.route("/reports/<reference>/claim", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def claim(reference: str) -> ResponseReturnValue:
    """Take a report that nobody has, without accepting it."""
    form = ClaimForm()
    if form.validate_on_submit():
        holding.claim_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("The report is yours. It still has to be accepted."))
    return asked(form, reference, "claim")


@bp.route("/reports/<reference>/release", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def release(reference: str) -> ResponseReturnValue:
    """Put a report back onto the heap of its unit."""
    form = ReleaseForm()
    if form.validate_on_submit():
        holding.release_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Nobody has the report now; your unit finds it on its heap."))
    return asked(form, reference, "release")


@bp.route("/reports/<reference>/hand-over", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("reason")
def hand_over(reference: str) -> ResponseReturnValue:
    """Give a report to a colleague, with a reason."""
    form = HandOverForm()
    form.officer.choices = officer_choices(list_officers(db.session(), reference, current_actor()))
    if form.validate_on_submit():
        holding.hand_over_report(form.to_command(reference), actor=current_actor())
        return done(reference, _("Handed over."))
    return asked(form, reference, "hand_over")
