"""The blueprint of addresses and notices to hosts, and what its pages share."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import current_actor
from portal.access.permissions import Permission
from portal.cases.queries.page import get_facts
from portal.casework.forms import ActForm
from portal.hosts.forms import PressForm
from portal.hosts.queries.notices import demand_notice
from portal.hosts.words import ACTS
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import MoveRefused
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.returned import comes_back

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


def asked(form: ActForm, number: str, act: str, notice: int | None = None) -> ResponseReturnValue:
    """The page of an act: the form as it is, with the version that the reader sees now."""
    if notice is not None:
        demand_notice(db.session(), number, notice, current_actor())
    facts = get_facts(db.session(), number, current_actor())
    if not form.is_submitted() or comes_back():
        form.seen.data = str(facts.version)
    return page("act", status=form.http_status, form=form, facts=facts, words=ACTS[act])


def done(number: str, words: object) -> ResponseReturnValue:
    """Say what was done and go back to the addresses of the case."""
    flash(str(words), "success")
    return redirect(url_for("hosts.online", number=number), 303)
