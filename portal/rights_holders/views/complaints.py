"""Complaints one by one: listed, typed, mended, withdrawn, taken along."""

from collections.abc import Iterator

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.rights_holders.forms.rows import FILTERS, ComplaintForm, FilterForm, read_filters
from portal.rights_holders.queries import complaints as queries
from portal.rights_holders.queries.complaints import ComplaintLine
from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.service import complaints as service
from portal.rights_holders.service.erasure import withdraw_complaint
from portal.rights_holders.sheets import write_csv, write_workbook
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own, own_page, see_other
from portal.rights_holders.views.works import XLSX, attachment
from portal.rights_holders.words import column_name, problem_words
from portal.web.labels import label
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form


@bp.get("/<number>/complaints")
@requires(FILES_COMPLAINTS)
def complaints(number: str) -> ResponseReturnValue:
    """What an organisation filed: by state, by age, by work, by target."""
    filters = read_filters(request.args)
    window = requested_window(*queries.LIST_KEY)
    lines = queries.list_complaints(db.session(), own(number), window, filters)
    form = FilterForm(formdata=request.args)
    asked = {name: request.args[name] for name in FILTERS if name in request.args}
    return own_page("complaints", number, None, lines=lines, filters=form, asked=asked)


@bp.get("/<number>/complaints.<kind>")
@requires(FILES_COMPLAINTS)
def export(number: str, kind: str) -> ResponseReturnValue:
    """The same as a file; the rows that wait can be mended in it and sent back."""
    if kind not in {"csv", "xlsx"}:
        raise NotFound("complaint")
    found = queries.every_complaint(db.session(), own(number), read_filters(request.args))
    heads = [column_name(column) for column in COMPLAINT_COLUMNS]
    heads += [_("State"), _("Reference"), _("Stage"), _("Decided by"), _("Result"), _("Wrong")]
    rows = (list(_cells(line)) for line in found)
    if kind == "csv":
        return attachment(write_csv(heads, rows), "complaints.csv", "text/csv")
    return attachment(write_workbook(heads, rows), "complaints.xlsx", XLSX)


def _cells(line: ComplaintLine) -> Iterator[str]:
    for column in COMPLAINT_COLUMNS:
        number = column is ComplaintField.NUMBER
        yield str(line.number) if number else line.cells.get(column, "")
    yield label(line.state)
    yield line.reference or ""
    yield label(line.stage) if line.stage else ""
    yield line.promised_on.isoformat() if line.promised_on else ""
    yield line.outcome.to_reporter.in_(current_language().tag) if line.outcome else ""
    yield "; ".join(problem_words(problem) for problem in line.problems)


@bp.route("/<number>/complaints/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("facts")
def complain(number: str) -> ResponseReturnValue:
    """File one complaint."""
    form, _own = ComplaintForm(), own(number)
    form.offer(current_place())
    if form.validate_on_submit():
        actor = current_actor()
        with kept_for_one_record(form.uploads, network=network(), actor=actor) as files:
            made = service.file_complaint_now(form.to_command(number, files), actor=actor)
        return see_other(url_for(".complaint", number=number, complaint=made))
    return own_page("complain", number, form, line=None)


@bp.get("/<number>/complaints/<int:complaint>")
@requires(FILES_COMPLAINTS)
def complaint(number: str, complaint: int) -> ResponseReturnValue:
    """One complaint: where it is, what is missing, what became of it."""
    found = own(number)
    line = queries.get_complaint(db.session(), found, complaint)
    files = queries.list_own_files(db.session(), found, complaint)
    return own_page("complaint", number, line=line, files=files)


@bp.route("/<number>/complaints/<int:complaint>/mend", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("facts")
def mend(number: str, complaint: int) -> ResponseReturnValue:
    """Say what is missing, or put right what is wrong."""
    found = own(number)
    line = queries.get_complaint(db.session(), found, complaint)
    sent = queries.list_own_files(db.session(), found, complaint)
    form = ComplaintForm(already=[one.size for one in sent])
    form.offer(current_place())
    form.show(line, current_place())
    if form.validate_on_submit():
        actor = current_actor()
        with kept_for_one_record(form.uploads, network=network(), actor=actor) as files:
            service.mend_complaint(form.to_mending(number, complaint, files), actor=actor)
        return see_other(url_for(".complaint", number=number, complaint=complaint))
    form.see(line.version)
    return own_page("complain", number, form, line=line)


@bp.get("/<number>/complaints/<int:complaint>/withdraw")
@requires(FILES_COMPLAINTS)
def ask_withdraw(number: str, complaint: int) -> ResponseReturnValue:
    """Ask once before a complaint is taken back."""
    line = queries.get_complaint(db.session(), own(number), complaint)
    return own_page("withdraw", number, line=line)


@bp.post("/<number>/complaints/<int:complaint>/withdraw")
@requires(FILES_COMPLAINTS)
def withdraw(number: str, complaint: int) -> ResponseReturnValue:
    """Take back a complaint that was not filed."""
    withdraw_complaint(number, complaint, actor=current_actor())
    flash(_("The complaint is withdrawn. What you typed is erased."), "success")
    return see_other(url_for(".complaint", number=number, complaint=complaint))
