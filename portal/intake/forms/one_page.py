"""The whole report on one page, for slow lines, text browsers and those who know the form."""

from flask_babel import lazy_gettext as _l

from portal.intake.addresses import can_be_written_to
from portal.intake.answers import answers_to
from portal.intake.content import Content
from portal.intake.forms.fields import (
    CONTACT_CHOICES,
    NOT_SURE,
    WHAT_BECOMES_OF_IT,
    WHAT_LETTERS_SAY,
    WHICH_OFFICE,
    WRITE_TO_ME,
    Honeypot,
    Proof,
    RegionName,
    Token,
    Urls,
    category_choices,
    demand_usable,
    narrative_limit,
    network,
    office_choices,
    wished_office,
)
from portal.intake.forms.questions import replies_in
from portal.intake.forms.whole import WholeForm
from portal.intake.models import ContactMode
from portal.intake.service import SubmitReport
from portal.jurisdiction.queries import current_place
from portal.web.forms import (
    Choice,
    Email,
    Files,
    LongText,
    Pick,
    ShortText,
    Telephone,
    Tick,
)
from portal.web.language import current_language


class OnePageForm(WholeForm):
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
    wants_mail = Tick(WRITE_TO_ME, hint=WHAT_LETTERS_SAY)
    wish = Pick(WHICH_OFFICE, hint=WHAT_BECOMES_OF_IT)
    website = Honeypot()
    proof = Proof()
    submission_token = Token()

    def __init__(self) -> None:
        super().__init__()
        if not can_be_written_to():
            del self.wants_mail
        place, language = current_place(), current_language().tag
        self.category.choices = category_choices(place, language)
        self.wish.choices = office_choices(place, language)

    def validate(self, extra_validators: object = None) -> bool:
        """Check what depends on several answers at once."""
        good = super().validate(extra_validators)
        good = self.demand_report() and good
        wished = self.wants_mail if "wants_mail" in self else None
        good = demand_usable(wished, self.email.data) and good
        return self.demand_reporter() and good

    def to_command(self) -> SubmitReport:
        """The order for the service."""
        category, mode = self.chosen, ContactMode(self.contact_mode.data)
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
            identity=self.identity(mode),
            language=current_language().tag,
            wants_feedback=bool(self.wants_feedback.data),
            wants_reward=bool(self.wants_reward.data),
            wants_mail="wants_mail" in self and bool(self.wants_mail.data),
            uploads=self.uploads,
            network=network(),
            proof=self.proof.data or "",
            wish=wished_office(self.wish.data, category),
        )
