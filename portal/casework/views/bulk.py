"""Many reports at once: a preview of what will be touched, then the run and what became of it."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.filter_forms import FilterForm
from portal.casework.queries import bulk as queries
from portal.casework.queries.board import viewpoint
from portal.casework.queries.bulk import Picked
from portal.casework.queries.staff import list_holders
from portal.casework.queue_forms import BULK_FORMS, BulkForm, read_picked, write_picked
from portal.casework.queue_words import BULK_ACTS, officer_choices
from portal.casework.service import bulk as service
from portal.casework.states import BulkAct
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.pagination import requested_window
from portal.web.progress import watched


@bp.post("/bulk")
@requires(Permission.READ_REPORTS)
def bulk() -> ResponseReturnValue:
    """What an act would touch of what was picked, and what not; nothing is done yet."""
    act = _act()
    return _preview(_form(act, sent=False), act, _picked())


@bp.post("/bulk/run")
@requires(Permission.READ_REPORTS)
def run_bulk() -> ResponseReturnValue:
    """Do it; a small run is over when the next page comes."""
    act, actor = _act(), current_actor()
    form = _form(act, sent=True)
    if not form.validate_on_submit():
        return _preview(form, act, read_picked([form.picked.data or ""]))
    run_id = service.start_bulk(form.to_command(), actor=actor)
    service.run_at_once(run_id, actor=actor)
    return redirect(url_for(".bulk_run", run_id=run_id), 303)


@bp.get("/bulk/<uuid:run_id>")
@requires(Permission.READ_REPORTS)
def bulk_run(run_id: UUID) -> ResponseReturnValue:
    """How far one's own run is, and what became of each report."""
    session, actor = db.session(), current_actor()
    run = queries.get_run(session, run_id, actor)
    lines = queries.list_run(session, run_id, actor, requested_window(*queries.ROW_KEY))
    shown = page("bulk_run", run=run, lines=lines, words=BULK_ACTS[run.act])
    return watched(shown, running=bool(run.waiting))


@bp.get("/colleagues/<uuid:account_id>/hand-over")
@requires(Permission.ASSIGN_REPORTS)
def hand_over_all(account_id: UUID) -> ResponseReturnValue:
    """Everything that a member of the unit has open, to be handed to somebody else."""
    picked = queries.pick_all_of(db.session(), account_id, current_actor())
    return _preview(
        _form(BulkAct.HAND_OVER, sent=False, leaver=account_id), BulkAct.HAND_OVER, picked
    )


def _act() -> BulkAct:
    """The act that was asked for; refused if there is none of that name."""
    name = request.form.get("act", "")
    if name not in set(BulkAct):
        raise UnprocessableEntity("act")
    return BulkAct(name)


def _form(act: BulkAct, *, sent: bool, leaver: UUID | None = None) -> BulkForm:
    """The form of an act; whoever gives everything away is not among those who get it."""
    form = BULK_FORMS[act](**({} if sent else {"formdata": None}))
    holders = list_holders(db.session(), current_actor().department, current_actor())
    officers = officer_choices([one for one in holders if one.id != leaver])
    form.offer(current_place(), current_language().tag, officers)
    return form


def _picked() -> Sequence[Picked]:
    """What was ticked, or everything that the filter of the list leaves."""
    if not request.form.get("everything"):
        return read_picked(request.form.getlist("picked"))
    given = {name: value for name, value in request.form.items() if name.startswith("filter-")}
    arguments = MultiDict({name.removeprefix("filter-"): value for name, value in given.items()})
    form = FilterForm(arguments).offer(current_place(), current_language().tag)
    if not form.validate():
        raise UnprocessableEntity("filter")
    return queries.pick_all(db.session(), form.to_filter(), viewpoint(current_actor()))


def _preview(form: BulkForm, act: BulkAct, picked: Sequence[Picked]) -> ResponseReturnValue:
    sorted_out = queries.preview(db.session(), act, picked, current_actor())
    failed = form.is_submitted() and bool(form.errors)
    form.act.data = act.value
    form.run.data = form.run.data if failed else str(uuid4())
    form.picked.data = write_picked(
        [Picked(one.reference, one.version) for one in sorted_out.touched]
    )
    status = 422 if failed else 200
    return page("bulk", status=status, form=form, preview=sorted_out, words=BULK_ACTS[act])
