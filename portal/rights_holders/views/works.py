"""The register of works."""

from uuid import UUID

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.guard import current_actor, requires
from portal.evidence.handing import hand_out
from portal.infra.database import db
from portal.intake.forms.fields import network
from portal.intake.uploads import kept_for_one_record
from portal.kernel.errors import NotFound
from portal.rights_holders.forms.rows import ChangeWorkForm, WorkForm, WorkSheetForm
from portal.rights_holders.queries import works as queries
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS, WORK_COLUMNS
from portal.rights_holders.service.works import (
    EnterWorks,
    change_work,
    enter_works,
    open_own_proof,
)
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


@bp.get("/<number>/works/<int:work>")
@requires(FILES_COMPLAINTS)
def work(number: str, work: int) -> ResponseReturnValue:
    """One work: its proof, its complaints, and what the register said before."""
    return own_page("work", number, page=queries.get_work_page(db.session(), own(number), work))


@bp.route("/<number>/works/<int:work>/change", methods=["GET", "POST"])
@requires(FILES_COMPLAINTS)
@returns_form("title")
def change(number: str, work: int) -> ResponseReturnValue:
    """Put a work right."""
    form, found = ChangeWorkForm(), own(number)
    form.show(queries.get_work_page(db.session(), found, work))
    if form.validate_on_submit():
        actor = current_actor()
        with kept_for_one_record(form.uploads, network=network(), actor=actor) as files:
            change_work(form.to_command(number, work, files), actor=actor)
        flash(_("The work is changed. What it was before is kept."), "success")
        return see_other(url_for(".work", number=number, work=work))
    return own_page("add_work", number, form, work=work)


@bp.get("/<number>/works/<int:work>/files/<uuid:file>")
@requires(FILES_COMPLAINTS)
def work_proof(number: str, work: int, file: UUID) -> ResponseReturnValue:
    """A proof of a work, opened again by those who handed it in."""
    return hand_out(open_own_proof(number, work, file, actor=current_actor()), file, "original")


@bp.get("/<number>/files/<uuid:file>")
@requires(FILES_COMPLAINTS)
def own_proof(number: str, file: UUID) -> ResponseReturnValue:
    """A proof of the organisation, opened again by those who handed it in."""
    return hand_out(open_own_proof(number, None, file, actor=current_actor()), file, "original")


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
    return own_page(template, number, form, work=None)


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
