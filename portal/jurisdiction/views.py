"""The place on the desk: the directory of outside bodies."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.access.guard import requires
from portal.access.permissions import Permission
from portal.jurisdiction.directory import list_partners
from portal.jurisdiction.forms import PartnersForm
from portal.jurisdiction.queries import current_place, unit_name
from portal.web.language import current_language
from portal.web.navigation import offer_on_desk
from portal.web.pagination import requested_window

bp = Blueprint("place", __name__, url_prefix="/desk/place")
offer_on_desk(bp, "partners", _l("Partner bodies"), Permission.READ_REPORTS, order=700)


@bp.app_template_global("name_of_unit")
def name_of_unit(code: str | None) -> str:
    """The name of a unit by its code, in the language of the page; a dash for none."""
    return unit_name(code, current_language().tag) if code else "–"


@bp.app_template_global("name_of_region")
def name_of_region(code: str | None) -> str:
    """The whole name of a region by its code; the code itself where the place has none of it."""
    place = current_place()
    if code is None or code not in place.regions:
        return code or "–"
    return place.region_name(code, current_language().tag)


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
