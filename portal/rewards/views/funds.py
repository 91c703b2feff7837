"""Funds at the desk: what they hold, their statement by period, and giving them money."""

from datetime import date

from flask import Response, flash, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.evidence.names import inert_headers
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.rewards.forms import BudgetForm, OpenFundForm, PeriodForm
from portal.rewards.ledger import queries, service
from portal.rewards.sheets import rows_of, statement_pdf
from portal.rewards.views.blueprint import bp, page
from portal.rewards.words import ACTS
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


def period() -> tuple[date, date]:
    """The days that the address asks for; the present year where it asks for none."""
    form = PeriodForm(request.args)
    form.validate()
    return queries.period_of(form.first.data, form.last.data)


@bp.get("/funds")
@requires(Permission.READ_FUNDS)
def funds() -> ResponseReturnValue:
    """The funds of the reader's region."""
    window = requested_window(*queries.FUND_KEY)
    lines = queries.list_funds(db.session(), current_actor(), window)
    return page("funds", lines=lines, may_keep=may(current_actor(), Permission.KEEP_FUNDS))


@bp.route("/funds/open", methods=["GET", "POST"])
@requires(Permission.KEEP_FUNDS)
@returns_form()
def open_fund() -> ResponseReturnValue:
    """Open a fund."""
    form = OpenFundForm()
    form.offer_currencies(one.currency for one in current_place().schemes.values())
    if form.validate_on_submit():
        service.open_fund(form.to_command(), actor=current_actor())
        flash(_("The fund is open."), "success")
        return redirect(url_for("rewards.fund", code=form.code.data), 303)
    return page("fund_act", status=form.http_status, form=form, words=ACTS["open_fund"], fund=None)


@bp.get("/funds/<code>")
@requires(Permission.READ_FUNDS)
def fund(code: str) -> ResponseReturnValue:
    """The statement of a fund for a period, and its movements."""
    session, actor, (first, last) = db.session(), current_actor(), period()
    statement = queries.get_statement(session, code, actor, first, last)
    window = requested_window(*queries.MOVEMENT_KEY)
    lines = queries.list_movements(session, code, actor, (first, last), window)
    form = PeriodForm(data={"first": first, "last": last})
    reads, keeps = Permission.READ_AWARDS, Permission.KEEP_FUNDS
    told = {"reads_awards": may(actor, reads), "may_keep": may(actor, keeps)}
    return page("fund", statement=statement, lines=lines, form=form, **told)


@bp.route("/funds/<code>/move", methods=["GET", "POST"])
@requires(Permission.KEEP_FUNDS)
@returns_form()
def move_budget(code: str) -> ResponseReturnValue:
    """Give a fund money for a year, or take back."""
    found = queries.get_fund(db.session(), code, current_actor())
    form = BudgetForm().of_fund(found.currency)
    if form.validate_on_submit():
        service.move_budget(form.to_command(code), actor=current_actor())
        flash(_("The movement is in the ledger."), "success")
        return redirect(url_for("rewards.fund", code=code), 303)
    words = ACTS["move_budget"]
    return page("fund_act", status=form.http_status, form=form, words=words, fund=found)


@bp.post("/funds/<code>/sheet")
@requires(Permission.READ_FUNDS)
def sheet(code: str) -> ResponseReturnValue:
    """The movements of a period as a sheet; who took it is on the trail."""
    first, last = period()
    order = service.TakeStatement(code, first, last, "csv")
    service.take_statement(order, actor=current_actor())
    rows = rows_of(queries.sheet_of(db.session(), code, current_actor(), first, last))
    headers = inert_headers("text/csv; charset=utf-8", f"{code}-{first}-{last}.csv")
    return Response(stream_with_context(rows), headers=headers)


@bp.post("/funds/<code>/pdf")
@requires(Permission.READ_FUNDS)
def pdf(code: str) -> ResponseReturnValue:
    """The statement of a period as PDF; who took it is on the trail."""
    first, last = period()
    order = service.TakeStatement(code, first, last, "pdf")
    service.take_statement(order, actor=current_actor())
    found = queries.get_statement(db.session(), code, current_actor(), first, last)
    made = statement_pdf(found, current_language().tag)
    headers = inert_headers("application/pdf", f"{code}-{first}-{last}.pdf")
    return Response(made, headers=headers)
