"""The blueprint of the pages for rights-holders."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from portal.access.permissions import Permission
from portal.web.navigation import offer_on_desk

bp = Blueprint("rights", __name__, url_prefix="/rights-holders")
FILES_COMPLAINTS = Permission.FILE_COMPLAINTS
offer_on_desk(bp, "mine", _l("My organisations"), FILES_COMPLAINTS, order=10)
