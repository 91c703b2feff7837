"""What staff and reporters fill in about rewards."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.jurisdiction.reward_tables import ExclusionGround, Formula, RewardScheme
from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.service import MoveBudget, OpenFund
from portal.rewards.ledger.states import MovementKind
from portal.rewards.queries.budget import LineChoice
from portal.rewards.rules.amounts import Facts
from portal.rewards.rules.money import minor_of_typed
from portal.rewards.rules.sharing import shares_typed
from portal.rewards.service.deciding import DecideAward, ProposeAward
from portal.rewards.service.findings import StateFinding
from portal.rewards.service.objecting import AnswerObjection, ObjectToReward
from portal.rewards.service.promising import PromiseReward, WithdrawAward
from portal.rewards.service.sharing import AgreeOnShares
from portal.rewards.states import AwardAction, RewardFindingKind
from portal.web.forms import Choice, Day, LongText, Number, Pick, PortalForm, ShortText, Tick
from portal.web.labels import choices, label
from portal.web.templating import show_money as money

YES, NO = "yes", "no"
TO_THE_REPORTER: Final = _l("The reporter reads it. Name nobody who could be harmed.")
# Which field a formula asks for.
_ASKS: Final = {
    Formula.PERCENTAGE: "base",
    Formula.PER_UNIT: "units",
    Formula.RANGE: "chosen",
}


class SomeMoney:
    """Refuses what is no amount in the currency of the form."""

    def __call__(self, form: Form, field: Field) -> None:
        try:
            minor_of_typed(field.data, getattr(form, "currency_code", "CNY"))
        except RuleBroken as error:
            raise StopValidation(
                _("%(field)s: enter an amount, like 1,250.00", field=field.label.text)
            ) from error


class StepForm(ActForm):
    """A step of an award: whoever takes it has no interest in it."""

    no_conflict = Tick(
        _l("I know of no interest of mine in this award: not mine, my family's or a friend's"),
        required=_l("If you have an interest, declare it on the page of the award instead"),
    )


class PromiseForm(ActForm):
    """Which report can be rewarded under which scheme."""

    report = Choice(_l("Report"), required=_l("Choose a report"))
    scheme = Choice(_l("Scheme"), required=_l("Choose a scheme"))

    def offer_reports(
        self, references: Sequence[str], schemes: Iterable[RewardScheme], language: str
    ) -> None:
        """Fill the two lists."""
        self.report.choices = [(one, one) for one in references]
        self.scheme.choices = [(one.code, one.name.in_(language)) for one in schemes]

    def to_command(self, number: str) -> PromiseReward:
        return PromiseReward(number, self.report.data, self.scheme.data, self.seen_version)


class ProposeForm(StepForm):
    """Level, facts and budget line; a fact that no level of the scheme asks for is left out."""

    level = Choice(_l("Level"), required=_l("Choose a level"))
    base = ShortText(
        _l("Fine and confiscation"),
        max_length=30,
        validators=[SomeMoney()],
        hint=_l("As decided in this case, for a level by percentage. 0 if there was none."),
    )
    units = Number(_l("Pieces found"), hint=_l("For a level by the piece."))
    chosen = ShortText(
        _l("Amount within the range"),
        max_length=30,
        validators=[SomeMoney()],
        hint=_l("For a level with a range. Give the reasons below."),
    )
    line = Pick(_l("Budget line"), required=_l("Choose a budget line"))
    reason = LongText(
        _l("What it rests on"),
        required=_l("Say what level and figures rest on"),
        max_length=LONGEST_TEXT,
        hint=_l("Those who decide read it. Do not write who the reporter is."),
    )

    def of_scheme(
        self, scheme: RewardScheme, lines: Sequence[LineChoice], language: str
    ) -> "ProposeForm":
        """The form with the levels that can be used, and the fields that they ask for."""
        self.currency_code = scheme.currency
        self.level.choices = [
            (one.code, f"{one.name.in_(language)}: {one.test.in_(language)}")
            for one in scheme.usable
        ]
        self.line.choices = [("", _("Choose")), *(_line(one, scheme, language) for one in lines)]
        asked = {_ASKS.get(one.formula) for one in scheme.usable}
        for name in set(_ASKS.values()) - asked:
            delattr(self, name)
        return self

    def to_command(self, award_id: UUID) -> ProposeAward:
        facts = Facts(self._minor("base"), self._typed("units"), self._minor("chosen"))
        return ProposeAward(
            award_id,
            self.level.data,
            UUID(self.line.data),
            self.reason.data,
            self.no_conflict.data,
            facts,
            self.seen_version,
        )

    def _typed(self, name: str) -> int | None:
        return self[name].data if name in self else None

    def _minor(self, name: str) -> int | None:
        if name not in self or not self[name].data:
            return None
        return minor_of_typed(self[name].data, self.currency_code)


def _line(one: LineChoice, scheme: RewardScheme, language: str) -> tuple[str, str]:
    said = {"fund": one.fund.in_(language), "year": one.year}
    free = money(one.free, scheme.currency)
    return str(one.id), _("%(fund)s, %(year)s: %(free)s free", **said, free=free)


class DecideForm(StepForm):
    """Confirming or approving, with a note if there is something to say."""

    note = LongText(_l("Note for the file"), max_length=LONGEST_REASON)

    def to_command(self, award_id: UUID, action: AwardAction) -> DecideAward:
        note, declared = self.note.data or "", self.no_conflict.data
        return DecideAward(award_id, action, note, declared, self.seen_version)


class RefuseForm(DecideForm):
    """Refusing, with the reason."""

    note = LongText(
        _l("Why it is refused"),
        required=_l("Say why it is refused"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_REPORTER,
    )


class WithdrawForm(ActForm):
    """Why an award is taken back."""

    reason = LongText(
        _l("Why it is taken back"),
        required=_l("Say why it is taken back"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_REPORTER,
    )

    def to_command(self, award_id: UUID) -> WithdrawAward:
        return WithdrawAward(award_id, self.reason.data, self.seen_version)


class FindingForm(ActForm):
    """What the head states about a report."""

    report = Choice(_l("Report"), required=_l("Choose a report"))
    kind = Choice(_l("What is to be stated?"), required=_l("Choose what is to be stated"))
    ground = Pick(_l("Ground of the exclusion"))
    reason = LongText(
        _l("What it rests on"),
        required=_l("Say what it rests on"),
        max_length=LONGEST_TEXT,
        hint=_l("For the file. The reporter reads the rank, not this."),
    )

    def offer_reports(self, references: Sequence[str], grounds: Iterable[ExclusionGround]) -> None:
        """Fill the lists."""
        self.report.choices = [(one, one) for one in references]
        self.kind.choices = choices(RewardFindingKind)
        listed = [(one.value, label(one)) for one in grounds]
        self.ground.choices = [("", _("No ground: it is not excluded")), *listed]

    def to_command(self, number: str) -> StateFinding:
        ground = ExclusionGround(self.ground.data) if self.ground.data else None
        kind, reason = RewardFindingKind(self.kind.data), self.reason.data
        return StateFinding(number, self.report.data, kind, reason, ground, self.seen_version)


class UndoForm(ActForm):
    """Taking a finding back asks nothing."""


class AnswerForm(ActForm):
    """The answer to an objection."""

    granted = Choice(
        _l("Is the reporter right?"),
        required=_l("Say whether the reporter is right"),
        hint=_l("Put right first what was wrong: the rank follows from the findings."),
    )
    answer = LongText(
        _l("Your answer"),
        required=_l("Write an answer"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_REPORTER,
    )

    def offer(self, *_more: object) -> None:
        self.granted.choices = [(YES, _("Yes")), (NO, _("No"))]

    def to_command(self, number: str, which: UUID) -> AnswerObjection:
        granted, answer = self.granted.data == YES, self.answer.data
        return AnswerObjection(number, which, granted, answer, self.seen_version)


class ObjectForm(PortalForm):
    """What a reporter does not agree with."""

    text = LongText(
        _l("What is wrong, and why?"),
        required=_l("Write what is wrong"),
        max_length=LONGEST_TEXT,
        hint=_l("Do not write who you are: it is read by the office."),
    )

    def to_command(self, report_id: UUID, award_id: UUID | None) -> ObjectToReward:
        return ObjectToReward(report_id, self.text.data, award_id)


class SharesForm(PortalForm):
    """The parts that those who reported together agreed on."""

    shares = ShortText(
        _l("Parts in percent"),
        required=_l("Enter the parts in percent"),
        max_length=100,
        hint=_l("In the order in which the reports came in, like 60, 40. Together 100."),
    )

    def among(self, of: int) -> "SharesForm":
        """The form for so many who share."""
        self.of = of
        return self

    def validate_shares(self, field: Field) -> None:
        """Refuse what is not one part for each of them, and the whole together."""
        try:
            shares_typed(field.data, self.of)
        except RuleBroken as error:
            said = _("Enter %(of)d whole numbers that make 100 together", of=self.of)
            raise StopValidation(said) from error

    def to_command(self, report_id: UUID) -> AgreeOnShares:
        return AgreeOnShares(report_id, shares_typed(self.shares.data, self.of))


class OpenFundForm(PortalForm):
    """A new fund."""

    code = ShortText(
        _l("Code"), required=True, max_length=40, hint=_l("As in the books, like REWARD-2026.")
    )
    name_zh = ShortText(_l("Name in Chinese"), required=True)
    name_en = ShortText(_l("Name in English"), required=True)
    currency = Pick(_l("Currency"), required=True)

    def offer_currencies(self, currencies: Iterable[str]) -> None:
        """The currencies of the schemes of the place."""
        self.currency.choices = [(one, one) for one in sorted(set(currencies))]

    def to_command(self) -> OpenFund:
        return OpenFund(self.code.data, self.name_zh.data, self.name_en.data, self.currency.data)


class BudgetForm(PortalForm):
    """Money for a year, or taken back."""

    year = Number(_l("Year"), required=True)
    kind = Choice(_l("What is it?"), required=_l("Choose what it is"))
    amount = ShortText(_l("Amount"), required=True, max_length=30, validators=[SomeMoney()])
    note = ShortText(
        _l("Document"), required=True, hint=_l("Number of the paper that orders it; no names.")
    )

    def of_fund(self, currency: str) -> "BudgetForm":
        """The form for a fund in this currency."""
        self.currency_code = currency
        self.kind.choices = [
            (one.value, label(one)) for one in (MovementKind.GRANT, MovementKind.CUT)
        ]
        return self

    def validate_year(self, field: Field) -> None:
        """Refuse what is no year of a budget."""
        if not 2000 <= field.data <= 2200:  # noqa: PLR2004
            raise StopValidation(_("Year: enter a year, like 2026"))

    def to_command(self, fund: str) -> MoveBudget:
        amount = minor_of_typed(self.amount.data, self.currency_code)
        kind = MovementKind(self.kind.data)
        return MoveBudget(fund, self.year.data, kind, amount, self.note.data)


class PeriodForm(PortalForm):
    """The days of a statement, both included; in the address, so that it can be kept."""

    class Meta(PortalForm.Meta):
        csrf = False

    first = Day(_l("First day"))
    last = Day(_l("Last day"))
