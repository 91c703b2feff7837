"""Filters that people keep, and what they are used for."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.casework.filter_forms import FilterForm
from portal.casework.queries import saved as queries
from portal.casework.queries.staff import list_holders
from portal.casework.queue_words import officer_choices
from portal.casework.rules import leads_reception
from portal.casework.saved_forms import ChangeFilterForm, SaveFilterForm
from portal.casework.service import saved as service
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk

offer_on_desk(bp, "filters", _l("Saved filters"), Permission.READ_REPORTS, order=25)


@bp.get("/filters")
@requires(Permission.READ_REPORTS)
def filters() -> ResponseReturnValue:
    """One's own filters, and those of the unit."""
    session, actor = db.session(), current_actor()
    heads = may(actor, Permission.ASSIGN_REPORTS)
    left = queries.list_left_behind(session, actor) if heads else ()
    saved = queries.list_saved(session, actor)
    return page("filters", saved=saved, own=actor.id, heads=heads, left=left)


@bp.route("/filters/new", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def save_filter() -> ResponseReturnValue:
    """Keep the filter that stands in the URL."""
    asked, form = _asked(), SaveFilterForm()
    if form.validate_on_submit():
        filter_id = service.save_filter(form.to_command(asked.to_filter()), actor=current_actor())
        flash(_("The filter is saved."), "success")
        return redirect(url_for(".change_filter", filter_id=filter_id), 303)
    status = 422 if form.is_submitted() else 200
    return page("filter_new", status=status, form=form, asked=asked.arguments)


@bp.route("/filters/<uuid:filter_id>", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def change_filter(filter_id: UUID) -> ResponseReturnValue:
    """What one of one's own filters is used for."""
    session, actor, form = db.session(), current_actor(), ChangeFilterForm()
    saved = queries.get_saved(session, filter_id, actor)
    officers = officer_choices(list_holders(session, actor.department, actor))
    form.offer(saved, officers, leads=may(actor, Permission.ASSIGN_REPORTS))
    if form.validate_on_submit():
        service.change_filter(form.to_change(filter_id), actor=actor)
        flash(_("The filter is saved."), "success")
        return redirect(url_for(".filters"), 303)
    status = 422 if form.is_submitted() else 200
    return page("filter", status=status, form=form, saved=saved, closes=leads_reception(actor))


@bp.post("/filters/<uuid:filter_id>/delete")
@requires(Permission.READ_REPORTS)
def delete_filter(filter_id: UUID) -> ResponseReturnValue:
    """Forget one of one's own filters."""
    service.delete_filter(filter_id, actor=current_actor())
    flash(_("The filter is deleted."), "success")
    return redirect(url_for(".filters"), 303)


@bp.post("/filters/<uuid:filter_id>/stop-sharing")
@requires(Permission.ASSIGN_REPORTS)
def stop_sharing(filter_id: UUID) -> ResponseReturnValue:
    """Have the unit see a filter no more, whoever shares it."""
    service.stop_sharing(filter_id, actor=current_actor())
    flash(_("The unit does not see this filter any more."), "success")
    return redirect(url_for(".filters"), 303)


def _asked() -> FilterForm:
    """The filter in the URL; refused if it is none."""
    form = FilterForm(request.args).offer(current_place(), current_language().tag)
    if not form.validate():
        raise UnprocessableEntity("filter")
    return form
