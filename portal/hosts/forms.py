"""What staff fill in about addresses, hosts and notices to them."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_TEXT, ActForm
from portal.hosts.queries.addresses import AddressLine
from portal.hosts.service.addresses import AddAddress, StrikeAddress, TakeOverAddresses
from portal.hosts.service.capturing import AskCapture
from portal.hosts.service.contacts import AddContact
from portal.hosts.service.notices import DraftNotice, RecordHostAnswer, SettleNotice
from portal.hosts.states import HostAnswer, HostNoticeAction
from portal.infra.fetching.guard import LONGEST, NotVisited, read_target
from portal.jurisdiction.place import Place
from portal.web.forms import (
    Choice,
    Choices,
    Day,
    Email,
    LongText,
    Number,
    Pick,
    PortalForm,
    ShortText,
)
from portal.web.labels import choices


class AddAddressForm(ActForm):
    """One address."""

    url = ShortText(
        _l("Address"),
        required=_l("Enter the address"),
        max_length=LONGEST,
        hint=_l("With http:// or https:// in front. Do not open it if you need not."),
    )

    def validate_url(self, field: ShortText) -> None:
        """It is an address of the web, without a name or password in it."""
        try:
            read_target(field.data)
        except NotVisited:
            raise StopValidation(
                _("Enter an address of the web, like https://example.com/page")
            ) from None

    def to_command(self, number: str) -> AddAddress:
        return AddAddress(number, self.url.data, self.seen_version)


class PressForm(ActForm):
    """A button and nothing else."""

    def to_take_over(self, number: str) -> TakeOverAddresses:
        return TakeOverAddresses(number, self.seen_version)

    def to_strike(self, number: str, address: UUID) -> StrikeAddress:
        return StrikeAddress(number, address, self.seen_version)

    def to_capture(self, number: str, address: UUID) -> AskCapture:
        return AskCapture(number, address, self.seen_version)

    def to_settle(self, number: str, notice: int, action: HostNoticeAction) -> SettleNotice:
        return SettleNotice(number, notice, action, self.seen_version)


class DraftForm(ActForm):
    """What a host is told, and of which of its addresses."""

    addresses = Choices(_l("Addresses"), required=_l("Choose at least one address"))
    work = ShortText(
        _l("The work"), max_length=300, hint=_l("Title and author, where works are copied.")
    )
    rights_holder = ShortText(_l("The rights-holder"), max_length=200)
    words = LongText(
        _l("What is unlawful about it, and what the host should do"),
        required=_l("Say what is unlawful about it"),
        max_length=LONGEST_TEXT,
        hint=_l("In the language of the host. Write nothing that could tell who reported it."),
    )

    party = Pick(
        _l("Whoever put it there, if only the host reaches them"),
        hint=_l(
            "The letter then has the code of their page, and asks the host to hand it on. A code "
            "that was given out before opens nothing any more."
        ),
    )

    def offer_parties(self, parties: Sequence[tuple[UUID, str]]) -> None:
        """The parties who have not read their page yet."""
        listed = [(str(one), name) for one, name in parties]
        self.party.choices = [("", _("Nobody")), *listed]

    def offer_addresses(self, lines: Sequence[AddressLine]) -> None:
        """The addresses of this host that are in no other notice, all of them ticked at first."""
        self.addresses.choices = [(str(one.id), one.url) for one in lines]
        if not self.is_submitted():
            self.addresses.data = [str(one.id) for one in lines]

    def to_command(self, number: str, contact: UUID) -> DraftNotice:
        return DraftNotice(
            number=number,
            contact_id=contact,
            addresses=tuple(UUID(one) for one in self.addresses.data),
            words=self.words.data,
            work=self.work.data,
            rights_holder=self.rights_holder.data,
            party=UUID(self.party.data) if self.party.data else None,
            seen_version=self.seen_version,
        )


class AnswerForm(ActForm):
    """What a host answered."""

    answer = Choice(_l("What did the host do?"), required=_l("Choose what the host did"))
    answered_on = Day(_l("Date of the answer"), required=_l("Enter the date of the answer"))
    words = LongText(_l("What it said"), max_length=LONGEST_TEXT)

    def offer(self, _place: Place, _language: str) -> None:
        self.answer.choices = choices(HostAnswer)

    def to_command(self, number: str, notice: int) -> RecordHostAnswer:
        answer, day = HostAnswer(self.answer.data), self.answered_on.data
        return RecordHostAnswer(number, notice, answer, day, self.words.data, self.seen_version)


class ContactForm(PortalForm):
    """A host of the directory."""

    name = ShortText(_l("Name of the host"), required=_l("Enter the name"), max_length=200)
    mailbox = Email(
        _l("Mailbox for notices"),
        required=_l("Enter the mailbox"),
        hint=_l("Usually one that begins with abuse@. No mailbox of a person."),
    )
    language = Choice(
        _l("Language"),
        required=_l("Choose a language"),
        choices=[("zh-Hans", "简体中文"), ("en", "English")],
    )
    domains = LongText(
        _l("Its names on the net"),
        required=_l("Enter at least one name"),
        max_length=LONGEST_TEXT,
        hint=_l("One on each line, such as example.com; what lies in it counts as well."),
    )
    answer_days = Number(
        _l("Working days it has to answer"),
        hint=_l("Leave it empty where the time of this place applies."),
    )

    def to_command(self) -> AddContact:
        return AddContact(
            name=self.name.data,
            mailbox=self.mailbox.data,
            language=self.language.data,
            domains=tuple(self.domains.data.split()),
            answer_days=self.answer_days.data,
        )
