"""The short form for what comes by telephone, letter, visit, hand-over or from above (U13)."""

from datetime import UTC, datetime
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.intake.answers import answers_to
from portal.intake.content import Content
from portal.intake.forms.fields import (
    NOT_SURE,
    RegionName,
    Token,
    Urls,
    category_choices,
    narrative_limit,
    office_choices,
    wished_office,
)
from portal.intake.forms.questions import replies_in
from portal.intake.forms.whole import WholeForm
from portal.intake.models import Channel, ContactMode, ReportKind, Stream
from portal.intake.rules import local_date
from portal.intake.service import SubmitReport
from portal.jurisdiction.queries import current_place
from portal.web.forms import (
    Choice,
    Day,
    Email,
    Files,
    LongText,
    Moment,
    Pick,
    ShortText,
    Telephone,
    Tick,
)
from portal.web.labels import label
from portal.web.language import LANGUAGES, current_language

ENTERED = tuple(channel for channel in Channel if channel is not Channel.WEB)
MODES = tuple(ContactMode)


class EntryForm(WholeForm):
    channel = Choice(_l("How did it come?"), required=_l("Choose how it came"))
    received_at = Moment(
        _l("When was it received?"),
        required=_l("Enter when it was received"),
        hint=_l("When the call was taken or the letter arrived. The promised date counts from it."),
    )
    instructed_by = ShortText(
        _l("Who gave the instruction?"),
        hint=_l("For an instruction from above: office and name"),
        max_length=200,
    )
    instructed_on = Day(_l("Date of the instruction"))
    language = Choice(
        _l("Language of the reporter"), choices=[(one.tag, one.name) for one in LANGUAGES]
    )
    category = Pick(_l("What it is about"), default=NOT_SURE)
    narrative = LongText(
        _l("What was said or written"),
        hint=_l("Leave out who the reporter is: names and numbers go into the fields below."),
        max_length=narrative_limit(),
    )
    region = RegionName(
        _l("City or county"), hint=_l("Name or code. Leave it empty if you do not know.")
    )
    place = ShortText(
        _l("Where exactly?"),
        hint=_l("Street, market, stall; for a street seller also the time of day"),
        max_length=500,
    )
    urls = Urls(_l("Addresses on the net"), hint=_l("One on a line. Do not download anything."))
    files = Files(_l("Files"), hint=_l("A scan of the letter, a recording, photos"))
    contact_mode = Choice(_l("How does the reporter want to be treated?"))
    name = ShortText(_l("Name"), max_length=100)
    phone = Telephone(_l("Telephone"), max_length=50)
    email = Email(_l("E-mail"), max_length=200)
    consents = Tick(
        _l("The reporter agrees that name and contact are kept, sealed"),
        hint=_l("Ask, and tick it only after a yes. Without it, enter the report as anonymous."),
    )
    wants_feedback = Tick(_l("Wants to be told the result"), default=True)
    wants_reward = Tick(_l("Wants to ask for the reward, if there is one"))
    wish = Pick(
        _l("Which office does the reporter want to look into it?"),
        hint=_l("Only if they say so. It gets the report where it may deal with the matter."),
    )
    submission_token = Token()

    def __init__(self) -> None:
        here = current_language().tag
        super().__init__(data={"received_at": datetime.now(UTC), "language": here})
        found = (Stream.PATROL.value, label(Stream.PATROL))
        self.channel.choices = [*((one.value, label(one)) for one in ENTERED), found]
        self.contact_mode.choices = [(one.value, label(one)) for one in MODES]
        self.contact_mode.data = self.contact_mode.data or ContactMode.ANONYMOUS.value
        self.category.choices = category_choices(current_place(), here)
        _none, *offices = office_choices(current_place(), here)
        self.wish.choices = [("", gettext("They leave that to us")), *offices]

    def validate(self, extra_validators: object = None) -> bool:
        """Check what depends on several answers at once."""
        good: bool = super().validate(extra_validators)
        good = self.demand_report() and good
        good = self._demand_past() and good
        if self.is_patrol:
            return good
        if self.is_instruction:
            return self._demand_source() and good
        good = self.demand_reporter() and good
        return self._demand_consent() and good

    @property
    def is_instruction(self) -> bool:
        """Whether it comes from above and not from a reporter."""
        return bool(self.channel.data == Channel.INSTRUCTION)

    @property
    def is_patrol(self) -> bool:
        """Whether staff found it themselves: nobody reported it, and nobody is to be told."""
        return bool(self.channel.data == Stream.PATROL)

    def _demand_consent(self) -> bool:
        """Whoever types for somebody else has asked whether a name may be kept."""
        if self.contact_mode.data == ContactMode.ANONYMOUS or self.consents.data:
            return True
        self.consents.errors = [gettext("Ask the reporter whether name and contact may be kept")]
        return False

    def _demand_past(self) -> bool:
        at = self.received_at.data
        if not isinstance(at, datetime) or at <= datetime.now(UTC):
            return True
        self.received_at.errors = [gettext("The time of receipt lies in the future")]
        return False

    def _demand_source(self) -> bool:
        good = True
        if not self.instructed_by.data:
            self.instructed_by.errors = [gettext("Enter who gave the instruction")]
            good = False
        today = local_date(current_place(), datetime.now(UTC))
        if not self.instructed_on.errors and self.instructed_on.data is None:
            self.instructed_on.errors = [gettext("Enter the date of the instruction")]
            good = False
        elif self.instructed_on.data is not None and self.instructed_on.data > today:
            self.instructed_on.errors = [gettext("The date of the instruction lies in the future")]
            good = False
        return good

    def to_command(self, files: tuple[UUID, ...]) -> SubmitReport:
        """The order for the service; instructions and findings have no reporter to protect."""
        from_above, found = self.is_instruction, self.is_patrol
        nobody = from_above or found
        mode = ContactMode.ANONYMOUS if nobody else ContactMode(self.contact_mode.data)
        category = self.chosen
        return SubmitReport(
            token=self.token,
            content=self._content(),
            category=category.code if category else None,
            region=self.region.code,
            contact_mode=mode,
            identity=self.identity(mode),
            consented=bool(self.consents.data) and not nobody,
            language=self.language.data,
            wants_feedback=bool(self.wants_feedback.data) and not found,
            wants_reward=bool(self.wants_reward.data) and not nobody,
            wish=None if nobody else wished_office(self.wish.data, category),
            files=files,
            kind=ReportKind.INSTRUCTION if from_above else ReportKind.TIP,
            stream=Stream.PATROL if found else Stream.REPORTED,
            # Where staff were themselves; the stream says that nobody came to them.
            channel=Channel.VISIT if found else Channel(self.channel.data),
            received_at=self.received_at.data,
        )

    def _content(self) -> Content:
        above = self.is_instruction
        return Content(
            narrative=self.narrative.data,
            place=self.place.data,
            urls=self.urls.addresses,
            instructed_by=self.instructed_by.data if above else "",
            instructed_on=self.instructed_on.data.isoformat() if above else "",
            answers=answers_to(self.chosen, replies_in(self)),
        )
