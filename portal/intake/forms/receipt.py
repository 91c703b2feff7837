"""Typing back the end of the code."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.intake.receipts import ConfirmReceipt
from portal.web.forms import PortalForm, ShortText


class ConfirmForm(PortalForm):
    last_four = ShortText(
        _l("The last four symbols of the code"),
        required=_l("Type the last four symbols of the code"),
        hint=_l("Then you know that you have kept it right."),
        max_length=20,
    )

    def to_command(self, token: bytes) -> ConfirmReceipt:
        """The order for the service."""
        return ConfirmReceipt(token, self.last_four.data)

    def refuse(self) -> None:
        """Say that the symbols are others."""
        self.last_four.errors = [gettext("These are not the last four symbols. Look again.")]
