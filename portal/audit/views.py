"""The public page of the trail: its daily roots, and whether an entry stands in it.

Who kept a receipt can compare; who copies the roots down can show later that the trail was
rewritten. The pair of position and hash travels in a POST body only.
"""

from base64 import b64encode

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.access.guard import public
from portal.audit import queries
from portal.audit.checkpoints import public_key
from portal.audit.forms import ProofForm
from portal.infra.database import db

bp = Blueprint("audit", __name__)


def _key_text() -> str:
    raw = public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b64encode(raw).decode()


@bp.route("/trail", methods=["GET", "POST"])
@public
def trail() -> ResponseReturnValue:
    """The roots of the latest days, and the answer to whoever asks for one entry."""
    form, session = ProofForm(), db.session()
    found = None
    if form.validate_on_submit():
        found = queries.is_on_trail(session, form.position.data, form.entry_hash.data)
    roots = queries.daily_roots(session)
    page = render_template("audit/trail.html", form=form, roots=roots, found=found, key=_key_text())
    return page, 422 if form.errors else 200
