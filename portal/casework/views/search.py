"""Searching; what is looked for travels in the body of a request and never in its address."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission
from portal.casework.filter_forms import SearchForm
from portal.casework.queries.board import viewpoint
from portal.casework.queries.dossier import is_in_sight
from portal.casework.queries.search import SEARCH_KEY, search_reports
from portal.casework.views.blueprint import bp, page
from portal.infra.database import db
from portal.kernel.page import Window
from portal.web.pagination import decode_cursor


@bp.route("/search", methods=["GET", "POST"])
@requires(Permission.READ_REPORTS)
def search() -> ResponseReturnValue:
    """Ask for words and show what says them; a reference leads to its report."""
    form = SearchForm()
    if not form.validate_on_submit():
        return page("search", status=422 if form.is_submitted() else 200, form=form, lines=None)
    if form.reference and is_in_sight(db.session(), form.reference, current_actor()):
        return redirect(url_for("casework.report", reference=form.reference), 303)
    view = viewpoint(current_actor())
    return page(
        "search",
        form=form,
        lines=search_reports(db.session(), form.q.data, view, _window()),
    )


def _window() -> Window:
    """Where the page before ended; the first page if nothing was sent."""
    cursor = request.form.get("after", "")
    return Window(decode_cursor(cursor, SEARCH_KEY) if cursor else None)
