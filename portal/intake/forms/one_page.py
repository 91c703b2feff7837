"""The whole report on one page, for slow lines, text browsers and those who know the form."""

from flask_babel import lazy_gettext as _l

from portal.evidence.service import IncomingFile
from portal.intake.answers import answers_to
from portal.intake.content import Content
from portal.intake.forms.fields import (
    CONTACT_CHOICES,
    NOT_SURE,
    Honeypot,
    RegionName,
    Token,
    Urls,
    category_choices,
    chosen_category,
    demand_contact,
    demand_files_allowed,
    demand_good_files,
    demand_mode,
    demand_story,
    identity_of,
    narrative_limit,
    network,
    read_token,
)
from portal.intake.forms.questions import replies_in
from portal.intake.models import ContactMode
from portal.intake.service import SubmitReport
from portal.jurisdiction.queries import current_place
from portal.web.forms import (
    Choice,
    Email,
    Files,
    LongText,
    Pick,
    PortalForm,
    ShortText,
    Telephone,
    Tick,
)
from portal.web.language import current_language


class OnePageForm(PortalForm):
    category = Pick(_l("What is it about?"), default=NOT_SURE)
    narrative = LongText(
        _l("What happened?"),
        hint=_l("What is sold or shown, by whom, since when, how you know. Leave out who you are."),
        max_length=narrative_limit(),
    )
    place = ShortText(
        _l("Where exactly?"),
        hint=_l("Street, market, stall; for a street seller also the time of day"),
        max_length=500,
    )
    region = RegionName(
        _l("City or county"), hint=_l("Name or code. Leave it empty if you do not know.")
    )
    urls = Urls(_l("Addresses on the net"), hint=_l("One on a line. Do not download anything."))
    files = Files(_l("Photos or other files"))
    contact_mode = Choice(
        _l("Who are you?"), choices=CONTACT_CHOICES, default=ContactMode.ANONYMOUS
    )
    name = ShortText(_l("Name"), max_length=100)
    phone = Telephone(_l("Telephone"), max_length=50)
    email = Email(_l("E-mail"), max_length=200)
    wants_feedback = Tick(_l("I want to be told the result"), default=True)
    wants_reward = Tick(_l("I want to ask for the reward, if there is one"))
    website = Honeypot()
    submission_token = Token()

    def __init__(self) -> None:
        super().__init__()
        self.category.choices = category_choices(current_place(), current_language().tag)

    def validate(self, extra_validators: object = None) -> bool:
        """Check what depends on several answers at once."""
        good = super().validate(extra_validators)
        ways = (self.phone, self.email)
        category = chosen_category(self.category.data)
        good = demand_story(self.narrative, category, self.urls.addresses) and good
        good = demand_mode(self.contact_mode, category) and good
        good = demand_contact(self.contact_mode.data, self.name, ways) and good
        good = demand_good_files(self.files) and good
        return demand_files_allowed(self.files, category) and good

    @property
    def token(self) -> bytes:
        """The submission token, 16 bytes."""
        return read_token(self.submission_token.data or "") or b""

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())

    def to_command(self) -> SubmitReport:
        """The order for the service."""
        category = chosen_category(self.category.data)
        mode = ContactMode(self.contact_mode.data)
        return SubmitReport(
            token=self.token,
            content=Content(
                narrative=self.narrative.data,
                place=self.place.data,
                urls=self.urls.addresses,
                answers=answers_to(category, replies_in(self)),
            ),
            category=category.code if category else None,
            region=self.region.code,
            contact_mode=mode,
            identity=identity_of(mode, self.name.data, self.phone.data, self.email.data),
            language=current_language().tag,
            wants_feedback=bool(self.wants_feedback.data),
            wants_reward=bool(self.wants_reward.data),
            uploads=self.uploads,
            network=network(),
        )
