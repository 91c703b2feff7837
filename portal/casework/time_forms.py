"""What is filled in about time: an extension, a reason to stand still."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON, ActForm, ReasonForm
from portal.casework.service.timekeeping import ExtendTime, RunOn, StandStill
from portal.jurisdiction.place import DayUnit, Place, ReasonKind, Stage, Suspension
from portal.web.forms import Choice, LongText, Number
from portal.web.labels import label


class ExtendForm(ActForm):
    """More time for one stage."""

    stage = Choice(_l("Which stage needs more time?"), required=_l("Choose a stage"))
    days = Number(_l("How many days more?"), required=_l("Enter how many days more"))
    reason = LongText(
        _l("Why is more time needed?"),
        required=_l("Say why more time is needed"),
        max_length=LONGEST_REASON,
        hint=_l("The reporter reads this, with the new date beside the one that was promised."),
    )

    def offer_stages(self, extensions: Sequence[tuple[Stage, int, DayUnit]]) -> "ExtendForm":
        """Offer the stages that may be given more time, each with how much."""
        self._most = {stage.value: most for stage, most, _unit in extensions}
        self.stage.choices = [
            (stage.value, _extension_words(stage, most, unit)) for stage, most, unit in extensions
        ]
        return self

    def validate_days(self, field: Number) -> None:
        """No more days than the rule of the stage allows."""
        most = self._most.get(self.stage.data or "")
        if most is not None and not 1 <= field.data <= most:
            raise StopValidation(_("Enter a number of days from 1 to %(most)d", most=most))

    def to_command(self, reference: str) -> ExtendTime:
        stage = Stage(self.stage.data)
        return ExtendTime(reference, stage, self.days.data, self.reason.data, self.seen_version)


def _extension_words(stage: Stage, most: int, unit: DayUnit) -> str:
    if unit is DayUnit.WORKING:
        words = _("%(stage)s: at most %(days)d working days", stage=label(stage), days=most)
    else:
        words = _("%(stage)s: at most %(days)d calendar days", stage=label(stage), days=most)
    return str(words)


class StandStillForm(ReasonForm):
    """Why the clocks stand still."""

    kind = ReasonKind.PAUSE

    def offer(self, place: Place, language: str) -> None:
        """Offer every reason but waiting for the reporter, who is asked something for that."""
        super().offer(place, language)
        asked = Suspension.REPORTER.reason
        self.reason.choices = [one for one in self.reason.choices if one[0] != asked]

    def to_command(self, reference: str) -> StandStill:
        return StandStill(reference, self.reason.data, self.text.data or "", self.seen_version)


class RunOnForm(ActForm):
    """Letting the clocks run on asks nothing."""

    def to_command(self, reference: str) -> RunOn:
        return RunOn(reference, self.seen_version)
