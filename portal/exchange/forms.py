"""What is filled in about keys of partners, and about the days of an export."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.exchange.service.keys import IssueKey, RevokeKey
from portal.exchange.states import Scope
from portal.jurisdiction.place import Place
from portal.web.forms import Choices, Day, Pick, PortalForm, ShortText
from portal.web.labels import choices


class KeyForm(PortalForm):
    """For whom a key is, and what it opens."""

    name = ShortText(_l("Who gets the key?"), required=_l("Say who gets it"), max_length=200)
    scopes = Choices(_l("What does it open?"), required=_l("Choose what it opens"))
    category = Pick(
        _l("Category of what comes in"),
        required=_l("Choose a category"),
        hint=_l("For XARF, which knows no categories of ours. Open311 names its own."),
    )
    expires_on = Day(
        _l("Last day"), required=_l("Enter the last day"), hint=_l("A year from now at most.")
    )

    def offer(self, place: Place, language: str) -> None:
        """Fill the lists to choose from."""
        self.scopes.choices = choices(Scope)
        listed = [
            (code, one.name.in_(language))
            for code, one in place.categories.items()
            if not one.link_only
        ]
        self.category.choices = [("", _("Choose")), *listed]

    def to_command(self) -> IssueKey:
        scopes = tuple(Scope(one) for one in self.scopes.data)
        return IssueKey(self.name.data, scopes, self.category.data, self.expires_on.data)


class RevokeForm(PortalForm):
    """A button and nothing else."""

    def to_command(self, key_id: UUID) -> RevokeKey:
        return RevokeKey(key_id)


class ExportForm(PortalForm):
    """The days of an export."""

    first = Day(_l("First day"), required=_l("Enter the first day"))
    last = Day(_l("Last day"), required=_l("Enter the last day"))
    form = Pick(_l("As"), choices=[("json", "JSON"), ("csv", "CSV")])
