"""Taking a report off the heap, putting it back, handing it over."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.queries.staff import list_officers
from portal.casework.queue_forms import ClaimForm, HandOverForm, ReleaseForm
from portal.casework.queue_words import officer_choices
from portal.casework.service import holding
from portal.casework.views.blueprint import act, bp
from portal.infra.database import db
from portal.web.returned import returns_form


@bp.route("/reports/<reference>/claim", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def claim(reference: str) -> ResponseReturnValue:
    """Take a report that nobody has, without accepting it."""
    return act(
        "claim",
        ClaimForm(),
        reference,
        holding.claim_report,
        _("The report is yours. It still has to be accepted."),
    )


@bp.route("/reports/<reference>/release", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def release(reference: str) -> ResponseReturnValue:
    """Put a report back onto the heap of its unit."""
    return act(
        "release",
        ReleaseForm(),
        reference,
        holding.release_report,
        _("Nobody has the report now; your unit finds it on its heap."),
    )


@bp.route("/reports/<reference>/hand-over", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
@returns_form("reason")
def hand_over(reference: str) -> ResponseReturnValue:
    """Give a report to a colleague, with a reason."""
    form = HandOverForm()
    form.officer.choices = officer_choices(list_officers(db.session(), reference, current_actor()))
    return act("hand_over", form, reference, holding.hand_over_report, _("Handed over."))
