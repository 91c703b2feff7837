"""What staff fill in about their own interests."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON, ActForm
from portal.casework.service.interests import DeclareInterest, StepAside
from portal.jurisdiction.place import Place
from portal.triage.interests import canonical, is_common
from portal.triage.models import InterestKind
from portal.web.forms import Choice, Day, LongText, PortalForm, ShortText
from portal.web.labels import choices


class DeclareForm(PortalForm):
    """Something too near to whoever fills this in."""

    kind = Choice(_l("What is it?"), required=_l("Choose what it is"))
    value = ShortText(
        _l("The name, address, telephone number or unit"),
        required=_l("Enter it as people would write it"),
        max_length=120,
        hint=_l("Of a unit: its full name or its code"),
    )
    reason = LongText(
        _l("Why, for yourself"),
        max_length=LONGEST_REASON,
        hint=_l("Only you can read this."),
    )
    ends_on = Day(_l("Until when, if you know"))

    def offer(self, place: Place) -> "DeclareForm":
        """Offer the kinds."""
        self._place = place
        self.kind.choices = choices(InterestKind)
        return self

    def validate_value(self, field: ShortText) -> None:
        """It has to be one of its kind, or it would never be found."""
        if self.kind.data not in set(InterestKind) or not field.data:
            return
        kind = InterestKind(self.kind.data)
        value = canonical(kind, self._value)
        if value is None:
            raise StopValidation(_("This is not one, or nothing to recognise it by"))
        if is_common(self._place, kind, value):
            raise StopValidation(_("Many reports have this word: enter the whole name"))

    @property
    def _value(self) -> str:
        """What was typed; of a unit its code."""
        typed = str(self.value.data or "")
        if self.kind.data != InterestKind.UNIT or typed in self._place.departments:
            return typed
        units = self._place.departments.values()
        found = [unit.code for unit in units if typed in (unit.name.zh, unit.name.en)]
        return found[0] if len(found) == 1 else ""

    def to_command(self) -> DeclareInterest:
        kind = InterestKind(self.kind.data)
        return DeclareInterest(kind, self._value, self.reason.data or "", self.ends_on.data)


class StepAsideForm(ActForm):
    """Stepping aside asks nothing."""

    def to_command(self, reference: str) -> StepAside:
        return StepAside(reference)
