"""Forms of signing in, of one's own account and of the administration of accounts."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from flask import current_app
from flask_babel import gettext, to_user_timezone
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, HiddenField
from wtforms.validators import StopValidation

from portal.accounts.absences import Colleague
from portal.accounts.models import Absence
from portal.accounts.passwords import SHORTEST, check_new_password
from portal.accounts.queries import SignedIn
from portal.accounts.rules import (
    IS_DEPARTMENT,
    fold_name,
    is_sign_in_name,
    needs_department,
)
from portal.accounts.service.absence import SetAbsence
from portal.accounts.service.administration import ChangeAccount, CreateAccount
from portal.accounts.service.own_account import ChangePassword, ConfirmTimeCode, StartAccount
from portal.accounts.service.passkeys import AddPasskey, CheckPasskey
from portal.accounts.service.sign_in import CheckPassword, CheckTimeCode
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken
from portal.web.forms import Choices, Day, Password, Pick, PortalForm, ShortText
from portal.web.labels import choices

LONGEST_ANSWER: Final = 20_000


class GoodPassword:
    """Refuses a new password that the rules refuse, in words."""

    def __call__(self, form: Form, field: Field) -> None:
        name = form["name"].data if "name" in form else ""
        try:
            check_new_password(field.data or "", sign_in_name=fold_name(name or ""))
        except RuleBroken as refusal:
            words = {
                "password-short": gettext(
                    "Use at least %(count)d characters; a few words do well", count=SHORTEST
                ),
                "password-long": gettext("This password is too long"),
            }
            too_common = gettext("Many people use this password or one like it; choose another")
            raise StopValidation(words.get(refusal.code, too_common)) from refusal


class Repeats:
    """Refuses a second entry that differs from the first."""

    def __init__(self, first: str) -> None:
        self.first = first

    def __call__(self, form: Form, field: Field) -> None:
        if field.data != form[self.first].data:
            raise StopValidation(gettext("The two new passwords differ"))


class RefusableForm(PortalForm):
    """A form that may be refused as a whole, without saying which part was wrong."""

    def refuse(self, text: str) -> None:
        """Add a problem that belongs to no field."""
        self.form_errors.append(text)


class SignInForm(RefusableForm):
    name = ShortText(_l("Sign-in name"), required=True, max_length=100)
    password = Password(_l("Password"), required=True)

    def to_command(self, network: str, before: SignedIn | None) -> CheckPassword:
        """The order to check name and password."""
        replaces = before.session_id if before else None
        return CheckPassword(self.name.data, self.password.data, network, replaces)


class CodeForm(RefusableForm):
    code = ShortText(
        _l("Time code"),
        required=True,
        max_length=20,
        hint=_l("Six digits from your authenticator app"),
    )

    def to_command(self, session_id: UUID, network: str) -> CheckTimeCode:
        """The order to check a code."""
        return CheckTimeCode(session_id, self.code.data, network)

    def to_confirmation(self, session_id: UUID, network: str) -> ConfirmTimeCode:
        """The order to put a new secret to use."""
        return ConfirmTimeCode(session_id, self.code.data, network)


class PasskeyForm(PortalForm):
    """What passkey.js fills in and sends."""

    answer = HiddenField()

    def to_command(self, session_id: UUID, network: str) -> CheckPasskey:
        """The order to check the answer of a passkey."""
        return CheckPasskey(session_id, (self.answer.data or "")[:LONGEST_ANSWER], network)


class AddPasskeyForm(PasskeyForm):
    name = ShortText(
        _l("Name of the passkey"),
        required=True,
        max_length=60,
        hint=_l("So that you know it again, for example “office key”"),
    )

    def to_addition(self, session_id: UUID) -> AddPasskey:
        """The order to store a new passkey."""
        return AddPasskey(session_id, (self.answer.data or "")[:LONGEST_ANSWER], self.name.data)


class StartForm(RefusableForm):
    name = ShortText(_l("Sign-in name"), required=True, max_length=100)
    code = ShortText(
        _l("One-time code"),
        required=True,
        max_length=60,
        hint=_l("Whoever made your account gave it to you; it works once, within 30 minutes"),
    )
    new_password = Password(
        _l("New password"),
        required=True,
        validators=[GoodPassword()],
        hint=_l("At least 12 characters; a few words do well"),
    )
    again = Password(
        _l("New password once more"), required=True, validators=[Repeats("new_password")]
    )

    def to_command(self, network: str) -> StartAccount:
        """The order to start the account."""
        return StartAccount(self.name.data, self.code.data, self.new_password.data, network)


class ChangePasswordForm(RefusableForm):
    password = Password(_l("Present password"), required=True)
    new_password = Password(
        _l("New password"),
        required=True,
        validators=[GoodPassword()],
        hint=_l("At least 12 characters; a few words do well"),
    )
    again = Password(
        _l("New password once more"), required=True, validators=[Repeats("new_password")]
    )

    def to_command(self, own: SignedIn, network: str) -> ChangePassword:
        """The order to change the password."""
        return ChangePassword(
            own.session_id, own.name, self.password.data, self.new_password.data, network
        )


class ChangeAccountForm(PortalForm):
    roles = Choices(_l("Roles"), required=_l("Choose at least one role"))
    department = ShortText(
        _l("Department"), max_length=80, hint=_l("Its code, for example CULTURE_ENF@320412")
    )
    region = ShortText(
        _l("Region"), max_length=40, hint=_l("The code of the region it answers for")
    )

    def offer_roles(self) -> None:
        """Fill in the roles there are, in the language of the page."""
        self.roles.choices = choices(Role)

    def validate_roles(self, _field: Choices) -> None:
        """Who works on what a department has is of one."""
        if needs_department(self._chosen()) and not self.department.data:
            raise StopValidation(gettext("One of these roles needs a department: enter its code"))

    def validate_department(self, field: ShortText) -> None:
        """One that the place has; what the account had already stays until it is changed."""
        code = field.data
        if code != field.object_data and not current_app.extensions[IS_DEPARTMENT](code):
            raise StopValidation(gettext("There is no such department"))

    def to_command(self, account_id: UUID) -> ChangeAccount:
        """The order to change roles and department."""
        return ChangeAccount(
            account_id, self._chosen(), self.department.data or None, self.region.data or None
        )

    def _chosen(self) -> frozenset[Role]:
        return frozenset(Role(value) for value in self.roles.data)


def today() -> date:
    """What day it is where the place is."""
    day: date = to_user_timezone(datetime.now(UTC)).date()
    return day


class AbsenceForm(PortalForm):
    """When somebody is away, and who of the unit stands in."""

    from_on = Day(_l("First day away"), required=_l("Enter the first day away"))
    until_on = Day(_l("Last day away"), required=_l("Enter the last day away"))
    substitute = Pick(
        _l("Who stands in"),
        required=_l("Choose who stands in"),
        hint=_l("New work goes to them, and they find yours among their own items."),
    )

    def offer(self, told: Absence | None, colleagues: list[Colleague]) -> None:
        """Fill in the colleagues, and what was said before."""
        self.substitute.choices = [(str(one.id), one.name) for one in colleagues]
        if told is not None and not self.is_submitted():
            self.from_on.data, self.until_on.data = told.from_on, told.until_on
            self.substitute.data = str(told.substitute_id)

    def validate_until_on(self, field: Day) -> None:
        """An absence that is over or ends before it begins is a slip."""
        if field.data is not None and field.data < today():
            raise StopValidation(gettext("The last day away is in the past"))
        if field.data is not None and self.from_on.data and field.data < self.from_on.data:
            raise StopValidation(gettext("The last day is before the first day"))

    def to_command(self, account_id: UUID) -> SetAbsence:
        """The order to note the absence."""
        return SetAbsence(
            account_id, self.from_on.data, self.until_on.data, UUID(self.substitute.data)
        )


class SignInName:
    """Refuses what cannot be a sign-in name."""

    def __call__(self, _form: Form, field: Field) -> None:
        if not is_sign_in_name(fold_name(field.data or "")):
            raise StopValidation(
                gettext("Use 3 to 40 small letters, digits, dots, hyphens or underscores")
            )


class CreateAccountForm(ChangeAccountForm):
    name = ShortText(_l("Sign-in name"), required=True, max_length=40, validators=[SignInName()])
    display_name = ShortText(_l("Name shown to colleagues"), required=True, max_length=80)
    same_person_as = ShortText(
        _l("Other account of the same person"),
        max_length=40,
        hint=_l("Its sign-in name; where two people must decide, the two accounts count as one"),
    )

    def to_new(self) -> CreateAccount:
        """The order to make the account."""
        return CreateAccount(
            self.name.data,
            self.display_name.data,
            self._chosen(),
            self.department.data or None,
            self.region.data or None,
            self.same_person_as.data or None,
        )
