"""The place on the desk: the directory of outside bodies."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import requires
from portal.access.permissions import Permission
from portal.jurisdiction.directory import list_partners
from portal.jurisdiction.forms import PartnersForm
from portal.jurisdiction.queries import current_place
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

bp = Blueprint("place", __name__, url_prefix="/desk/place")
offer_on_desk(bp, "partners", _l("Partner bodies"), Permission.READ_REPORTS, order=700)


@bp.app_template_global("name_of_unit")
def name_of_unit(code: str | None) -> str:
    """The name of a unit by its code; the code itself where the place has none of it."""
    unit = current_place().departments.get(code or "")
    return unit.name.in_(current_language().tag) if unit else code or "–"


@bp.app_template_global("name_of_region")
def name_of_region(code: str | None) -> str:
    """The whole name of a region by its code; the code itself where the place has none of it."""
    return current_place().region_name(code or "", current_language().tag) or code or "–"


@bp.get("/partners")
@requires(Permission.READ_REPORTS)
def partners() -> ResponseReturnValue:
    """The outside bodies and how each is sent things."""
    language = current_language().tag
    form = PartnersForm(request.args, current_place(), language)
    good = form.validate()
    filters = form.filters() if good else {}
    page = list_partners(requested_window(str), **filters)
    text = render_template(
        "jurisdiction/partners.html", form=form, page=page, filters=filters, language=language
    )
    return text, 200 if good else 422
