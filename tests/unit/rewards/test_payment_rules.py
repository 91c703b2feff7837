"""Accounts, PINs, amounts, what an entry of the bank means, and the signals: pure decisions."""

from datetime import date, timedelta
from itertools import product
from uuid import uuid4

import pytest

from portal.kernel.errors import RuleBroken
from portal.rewards.payment.rules import (
    BankEntry,
    Expected,
    PaidAward,
    Payee,
    demand_payee,
    demand_pin,
    folded_account,
    is_iban,
    is_over,
    judge,
    outweighs,
    repeated_pairs,
    same_payees,
    unusual_rates,
    warned_until,
)
from portal.rewards.payment.states import DifferenceKind, PaymentAction, PaymentState
from portal.rewards.rules.money import decimal_of, minor_of

S, D = PaymentState, DifferenceKind
IBAN = "GB82WEST12345698765432"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1234, "CNY", "12.34"), (5, "GBP", "0.05"), (1234, "JPY", "1234"), (1234, "KWD", "1.234")],
)
def test_an_amount_goes_to_the_bank_and_comes_back_as_it_was(amount, currency, text):
    assert decimal_of(amount, currency) == text
    assert minor_of(text, currency) == amount


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1,00", "1.001", "१", "9" * 14, " 1", "NaN"])
def test_what_is_no_exact_amount_is_refused(text):
    with pytest.raises(RuleBroken, match="amount-not-possible"):
        minor_of(text, "CNY")


def test_an_iban_with_a_wrong_digit_is_found_before_the_money_leaves():
    assert is_iban(IBAN)
    for place in range(4, len(IBAN)):
        wrong = IBAN[:place] + ("0" if IBAN[place] != "0" else "1") + IBAN[place + 1 :]
        with pytest.raises(RuleBroken, match="account-not-possible"):
            demand_payee(Payee("甲某", wrong, "示例银行"))


@pytest.mark.parametrize("account", ["12345", "", "6222=1+1", "1" * 35, "６２２２０２１２３４５６"])
def test_what_is_no_account_is_refused(account):
    with pytest.raises(RuleBroken, match="account-not-possible"):
        demand_payee(Payee("甲某", account, "示例银行"))


def test_an_account_is_the_same_however_it_is_grouped():
    assert folded_account(" 6222 0212-3456.7890/123 ") == "6222021234567890123"
    demand_payee(Payee("甲某", folded_account("gb82 west 1234 5698 7654 32"), "示例银行"))


@pytest.mark.parametrize(
    ("name", "bank"), [("", "示例银行"), ("甲" * 71, "示例银行"), ("甲某", "")]
)
def test_a_payee_has_a_name_and_a_bank(name, bank):
    with pytest.raises(RuleBroken, match="payee-not-possible"):
        demand_payee(Payee(name, "6222021234567890123", bank))


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        *(("12345", "pin-not-possible"), ("1234567890123", "pin-not-possible")),
        *(("abcdef", "pin-not-possible"), ("１２３４５６", "pin-not-possible")),
        *(("000000", "pin-too-easy"), ("123456", "pin-too-easy"), ("987654", "pin-too-easy")),
    ],
)
def test_a_pin_is_not_the_first_to_be_guessed(pin, code):
    demand_pin("274913")
    with pytest.raises(RuleBroken, match=code):
        demand_pin(pin)


ENTRY = BankEntry("SLP1", 100, "CNY", came_back=False, booked_on=date(2026, 11, 1))
BACK = BankEntry("SLP1", 100, "CNY", came_back=True, booked_on=date(2026, 11, 3))


@pytest.mark.requirement("E4")
@pytest.mark.parametrize(("state", "back"), list(product(PaymentState, (False, True))))
def test_an_entry_moves_only_what_was_sent_and_everything_else_is_a_difference(state, back):
    found = judge(BACK if back else ENTRY, Expected(state, 100, "CNY"))

    if state in {S.SENT, S.UNKNOWN}:
        assert found is (PaymentAction.RETURN if back else PaymentAction.SETTLE)
    else:
        assert found in {D.LATE_RETURN, D.TWICE, D.NOT_SENT}


@pytest.mark.parametrize("known", [Expected(S.SENT, 99, "CNY"), Expected(S.SENT, 100, "GBP")])
def test_no_partial_payment_hides(known):
    assert judge(ENTRY, known) is D.ANOTHER_AMOUNT
    assert judge(ENTRY, None) is D.UNKNOWN_REFERENCE


def test_one_account_behind_three_awards_and_with_one_proposer_twice_shows():
    first, second = uuid4(), uuid4()
    awards = [
        PaidAward(uuid4(), first, b"a"),
        PaidAward(uuid4(), first, b"a"),
        PaidAward(uuid4(), second, b"a"),
        PaidAward(uuid4(), second, b"b"),
        PaidAward(uuid4(), second, None),
        PaidAward(uuid4(), second, None),
    ]

    assert same_payees(awards) == (tuple(one.award for one in awards[:3]),)
    assert repeated_pairs(awards) == ((first, (awards[0].award, awards[1].award)),)


def test_an_officer_far_above_the_others_shows_and_nobody_else():
    busy, others = uuid4(), [uuid4() for _ in range(6)]
    usual = [PaidAward(uuid4(), one, None) for one in others for _ in range(2)]
    many = [PaidAward(uuid4(), busy, None) for _ in range(9)]

    assert unusual_rates(usual) == ()
    assert unusual_rates([*usual, *many]) == ((busy, 9),)
    assert unusual_rates(many) == ()


def test_what_the_bank_sends_back_twice_is_owed_again_once():
    assert judge(BACK, Expected(S.SETTLED, 100, "CNY")) is D.LATE_RETURN
    assert judge(BACK, Expected(S.SETTLED, 100, "CNY", sent_back=True)) is D.TWICE


TODAY = date(2026, 11, 26)


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    ("left", "days", "given"),
    [
        *((30, 60, 30), (31, 60, 31), (29, 60, 30), (1, 60, 30), (0, 60, 30), (-3, 60, 30)),
        *((1, 10, 10), (-3, 10, 10), (10, 10, 10), (1, None, 30)),
    ],
)
def test_a_warning_leaves_a_month_or_the_time_of_the_scheme_and_no_told_day_comes_earlier(
    left, days, given
):
    until = TODAY + timedelta(days=left)

    assert warned_until(until, TODAY, days) == TODAY + timedelta(days=given) >= until


@pytest.mark.parametrize("warned", [False, True])
@pytest.mark.parametrize("left", [None, -1, 0, 1])
def test_the_time_is_over_only_for_whoever_was_warned_of_it(left, warned):
    until = None if left is None else TODAY + timedelta(days=left)

    assert is_over(until, TODAY, warned=warned) is (warned and left == -1)


@pytest.mark.parametrize(
    ("said", "waiting", "by_entry", "wins"),
    [
        (PaymentAction.SETTLE, PaymentAction.RETURN, False, True),
        (PaymentAction.RETURN, PaymentAction.RETURN, False, True),
        (PaymentAction.RETURN, PaymentAction.SETTLE, True, True),
        (PaymentAction.SETTLE, PaymentAction.RETURN, True, False),
        (PaymentAction.SETTLE, PaymentAction.SETTLE, True, False),
        (PaymentAction.RETURN, PaymentAction.RETURN, True, False),
    ],
)
def test_an_entry_outweighs_the_word_that_there_is_none_and_a_return_a_payment(
    said, waiting, by_entry, wins
):
    assert outweighs(said, waiting, by_entry=by_entry) is wins
