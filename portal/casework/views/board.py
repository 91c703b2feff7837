"""Where the desk opens, and the list of reports."""

from collections.abc import Collection

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.casework.filter_forms import FilterForm
from portal.casework.queries import board
from portal.casework.queries.filters import Section, sections_of
from portal.casework.queries.saved import count_views, list_alerts, list_saved
from portal.casework.queue_words import BULK_ACTS, refusal_sentence
from portal.casework.rules import may_bulk
from portal.casework.views.blueprint import bp, page
from portal.casework.words import EMPTY_HEAPS, ActWords
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.page import Page
from portal.web.language import current_language
from portal.web.pagination import requested_window


@bp.get("")
@requires(Permission.USE_DESK)
def desk() -> ResponseReturnValue:
    """The reader's work: heaps with their counts, and one of them open."""
    view = board.viewpoint(current_actor())
    sections = sections_of(view.actor)
    section = _section(request.args.get("section", Section.MINE), sections)
    saved = list_saved(db.session(), view.actor)
    return page(
        "desk",
        board=board.count_board(db.session(), view),
        bound=board.MOST_COUNTED,
        section=section,
        sections=sections,
        lines=board.list_section(db.session(), section, view, requested_window(*board.DUE_KEY)),
        advice=EMPTY_HEAPS[section],
        reads=may(view.actor, Permission.READ_REPORTS),
        alerts=list_alerts(saved, view),
        views=count_views(db.session(), saved, view),
    )


def _section(name: str, offered: Collection[Section]) -> Section:
    """The heap asked for in the URL; refused if the reader has none of that name."""
    if name not in offered:
        raise UnprocessableEntity("section")
    return Section(name)


@bp.get("/reports")
@requires(Permission.READ_REPORTS)
def reports() -> ResponseReturnValue:
    """All reports in scope, narrowed down by what stands in the URL."""
    form = FilterForm(request.args).offer(current_place(), current_language().tag)
    if not form.validate():
        return page("reports", status=422, form=form, lines=Page(()), count=0, views=(), bound=1)
    view, chosen = board.viewpoint(current_actor()), form.to_filter()
    window = requested_window(*board.key_kinds(chosen))
    saved = list_saved(db.session(), view.actor)
    return page(
        "reports",
        form=form,
        lines=board.list_reports(db.session(), chosen, view, window),
        count=board.count_reports(db.session(), chosen, view),
        views=count_views(db.session(), saved, view),
        bound=board.MOST_COUNTED,
    )


@bp.app_template_global("bulk_acts")
def _bulk_acts() -> tuple[tuple[str, ActWords], ...]:
    """What can be done with what is picked on a list, as far as the reader may do it at all."""
    actor = current_actor()
    return tuple((act.value, words) for act, words in BULK_ACTS.items() if may_bulk(act, actor))


@bp.app_template_global("refusal_words")
def _refusal_words(code: str) -> str:
    """Why something was not done, in a sentence."""
    return refusal_sentence(code)


@bp.app_template_global("without")
def _without(arguments: dict[str, str], name: str) -> dict[str, str]:
    """The filters in the URL but one, for the link that takes it away."""
    return {key: value for key, value in arguments.items() if key != name}
