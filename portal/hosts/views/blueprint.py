"""The blueprint of addresses and notices to hosts, and what its pages share."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.casework.forms import ActForm
from portal.hosts.forms import PressForm
from portal.hosts.queries.addresses import get_online
from portal.hosts.words import ACTS
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused
from portal.web.errors import typed_text
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

bp = Blueprint("hosts", __name__, url_prefix="/desk")
offer_on_desk(bp, "awaited", _l("Notices to hosts"), Permission.WORK_CASES, order=27)


def page(template: str, *, status: int = 200, **context: object) -> ResponseReturnValue:
    """A page of the stage, with the place and the language that it shows names by."""
    language = current_language().tag
    name = f"hosts/{template}.html"
    return render_template(name, place=current_place(), language=language, **context), status


def sent(form: ActForm) -> bool:
    """Fill the lists of the form; whether it was sent and is right."""
    form.offer(current_place(), current_language().tag)
    return bool(form.validate_on_submit())


def pressed() -> PressForm:
    """A button that was pressed; MoveRefused if its page was too old to be sent."""
    form = PressForm()
    if not sent(form):
        raise MoveRefused("changed-meanwhile", subject="case", state="")
    return form


def asked(
    form: ActForm, number: str, act: str, about: UUID | int | None = None
) -> ResponseReturnValue:
    """The page of an act: the form, with the version that the reader sees now, if it is open.

    What was typed for one that is not is given back.
    """
    shown = get_online(db.session(), number, current_actor())
    said = {"facts": shown.facts, "words": ACTS[act]}
    if not shown.offers(act, about):
        return page("not_open", status=409, typed=typed_text(), **said)
    form.see(shown.facts.version)
    return page("act", status=form.http_status, form=form, **said)


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the addresses of the case."""
    flash(str(words), "success")
    return redirect(url_for("hosts.online", number=number), 303)
