"""What is filled in about tokens for programs."""

from flask_babel import lazy_gettext as _l

from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.service.tokens import IssueToken
from portal.web.forms import Choices, Day, PortalForm, ShortText
from portal.web.labels import choices


class TokenForm(PortalForm):
    """For which program a token is, and what it opens."""

    name = ShortText(
        _l("Which program is it for?"),
        required=_l("Say which program it is for"),
        max_length=100,
        hint=_l("So that you know later which token to end."),
    )
    scopes = Choices(_l("What may the program do?"), required=_l("Choose what it may do"))
    expires_on = Day(
        _l("Last day"), required=_l("Enter the last day"), hint=_l("A year from now at most.")
    )

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.scopes.choices = choices(TokenScope)

    def to_command(self, number: str) -> IssueToken:
        """The order for the service."""
        scopes = tuple(TokenScope(one) for one in self.scopes.data)
        return IssueToken(number, self.name.data, scopes, self.expires_on.data)
