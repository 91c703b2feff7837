"""The register of works."""

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.kernel.errors import NotFound
from portal.rights_holders.forms.rows import WorkForm, WorkSheetForm
from portal.rights_holders.queries import works as queries
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS, WORK_COLUMNS
from portal.rights_holders.service.works import EnterWorks, enter_works
from portal.rights_holders.sheets import write_workbook
from portal.rights_holders.views.blueprint import FILES_COMPLAINTS, bp
from portal.rights_holders.views.shared import own, own_page, see_other
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.returned import returns_form

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLANK = {"works": WORK_COLUMNS, "complaints": COMPLAINT_COLUMNS}


@bp.get("/<number>/works")
@requires(FILES_COMPLAINTS)
def works(number: str) -> ResponseReturnValue:
    """The works of an organisation."""
    window = requested_window(*queries.LIST_KEY)
    return own_page("works", number, lines=queries.list_works(db.session(), own(number).id, window))


@bp.route("/<number>/works/add", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("title")
def add_work(number: str) -> ResponseReturnValue:
    """Enter one work."""
    return _enter(number, WorkForm(), "add_work")


@bp.route("/<number>/works/sheet", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form()
def work_sheet(number: str) -> ResponseReturnValue:
    """Enter a sheet of works."""
    return _enter(number, WorkSheetForm(), "work_sheet")


def _enter(number: str, form: WorkForm | WorkSheetForm, template: str) -> ResponseReturnValue:
    """Enter what a form has read, and say how much of it was new."""
    own(number)
    if form.validate_on_submit():
        actor = current_actor()
        with kept_for_one_record(form.uploads, network=network(), actor=actor) as files:
            done = enter_works(EnterWorks(number, form.entries, files), actor=actor)
        words = _("Entered: %(new)d. In the register before: %(known)d.")
        flash(words % {"new": done.new, "known": done.known}, "success")
        return see_other(url_for(".works", number=number))
    return own_page(template, number, form)


@bp.get("/<number>/empty/<which>.xlsx")
@requires(FILES_COMPLAINTS)
def empty_sheet(number: str, which: str) -> ResponseReturnValue:
    """An empty sheet with the headings that we know."""
    own(number)
    if which not in BLANK:
        raise NotFound("sheet")
    at = 1 if current_language().tag == "en" else 0
    content = write_workbook([names[at] for names in BLANK[which].values()], [])
    return attachment(content, f"{which}.xlsx", XLSX)


def attachment(content: bytes, name: str, kind: str) -> Response:
    """A file to take along."""
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
