"""What is filled in about payments: by the reporter, finance, custodians, the counter, auditors."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from portal.infra.visits import Ticket
from portal.rewards.payment.rules import LONGEST_NAME, Payee, folded_account
from portal.rewards.payment.service.auditing import EnterOwnAccount, RefusePayment
from portal.rewards.payment.service.batches import AskForBatch, DrawBatch, UnlockBatch
from portal.rewards.payment.service.claiming import (
    AnswerSample,
    AskReview,
    ClaimInCash,
    ClaimToAccount,
)
from portal.rewards.payment.service.counter import ShownCode
from portal.rewards.payment.service.explaining import ClearDifference
from portal.rewards.payment.service.pins import KeepPin, SetPin
from portal.rewards.payment.service.statements import ReadStatement, StateNotBooked
from portal.rewards.payment.states import BankFileKind, SampleAnswer
from portal.rewards.payment.xml_reading import LARGEST
from portal.web.forms import (
    Choice,
    Day,
    Files,
    LongText,
    Password,
    Pick,
    PortalForm,
    ShortText,
)
from portal.web.labels import choices

LONGEST_TEXT = 1000
AT_LEAST = _l("At least %(least)d characters.", least=20)


class PinForm(PortalForm):
    pin = Password(
        _l("Choose a PIN"),
        required=_l("Choose a PIN"),
        hint=_l("6 to 12 digits, not in a row. Only you know it: keep it beside the code."),
    )
    again = Password(_l("The PIN once more"), required=_l("Enter the PIN once more"))

    def validate(self, extra_validators: object = None) -> bool:
        """Check that both are the same."""
        good = super().validate(extra_validators)
        if good and self.pin.data != self.again.data:
            self.again.errors = [gettext("The two PINs are not the same")]
            return False
        return good

    def to_command(self, report_id: UUID) -> SetPin:
        return SetPin(report_id, self.pin.data)


class _OwnPin(PortalForm):
    pin = Password(_l("Your PIN"), required=_l("Enter your PIN"))


class KeepPinForm(_OwnPin):
    def to_command(self, report_id: UUID) -> KeepPin:
        return KeepPin(report_id, self.pin.data)


class ClaimForm(_OwnPin):
    name = ShortText(
        _l("Name of the account holder"),
        required=_l("Enter the name of the account holder"),
        max_length=LONGEST_NAME,
    )
    account = ShortText(
        _l("Account number or IBAN"),
        required=_l("Enter the account number"),
        hint=_l("Spaces do not matter."),
        max_length=60,
    )
    bank = ShortText(
        _l("Bank"),
        required=_l("Enter the bank"),
        hint=_l("Its name with the branch, its 12 digits, or its BIC"),
        max_length=LONGEST_NAME,
    )

    def to_command(self, report_id: UUID, award_id: UUID) -> ClaimToAccount:
        payee = Payee(self.name.data, folded_account(self.account.data), self.bank.data)
        return ClaimToAccount(report_id, award_id, payee, self.pin.data)


class CashForm(_OwnPin):
    def to_command(self, ticket: Ticket, report_id: UUID, award_id: UUID) -> ClaimInCash:
        return ClaimInCash(ticket, report_id, award_id, self.pin.data)


class ReviewForm(PortalForm):
    text = LongText(
        _l("Why is the refusal wrong?"),
        required=_l("Say why the refusal is wrong"),
        max_length=LONGEST_TEXT,
    )

    def to_command(self, report_id: UUID, award_id: UUID) -> AskReview:
        return AskReview(report_id, award_id, self.text.data)


class SampleForm(PortalForm):
    answer = Choice(_l("Did you get the whole amount?"), required=_l("Choose an answer"))
    words = LongText(
        _l("Is there something the auditor should know?"),
        hint=_l("Nobody but the auditor reads it, also not whoever works on your report."),
        max_length=LONGEST_TEXT,
    )

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.answer.choices = choices(SampleAnswer)

    def to_command(self, report_id: UUID, award_id: UUID) -> AnswerSample:
        answer = SampleAnswer(self.answer.data)
        return AnswerSample(report_id, award_id, answer, self.words.data)


class DrawForm(PortalForm):
    fund = Pick(_l("Fund"), required=True)
    kind = Choice(_l("Form of the file"), required=_l("Choose the form of the file"))
    name = ShortText(_l("Name of the office at the bank"), required=True, max_length=LONGEST_NAME)
    account = ShortText(_l("Account of the office"), required=True, max_length=60)
    bank = ShortText(
        _l("Bank of the office"),
        required=True,
        hint=_l("Its name with the branch, its 12 digits, or its BIC"),
        max_length=LONGEST_NAME,
    )
    execute_on = Day(_l("To be paid on"), required=True)

    def offer(self, funds: Sequence[tuple[str, str]]) -> None:
        """Offer the funds in scope, and both forms."""
        self.fund.choices = list(funds)
        self.kind.choices = choices(BankFileKind)

    def to_command(self) -> DrawBatch:
        account = folded_account(self.account.data)
        payer = Payee(self.name.data, account, self.bank.data)
        return DrawBatch(self.fund.data, BankFileKind(self.kind.data), payer, self.execute_on.data)


class AskBatchForm(PortalForm):
    reason = LongText(
        _l("Why are these payees to be opened?"),
        required=_l("Say why they are to be opened"),
        hint=AT_LEAST,
        max_length=LONGEST_TEXT,
    )
    basis = ShortText(
        _l("Legal basis"), required=_l("Name the provision or the order"), max_length=200
    )

    def to_command(self, batch_id: UUID) -> AskForBatch:
        return AskForBatch(batch_id, self.reason.data, self.basis.data)


class UnlockForm(PortalForm):
    passphrase = Password(_l("Your passphrase"), required=_l("Enter your passphrase"))

    def to_command(self, batch_id: UUID) -> UnlockBatch:
        return UnlockBatch(batch_id, self.passphrase.data)


class StatementForm(PortalForm):
    fund = Pick(_l("Fund"), required=True)
    files = Files(
        _l("Statement of the bank"),
        required=_l("Choose the file"),
        hint=_l("camt.053, or a sheet: reference, amount, currency, direction, booked_on"),
    )

    def offer(self, funds: Sequence[tuple[str, str]]) -> None:
        """Offer the funds in scope."""
        self.fund.choices = list(funds)

    def to_command(self) -> ReadStatement:
        return ReadStatement(self.fund.data, self.files.data[0].stream.read(LARGEST + 1))


class NotBookedForm(PortalForm):
    statement = Pick(_l("Statement that covers the days"), required=True)

    def offer(self, statements: Sequence[tuple[str, str]]) -> None:
        """Offer the newest statements."""
        self.statement.choices = list(statements)

    def to_command(self, payment_id: UUID) -> StateNotBooked:
        return StateNotBooked(payment_id, UUID(self.statement.data))


class _Reasoned(PortalForm):
    reason = LongText(_l("Reason"), required=_l("Say why"), hint=AT_LEAST, max_length=LONGEST_TEXT)


class RefusePaymentForm(_Reasoned):
    def to_command(self, payment_id: UUID) -> RefusePayment:
        return RefusePayment(payment_id, self.reason.data)


class ClearForm(_Reasoned):
    def to_command(self, difference_id: UUID) -> ClearDifference:
        return ClearDifference(difference_id, self.reason.data)


class CodeShownForm(PortalForm):
    code = ShortText(_l("Cash code"), required=_l("Enter the code that is shown"), max_length=60)

    def to_command(self) -> ShownCode:
        return ShownCode(self.code.data)


class OwnAccountForm(PortalForm):
    account = ShortText(
        _l("Account number or IBAN"), required=_l("Enter the account number"), max_length=60
    )

    def to_command(self) -> EnterOwnAccount:
        return EnterOwnAccount(self.account.data)
