"""Forms of the public page of the trail."""

import re
from typing import Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.validators import StopValidation

from portal.web.forms import Number, PortalForm, ShortText

LAST_POSITION: Final = 2**53
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class IsHash:
    """Refuses what is not a SHA-256 as it is printed; spaces and capitals are forgiven."""

    def __call__(self, _form: Form, field: Field) -> None:
        field.data = "".join((field.data or "").split()).lower()
        if not _HASH.fullmatch(field.data):
            raise StopValidation(gettext("The hash has 64 digits from 0 to 9 and a to f"))


class IsPosition:
    """Refuses a number that no entry can have."""

    def __call__(self, _form: Form, field: Field) -> None:
        if field.data is not None and not 1 <= field.data <= LAST_POSITION:
            raise StopValidation(gettext("The position is a whole number from 1 on"))


class ProofForm(PortalForm):
    position = Number(
        _l("Position"),
        required=_l("Enter the position from the receipt"),
        validators=[IsPosition()],
    )
    entry_hash = ShortText(
        _l("Hash"),
        required=_l("Enter the hash from the receipt"),
        max_length=200,
        validators=[IsHash()],
    )
