"""What is filled in about organisations and their people."""

from typing import Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.accounts.forms import GoodPassword, Repeats
from portal.evidence.service import IncomingFile
from portal.intake.addresses import is_usable
from portal.intake.forms.fields import demand_good_files
from portal.jurisdiction.queries import current_place
from portal.rights_holders.known import find_region
from portal.rights_holders.queries.own import Details, today
from portal.rights_holders.rules.domains import normal_domain
from portal.rights_holders.rules.identifiers import is_registration
from portal.rights_holders.rules.people import MemberRole, OrganisationKind, needs_power
from portal.rights_holders.service.organisations import (
    Newcomer,
    RefuseOrganisation,
    RegisterOrganisation,
)
from portal.rights_holders.service.people import AddPerson
from portal.rights_holders.states import OrganisationReason
from portal.web.forms import (
    Choice,
    Day,
    Email,
    Files,
    LongText,
    Password,
    Pick,
    PortalForm,
    ShortText,
    Telephone,
    VersionedForm,
)
from portal.web.labels import choices, label
from portal.web.language import current_language

NEW, KNOWN = "new", "known"
FOUNDING: Final = (MemberRole.OWNER, MemberRole.AGENT)


def _proof() -> Files:
    """The question for files, which stands in a form where it is made."""
    return Files(
        _l("Proof of the rights"),
        required=_l("Add a file that proves the rights"),
        hint=_l("Registration certificate, contract, manuscript, or papers of the organisation."),
    )


class ProofForm(PortalForm):
    """Files that prove something."""

    proof = _proof()

    def validate(self, extra_validators: object = None) -> bool:
        """Check the files as well."""
        good = super().validate(extra_validators)
        return demand_good_files(self.proof) and good

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return _incoming(self.proof)


class OrganisationForm(ProofForm):
    """An organisation, and by what right the person speaks for it."""

    name = ShortText(_l("Name of the organisation"), required=True, max_length=200)
    kind = Pick(_l("Kind of organisation"), required=True)
    registration = ShortText(
        _l("Number of registration"),
        required=True,
        max_length=40,
        hint=_l("Unified social credit code, company number, or number of an identity paper."),
    )
    region = ShortText(
        _l("County or city of the seat"),
        max_length=100,
        hint=_l("Name or code. Leave it empty if the seat is abroad."),
    )
    address = ShortText(_l("Postal address"), required=True, max_length=300)
    contact = ShortText(_l("Contact person"), required=True, max_length=100)
    phone = Telephone(_l("Telephone"), required=True, max_length=40)
    email = Email(_l("E-mail"), required=True, max_length=200)
    role = Choice(_l("How do you speak for it?"), required=True)
    proof = _proof()
    power = Files(_l("Power of attorney"), hint=_l("For agents only."))
    power_until = Day(_l("Last day of the power of attorney"), hint=_l("For agents only."))

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.seat = ""
        self.kind.choices = choices(OrganisationKind)
        self.role.choices = [(role.value, label(role)) for role in FOUNDING]

    def validate(self, extra_validators: object = None) -> bool:
        """An agent shows the power, with a last day that has not gone."""
        good = super().validate(extra_validators)
        if self.role.data == MemberRole.AGENT:
            if not self.power.data:
                self.power.errors = [_("Add the power of attorney")]
            if self.power_until.data is None or self.power_until.data < today():
                self.power_until.errors = [_("Enter a last day that has not gone")]
        good = demand_good_files(self.power) and good
        return good and not (self.power.errors or self.power_until.errors)

    def validate_registration(self, field: ShortText) -> None:
        """The check symbol of a Chinese firm's number, or some number."""
        if not is_registration(field.data):
            raise StopValidation(
                _("This number cannot be right. A unified social credit code has 18 symbols.")
            )

    def validate_region(self, field: ShortText) -> None:
        """The one region that is meant, by name or code."""
        self.seat = _seat(field.data) if field.data else ""

    def validate_email(self, field: Email) -> None:
        """One plain address."""
        if not is_usable(field.data):
            raise StopValidation(_("Enter an address like name@example.com"))

    @property
    def powers(self) -> tuple[IncomingFile, ...]:
        """The files of the power of attorney."""
        return _incoming(self.power) if self.role.data == MemberRole.AGENT else ()

    def to_command(self, files: tuple[UUID, ...]) -> RegisterOrganisation:
        """The order for the service; the files are kept already, the proof first."""
        count = len(self.uploads)
        reached = self.address.data, self.contact.data, self.phone.data, self.email.data
        return RegisterOrganisation(
            self.name.data,
            OrganisationKind(self.kind.data),
            self.registration.data.upper(),
            Details(*reached),
            MemberRole(self.role.data),
            files[:count],
            files[count:],
            self.power_until.data,
            self.seat,
        )


class SeatForm(PortalForm):
    """Where an organisation has its seat."""

    region = ShortText(
        _l("County or city of the seat"),
        required=_l("Enter the county or city"),
        max_length=100,
        hint=_l("Name or code."),
    )

    def validate_region(self, field: ShortText) -> None:
        """The one region that is meant."""
        self.seat = _seat(field.data)


class RegisterForm(OrganisationForm):
    """An organisation with its first person."""

    person = ShortText(_l("Your name"), required=True, max_length=100)
    new_password = Password(
        _l("Choose a password"),
        required=True,
        validators=[GoodPassword()],
        hint=_l("At least 12 characters; a few words do well. You get a sign-in name."),
    )
    repeated = Password(
        _l("The password again"), required=True, validators=[Repeats("new_password")]
    )

    def to_newcomer(self, network: str) -> Newcomer:
        """Who registers."""
        said = self.person.data, self.new_password.data
        return Newcomer(*said, network, current_language().locale)


class PersonForm(PortalForm):
    """Somebody who shall act for the organisation."""

    who = Choice(_l("Who is it?"), required=True)
    display_name = ShortText(
        _l("Name of the person"), max_length=100, hint=_l("Of somebody new here.")
    )
    sign_in_name = ShortText(
        _l("Their sign-in name"),
        max_length=40,
        hint=_l(
            "Of somebody with an account, like rh-7k3m9p2q. They tell you; nobody can look it up."
        ),
    )
    role = Choice(_l("What do they do?"), required=True)
    power_until = Day(_l("Last day of the power of attorney"), hint=_l("For agents only."))

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.who.choices = [(NEW, _("Somebody new here")), (KNOWN, _("Somebody with an account"))]
        self.role.choices = choices(MemberRole)

    def validate(self, extra_validators: object = None) -> bool:
        """The name that goes with the answer, and the end of a power."""
        good = super().validate(extra_validators)
        if self.who.data == NEW and not self.display_name.data:
            self.display_name.errors = [_("Enter the name of the person")]
        if self.who.data == KNOWN and not self.sign_in_name.data:
            self.sign_in_name.errors = [_("Enter the sign-in name")]
        agent = self.role.data in set(MemberRole) and needs_power(MemberRole(self.role.data))
        if agent and (self.power_until.data is None or self.power_until.data < today()):
            self.power_until.errors = [_("Enter a last day that has not gone")]
        return good and not any(field.errors for field in self)

    def to_command(self, number: str) -> AddPerson:
        """The order for the service."""
        known = self.who.data == KNOWN
        return AddPerson(
            number,
            MemberRole(self.role.data),
            "" if known else self.display_name.data,
            self.sign_in_name.data if known else "",
            self.power_until.data,
        )


class DomainForm(PortalForm):
    """A name on the net."""

    domain = ShortText(
        _l("Name on the net"),
        required=_l("Enter the name"),
        max_length=253,
        hint=_l("Like example.com, without www if it answers without."),
    )

    def validate_domain(self, field: ShortText) -> None:
        """A plain name."""
        if normal_domain(field.data) is None:
            raise StopValidation(_("Enter a name like example.com"))


class RefuseForm(VersionedForm):
    """Why an organisation is refused."""

    reason = Choice(_l("Why?"), required=True)
    text = LongText(
        _l("What would be right"),
        required=_l("Say what would be right"),
        max_length=1000,
        hint=_l("The organisation reads it."),
    )

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.reason.choices = choices(OrganisationReason)

    def to_command(self, number: str) -> RefuseOrganisation:
        """The order for the service."""
        reason = OrganisationReason(self.reason.data)
        return RefuseOrganisation(number, reason, self.text.data, self.seen_version)


def _seat(typed: str) -> str:
    """The one region that is meant, by name or code."""
    found = find_region(current_place(), typed)
    if found is None:
        raise StopValidation(_("No place, or several: enter the county or city, or its code"))
    return found


def _incoming(field: Files) -> tuple[IncomingFile, ...]:
    return tuple(IncomingFile(file.stream, file.filename) for file in field.data or ())
