"""What is filled in about a meeting on a case, and about what it decided."""

from collections.abc import Iterable
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.cases.forms import LONGEST_TITLE
from portal.cases.service.meetings import AddPoint, RecordMeeting
from portal.cases.states import MeetingKind
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.jurisdiction.place import Place
from portal.web.forms import Choice, Day, LongText, Pick, ShortText
from portal.web.labels import choices

Options = Iterable[tuple[str, str]]


class MeetingForm(ActForm):
    """The minutes of a meeting."""

    kind = Choice(_l("What kind of meeting was it?"), required=_l("Choose the kind of meeting"))
    held_on = Day(_l("On which day was it?"), required=_l("Enter the day of the meeting"))
    subject = ShortText(
        _l("What was it about?"), required=_l("Say what it was about"), max_length=LONGEST_TITLE
    )
    present = LongText(
        _l("Who was there?"), required=_l("Say who was there"), max_length=LONGEST_REASON
    )
    minutes = LongText(
        _l("What was said"),
        required=_l("Say what was said"),
        max_length=LONGEST_TEXT,
        hint=_l("What was decided is entered afterwards, each point with who does it by when."),
    )

    def offer(self, _place: Place, _language: str) -> None:
        self.kind.choices = choices(MeetingKind)

    def to_command(self, number: str) -> RecordMeeting:
        said = (self.subject.data, self.present.data, self.minutes.data)
        kind = MeetingKind(self.kind.data)
        return RecordMeeting(number, kind, self.held_on.data, *said, self.seen_version)


class PointForm(ActForm):
    """What was decided, who does it, by which day."""

    owner = Pick(
        _l("Who does it?"),
        required=_l("Choose who does it"),
        hint=_l("An officer of your unit, or a unit that takes part in the case."),
    )
    due_on = Day(_l("By which day"), required=_l("Enter the day by which it is done"))
    text = LongText(_l("What is to be done"), required=_l("Say what is to be done"), max_length=500)

    def of_case(self, officers: Options, units: Options) -> "PointForm":
        """Offer the officers of the unit and the units that take part."""
        named = [(f"unit:{own}", name) for own, name in units]
        self.owner.choices = [("", _("Choose")), *(o for o in officers if o[0]), *named]
        return self

    def to_command(self, number: str, meeting: UUID) -> AddPoint:
        kind, _colon, own = self.owner.data.rpartition(":")
        officer = UUID(own) if kind != "unit" else None
        member = UUID(own) if kind == "unit" else None
        return AddPoint(number, meeting, officer, member, self.due_on.data, self.text.data)
