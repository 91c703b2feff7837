"""The forms of the steps: each is filled from the draft and gives back answers for it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.evidence.service import IncomingFile
from portal.intake.addresses import can_be_written_to
from portal.intake.answers import answers_to
from portal.intake.content import Content
from portal.intake.draft import Draft, FormStep, Where
from portal.intake.forms.again import DraftForm
from portal.intake.forms.fields import (
    CONTACT_CHOICES,
    MOST_MATCHES,
    NOT_SURE,
    WHAT_BECOMES_OF_IT,
    WHAT_LETTERS_SAY,
    WHICH_OFFICE,
    WRITE_TO_ME,
    Honeypot,
    Proof,
    Urls,
    category_choices,
    chosen_category,
    demand_contact,
    demand_mode,
    demand_story,
    demand_usable,
    good_files,
    how_many_more,
    identity_of,
    narrative_limit,
    network,
    office_choices,
    read_token,
    wished_office,
)
from portal.intake.forms.questions import PREFIX, asking, replies_in
from portal.intake.models import ContactMode
from portal.intake.service import SubmitReport
from portal.jurisdiction.competence import may_ask_for_an_office
from portal.jurisdiction.place import Category
from portal.jurisdiction.queries import current_place, find_meant
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

# Nobody reads eight pages faster than this; a program does (U20).
LEAST_TIME = timedelta(seconds=2)

WHERE_CHOICES = (
    (Where.PLACE, _l("At a place I can name or describe")),
    (Where.ONLINE, _l("On the net: a website, an app, a shop, a chat group")),
    (Where.UNKNOWN, _l("I do not know")),
)


class StepForm(DraftForm):
    """One step: filled from the draft, unless something was sent."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, data=self.kept(draft))

    def kept(self, draft: Draft) -> dict[str, Any]:
        """What the fields hold already."""
        names = type(self).__dict__.keys()
        return {name: getattr(draft, name) for name in names if hasattr(draft, name)}

    def answers(self) -> dict[str, Any]:
        """What goes into the draft."""
        return {field.name: field.data for field in self if hasattr(self.draft, field.name)}

    @property
    def category(self) -> Category | None:
        """The category chosen before; None for "not sure"."""
        return chosen_category(self.draft.category)


class WhatForm(DraftForm):
    step = FormStep.WHAT
    subject = Choice(
        _l("What is it about?"), required=_l("Choose what it is about, or that you are not sure")
    )

    def __init__(self, draft: Draft) -> None:
        answered = FormStep.WHAT in draft.answered
        kept = {"subject": draft.category or NOT_SURE} if answered else None
        super().__init__(draft, data=kept)
        self.subject.choices = category_choices(current_place(), current_language().tag)

    def answered(self, draft: Draft) -> Draft:
        """The draft with the category, or with none for "not sure"."""
        category = chosen_category(self.subject.data)
        asks = category is not None and bool(category.questions)
        return draft.about(category.code if category else "", asks=asks)


class WhereForm(StepForm):
    step = FormStep.WHERE
    where = Choice(
        _l("Where is it?"),
        choices=WHERE_CHOICES,
        required=_l("Choose where it is, or that you do not know"),
    )
    region_typed = ShortText(
        _l("City, county or district"), hint=_l("Its name or its code"), max_length=100
    )
    region = Choice(_l("Which of these is it?"), choices=[], validate_choice=False)
    place = ShortText(
        _l("Where exactly?"),
        hint=_l("Street and number, market, stall. Without an address, describe how to find it."),
        max_length=500,
    )
    when = ShortText(
        _l("At what time of day?"),
        hint=_l("For a street seller, say: weekdays from 6 pm"),
        max_length=200,
    )
    site = ShortText(
        _l("What is it called?"),
        hint=_l("Name of the website, app, shop or group. Addresses come two pages on."),
        max_length=500,
    )

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        language = current_language().tag
        self.meant = find_meant(current_place(), self.region_typed.data or "", MOST_MATCHES)
        self.found = {one.code: one.words.in_(language) for one in self.meant.matches}
        if self.meant.count > 1:
            self.region.choices = list(self.found.items())

    def kept(self, draft: Draft) -> dict[str, Any]:
        """A site is kept where a place would be."""
        online = draft.where is Where.ONLINE
        kept = super().kept(draft)
        return {**kept, "place": "" if online else draft.place, "site": draft.place * online}

    def validate(self, extra_validators: object = None) -> bool:
        """For a place: a region that was found and is the only one, or a description."""
        good: bool = super().validate(extra_validators)
        if self.where.data != Where.PLACE:
            return good
        if not self.region_typed.data:
            return self._demand_description() and good
        if not self.found:
            self.region_typed.errors = [
                gettext("We found no place of that name. Try the county or the city above it.")
            ]
        elif len(self.found) > 1 and self.region.data not in self.found:
            several = gettext("This name fits several places. Choose the one you mean")
            self.region.errors = [how_many_more(self.meant) or several]
        return good and not (self.region_typed.errors or self.region.errors)

    def _demand_description(self) -> bool:
        if self.place.data:
            return True
        self.region_typed.errors = [
            gettext("Enter a city, county or district, or describe the place below")
        ]
        return False

    def answers(self) -> dict[str, Any]:
        """What belongs to the answer chosen; what was typed for another one goes."""
        where = Where(self.where.data)
        empty = {"where": where, "region": None, "region_typed": "", "place": "", "when": ""}
        if where is Where.UNKNOWN:
            return empty
        if where is Where.ONLINE:
            return {**empty, "place": self.site.data}
        region = self.region.data if self.region.data in self.found else next(iter(self.found), "")
        return {
            "where": where,
            "region": (region if self.region_typed.data else "") or None,
            "region_typed": self.region_typed.data,
            "place": self.place.data,
            "when": self.when.data,
        }


class StoryForm(StepForm):
    step = FormStep.STORY
    narrative = LongText(
        _l("In your own words"),
        hint=_l("Who sells or shows what, since when, for how much; how you know."),
        max_length=narrative_limit(),
    )

    def kept(self, draft: Draft) -> dict[str, Any]:
        """The story, and the replies to the questions of the category."""
        replies = {PREFIX + code: reply for code, reply in draft.replies.items()}
        return {"narrative": draft.narrative, **replies}

    def answers(self) -> dict[str, Any]:
        """The story, and what was replied."""
        return {"narrative": self.narrative.data, "replies": replies_in(self)}

    def validate(self, extra_validators: object = None) -> bool:
        """The story may be missing only where addresses will do, and are asked for next."""
        good: bool = super().validate(extra_validators)
        return demand_story(self.narrative, self.category, ("to come",)) and good


def story_form(draft: Draft) -> StoryForm:
    """The story, with the questions of the category; what needs none gets no hint for one."""
    category = chosen_category(draft.category)
    form = asking(StoryForm, category.questions if category else ())(draft)
    if category is not None and category.link_only:
        form.narrative.description = ""
    return form


class AddressesForm(StepForm):
    step = FormStep.ADDRESSES
    urls = Urls(_l("Addresses, one on a line"), hint=_l("Like www.example.com/page"))

    def kept(self, draft: Draft) -> dict[str, Any]:
        """The addresses, a line each."""
        return {"urls": "\n".join(draft.urls)}

    def validate(self, extra_validators: object = None) -> bool:
        """Where there is no story there is an address."""
        good: bool = super().validate(extra_validators)
        if good and not self.draft.narrative and not self.urls.addresses:
            self.urls.errors = [gettext("Enter an address, or go back and write what happened")]
            return False
        return good

    def answers(self) -> dict[str, Any]:
        """The addresses, without doubles."""
        return {"urls": self.urls.addresses}


class FilesForm(DraftForm):
    step = FormStep.FILES
    files = Files(_l("Choose files"))

    def __init__(self, draft: Draft, sizes: tuple[int, ...] = ()) -> None:
        super().__init__(draft)
        self.sizes = sizes
        self.good: tuple[IncomingFile, ...] = ()
        category = chosen_category(draft.category)
        if category is not None and category.link_only:
            del self.files

    def validate(self, extra_validators: object = None) -> bool:
        """Say of each file that cannot be taken what is wrong with it; the others are `good`."""
        if not super().validate(extra_validators):
            return False
        if "files" in self:
            self.good = good_files(self.files, self.sizes)
        return not self.errors


class WhoForm(StepForm):
    step = FormStep.WHO
    contact_mode = Choice(
        _l("Who are you?"), choices=CONTACT_CHOICES, required=_l("Choose how you want to report")
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Some categories need a name."""
        good: bool = super().validate(extra_validators)
        return demand_mode(self.contact_mode, self.category) and good

    def answers(self) -> dict[str, Any]:
        """The choice."""
        return {"contact_mode": ContactMode(self.contact_mode.data)}


class ContactForm(StepForm):
    step = FormStep.CONTACT
    name = ShortText(_l("Name"), max_length=100)
    phone = Telephone(_l("Telephone"), max_length=50)
    email = Email(_l("E-mail"), max_length=200)

    def validate(self, extra_validators: object = None) -> bool:
        """A name and one way to be reached."""
        good: bool = super().validate(extra_validators)
        ways = (self.phone, self.email)
        return demand_contact(self.draft.contact_mode, self.name, ways) and good


class WishesForm(StepForm):
    step = FormStep.WISHES
    wants_feedback = Tick(_l("I want to be told the result"))
    wants_reward = Tick(_l("I want to ask for the reward, if there is one"))
    wants_mail = Tick(WRITE_TO_ME, hint=WHAT_LETTERS_SAY)
    wish = Pick(WHICH_OFFICE, hint=WHAT_BECOMES_OF_IT)

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.wish.choices = office_choices(current_place(), current_language().tag)
        if not may_ask_for_an_office(self.category):
            del self.wish
        if not draft.email or not can_be_written_to():
            del self.wants_mail
        if self.category is not None and not self.category.reward_allowed:
            del self.wants_reward

    def answers(self) -> dict[str, Any]:
        """All wishes; one that is not on offer is not wished."""
        return {"wants_reward": False, "wants_mail": False, "wish": "", **super().answers()}

    def validate(self, extra_validators: object = None) -> bool:
        """Letters need an address that can be used."""
        good: bool = super().validate(extra_validators)
        wished = self.wants_mail if "wants_mail" in self else None
        return demand_usable(wished, self.draft.email) and good


class SendForm(DraftForm):
    """The last press of the button."""

    step = FormStep.CHECK
    website = Honeypot()
    proof = Proof()

    def typed(self) -> dict[str, list[str]]:
        """Nothing: what a program wrote is not written for it again."""
        return {}

    def in_good_time(self, now: datetime) -> bool:
        """Whether a person can have come this far since the draft was begun."""
        if now - self.draft.started_at >= LEAST_TIME:
            return True
        self.form_errors.append(
            gettext(
                "That was faster than anybody reads. Please look at your answers once more, "
                "then send them."
            )
        )
        return False


def command_of(draft: Draft, proof: str = "") -> SubmitReport:
    """The order that a complete draft amounts to; `proof` is what a flood asks for."""
    mode = draft.contact_mode or ContactMode.ANONYMOUS
    return SubmitReport(
        token=read_token(draft.token) or b"",
        content=Content(
            narrative=draft.narrative,
            place=draft.place,
            when=draft.when,
            urls=draft.urls,
            answers=answers_to(chosen_category(draft.category), draft.replies),
        ),
        category=draft.category or None,
        region=draft.region,
        contact_mode=mode,
        identity=identity_of(mode, draft.name, draft.phone, draft.email),
        language=current_language().tag,
        wants_feedback=draft.wants_feedback,
        wants_reward=draft.wants_reward,
        wants_mail=draft.wants_mail,
        files=draft.file_ids,
        network=network(),
        follows=UUID(draft.follows) if draft.follows else None,
        proof=proof,
        wish=wished_office(draft.wish, chosen_category(draft.category)),
    )


FORMS: Mapping[FormStep, Callable[[Draft], StepForm]] = {
    FormStep.WHERE: WhereForm,
    FormStep.STORY: story_form,
    FormStep.ADDRESSES: AddressesForm,
    FormStep.WHO: WhoForm,
    FormStep.CONTACT: ContactForm,
    FormStep.WISHES: WishesForm,
}
