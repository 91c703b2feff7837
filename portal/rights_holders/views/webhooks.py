"""Addresses of programs that an organisation has called."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.accounts.sign_in import requires_step_up
from portal.infra.database import db
from portal.rights_holders.forms.webhooks import WebhookForm
from portal.rights_holders.queries import webhooks as queries
from portal.rights_holders.service import webhooks as service
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own_page, see_other
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


@bp.get("/<number>/webhooks")
@requires(FILES_COMPLAINTS)
def webhooks(number: str) -> ResponseReturnValue:
    """The addresses that an organisation has called, for its owners."""
    found = queries.list_webhooks(db.session(), number, current_actor())
    return own_page("webhooks", number, webhooks=found)


@bp.route("/<number>/webhooks/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@requires_step_up
@returns_form("url")
def add_webhook(number: str) -> ResponseReturnValue:
    """Have an address called; the page that answers shows its secret, once."""
    form, _own = WebhookForm(), queries.get_led(db.session(), number, current_actor())
    if form.validate_on_submit():
        made = service.add_webhook(form.to_command(number), actor=current_actor())
        return own_page("webhook_secret", number, secret=made.secret)
    return own_page("add_webhook", number, form)


@bp.get("/<number>/webhooks/<int:webhook>")
@requires(FILES_COMPLAINTS)
def webhook(number: str, webhook: int) -> ResponseReturnValue:
    """One address, and the log of what it was told."""
    session, actor = db.session(), current_actor()
    line = queries.get_webhook(session, number, webhook, actor)
    window = requested_window(*queries.MESSAGES_KEY)
    messages = queries.list_messages(session, number, webhook, window, actor)
    return own_page("webhook", number, webhook=line, messages=messages)


@bp.route("/<number>/webhooks/<int:webhook>/secret", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@requires_step_up
def rotate_secret(number: str, webhook: int) -> ResponseReturnValue:
    """Make another secret; the page that answers shows it, once."""
    line = queries.get_webhook(db.session(), number, webhook, current_actor())
    if request.method == "POST":
        secret = service.rotate_secret(number, webhook, actor=current_actor())
        return own_page("webhook_secret", number, secret=secret)
    return own_page("change_secret", number, webhook=line)


@bp.get("/<number>/webhooks/<int:webhook>/end")
@requires(FILES_COMPLAINTS)
def ask_end_webhook(number: str, webhook: int) -> ResponseReturnValue:
    """Ask once before an address is called no more."""
    line = queries.get_webhook(db.session(), number, webhook, current_actor())
    return own_page("end_webhook", number, webhook=line)


@bp.post("/<number>/webhooks/<int:webhook>/end")
@requires(FILES_COMPLAINTS)
def end_webhook(number: str, webhook: int) -> ResponseReturnValue:
    """Call an address no more."""
    service.end_webhook(number, webhook, actor=current_actor())
    flash(_("The address is called no more."), "success")
    return see_other(url_for(".webhooks", number=number))


@bp.post("/<number>/webhooks/<int:webhook>/enable")
@requires(FILES_COMPLAINTS)
def enable_webhook(number: str, webhook: int) -> ResponseReturnValue:
    """Call an address again."""
    service.enable_webhook(number, webhook, actor=current_actor())
    flash(_("The address is called again, in your name."), "success")
    return see_other(url_for(".webhook", number=number, webhook=webhook))


@bp.post("/<number>/webhooks/<int:webhook>/messages/<int:message>/resend")
@requires(FILES_COMPLAINTS)
def resend(number: str, webhook: int, message: int) -> ResponseReturnValue:
    """Tell an address again what it was told."""
    service.resend(number, webhook, message, actor=current_actor())
    flash(_("The message is sent again in a moment."), "success")
    return see_other(url_for(".webhook", number=number, webhook=webhook))
