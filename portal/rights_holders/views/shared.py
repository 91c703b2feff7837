"""What the pages of rights-holders share."""

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.rights_holders.models import Organisation
from portal.rights_holders.queries.own import get_own, get_own_page
from portal.rights_holders.words import ENCODINGS, problem_words
from portal.web.forms import PortalForm
from portal.web.language import current_language


def page(template: str, form: PortalForm | None = None, **context: object) -> ResponseReturnValue:
    """A page of the stage: 422 if its form was sent and refused, with what was typed."""
    shown = {
        "place": current_place(),
        "language": current_language().tag,
        "problem_words": problem_words,
        "encodings": ENCODINGS,
        **({} if form is None else {"form": form}),
        **context,
    }
    status = form.http_status if form is not None else 200
    return render_template(f"rights_holders/{template}.html", **shown), status


def own_page(
    template: str, number: str, form: PortalForm | None = None, **context: object
) -> ResponseReturnValue:
    """A page of one organisation, for its own people."""
    organisation = get_own_page(db.session(), number, current_actor())
    return page(template, form, own=organisation, **context)


def own(number: str) -> Organisation:
    """The organisation that an address names, if the reader acts for it."""
    organisation, _membership = get_own(db.session(), number, current_actor())
    return organisation


def see_other(address: str) -> ResponseReturnValue:
    """Lead to a page after something was done."""
    return redirect(address, code=303)
