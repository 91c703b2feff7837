"""What staff fill in to keep a filter, and to say what it is used for."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import Options
from portal.casework.models import SavedFilter
from portal.casework.queries.filters import Filter
from portal.casework.queue_forms import closing_reasons
from portal.casework.service.closing_rules import ProposeClosing
from portal.casework.service.saved import ChangeFilter, SaveFilter
from portal.jurisdiction.place import Place
from portal.web.forms import Number, Pick, PortalForm, ShortText, Tick

LARGEST = 100_000
IN_TURN = "in-turn"


class SaveFilterForm(PortalForm):
    """Under which name a filter is kept."""

    name = ShortText(
        _l("Name of the filter"),
        required=_l("Give the filter a name"),
        max_length=60,
        hint=_l("Colleagues may read it: no names of people."),
    )

    def to_command(self, chosen: Filter) -> SaveFilter:
        """The order to keep it."""
        return SaveFilter(self.name.data, chosen)


class ChangeFilterForm(SaveFilterForm):
    """How a filter is used."""

    place = Number(_l("Place in the list"), hint=_l("Small numbers come first"))
    shared = Tick(_l("My unit sees it too"))
    digest = Tick(_l("Tell me the number at fixed hours"))
    alert_over = Number(_l("Tell me when it finds more than"))
    alert_days = Number(_l("Tell me when the oldest waits for more working days than"))
    hand_out = Tick(_l("Hand out what comes to my unit and fits"))
    hand_to = Pick(_l("To whom"))

    def offer(self, saved: SavedFilter, officers: Options, *, leads: bool) -> None:
        """Fill in what is there; who does not lead the unit is not asked about it."""
        self.hand_to.choices = [(IN_TURN, _("Everybody present, in turn")), *officers]
        if not leads:
            del self.shared, self.hand_out, self.hand_to
        if self.is_submitted():
            return
        for name in ("name", "place", "shared", "digest", "alert_over", "alert_days", "hand_out"):
            if name in self:
                self[name].data = getattr(saved, name)
        if "hand_to" in self:
            self.hand_to.data = str(saved.hand_to) if saved.hand_to else IN_TURN

    def validate_place(self, field: Number) -> None:
        _within(field)

    def validate_alert_over(self, field: Number) -> None:
        _within(field)

    def validate_alert_days(self, field: Number) -> None:
        _within(field)

    def to_change(self, filter_id: UUID) -> ChangeFilter:
        """The order to use it so."""
        to = self.hand_to.data if "hand_to" in self else IN_TURN
        return ChangeFilter(
            filter_id,
            self.name.data,
            place=self.place.data or 0,
            shared="shared" in self and bool(self.shared.data),
            digest=bool(self.digest.data),
            alert_over=self.alert_over.data,
            alert_days=self.alert_days.data,
            hand_out="hand_out" in self and bool(self.hand_out.data),
            hand_to=None if to == IN_TURN else UUID(to),
        )


class ClosingRuleForm(PortalForm):
    """With which reason a rule closes."""

    reason = Pick(_l("Reason"), required=_l("Choose a reason"))

    def offer(self, place: Place, language: str) -> None:
        """Offer the reasons for closing at reception."""
        self.reason.choices = [("", _("Choose")), *closing_reasons(place, language)]

    def to_command(self, filter_id: UUID) -> ProposeClosing:
        """The order to propose it."""
        return ProposeClosing(filter_id, self.reason.data)


def _within(field: Number) -> None:
    if field.data is not None and not 0 <= field.data <= LARGEST:
        raise StopValidation(_("Enter a number from 0 to %(most)s", most=LARGEST))
