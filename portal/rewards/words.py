"""What the pages of rewards say: acts, ranks and lines of an explanation, in plain sentences."""

from collections.abc import Callable, Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords
from portal.rewards.rules.amounts import Line
from portal.rewards.states import AmountLine, Rank
from portal.web.templating import show_money as money

ACTS: Final[Mapping[str, ActWords]] = {
    "promise": ActWords(
        _l("Promise a reward"),
        _l("The reporter reads that the report can be rewarded once it is proved."),
        _l("Put the promise on file"),
    ),
    "propose": ActWords(
        _l("Propose the amount"),
        _l("The scheme computes the amount, and it is reserved. Another person confirms."),
        _l("Compute and propose"),
    ),
    "confirm": ActWords(
        _l("Confirm facts and order"),
        _l("That what was found is as it stands here, and that this report is to be rewarded."),
        _l("Confirm"),
    ),
    "endorse": ActWords(
        _l("Approve as the first of two"),
        _l("From this amount on two members approve. Another one approves after you."),
        _l("Approve as the first"),
    ),
    "approve": ActWords(
        _l("Approve the reward"),
        _l("The amount is owed from then on, and the reporter is told how to claim it."),
        _l("Approve"),
    ),
    "refuse": ActWords(
        _l("Refuse the reward"),
        _l("The reporter reads the reason, and can ask for a review once."),
        _l("Refuse"),
    ),
    "withdraw": ActWords(
        _l("Take the award back"),
        _l("The reporter reads the reason. What was reserved is free again."),
        _l("Take it back"),
    ),
    "finding": ActWords(
        _l("State something about a report"),
        _l("It changes where the report stands. Reporters it concerns are told, and can object."),
        _l("State this finding"),
    ),
    "answer": ActWords(
        _l("Answer the objection"),
        _l("The reporter reads your answer. Whoever decided on it does not answer."),
        _l("Send the answer"),
    ),
    "open_fund": ActWords(
        _l("Open a fund"),
        _l("It belongs to the region of your account. It has no money until it is given some."),
        _l("Open it"),
    ),
    "move_budget": ActWords(
        _l("Give money, or take back"),
        _l("Only what is not reserved can be taken back. A movement is never changed."),
        _l("Enter the movement"),
    ),
}

RANK_WORDS: Final[Mapping[Rank, LazyString]] = {
    Rank.FIRST: _l("It was the first report of the matter, and came before the first act."),
    Rank.JOINT: _l(
        "It was sent together with the first one; they share equally, or as all agreed."
    ),
    Rank.NEW_FACTS: _l("It brought new facts, by a finding of the head."),
    Rank.NOT_ASKED: _l("Its reporter wanted no reward."),
    Rank.EXCLUDED: _l("Its reporter is excluded by the scheme, by a finding of the head."),
    Rank.OWN_UNIT: _l("Staff of the unit that has the case entered it; that is never rewarded."),
    Rank.NO_TIP: _l("It is a complaint or a finding of the office, and no tip."),
    Rank.AFTER_FIRST_ACT: _l("It came after the first inspection, seizure or other act."),
    Rank.LATER: _l("Another report of the same matter came before it."),
}


def explained(line: Line, currency: str) -> str:
    """What a line of the computation says."""
    return _LINES[line.kind](line, currency)


def _rate(line: Line, currency: str) -> str:
    base, percent = money(line.figures["base"], currency), f"{line.figures['rate'] / 100:g}"
    said = {"rate": percent, "base": base, "amount": money(line.amount, currency)}
    return str(_("%(rate)s %% of fine and confiscation of %(base)s: %(amount)s", **said))


def _nothing_fined(line: Line, currency: str) -> str:
    amount = money(line.amount, currency)
    return str(_("Nothing was fined or confiscated, so the level gives %(amount)s", amount=amount))


def _units(line: Line, currency: str) -> str:
    said = {name: line.figures[name] for name in ("counted", "threshold")}
    each, amount = money(line.figures["each"], currency), money(line.amount, currency)
    return str(
        _(
            "%(counted)s pieces above %(threshold)s, each %(each)s: %(amount)s",
            **said,
            each=each,
            amount=amount,
        )
    )


def _chosen(line: Line, currency: str) -> str:
    least, most = money(line.figures["least"], currency), money(line.figures["most"], currency)
    amount = money(line.amount, currency)
    return str(
        _(
            "Chosen with reasons between %(least)s and %(most)s: %(amount)s",
            least=least,
            most=most,
            amount=amount,
        )
    )


def _flat(line: Line, currency: str) -> str:
    return str(_("The level gives %(amount)s", amount=money(line.amount, currency)))


def _floor(line: Line, currency: str) -> str:
    return str(_("The level gives at least %(amount)s", amount=money(line.amount, currency)))


def _level_cap(line: Line, currency: str) -> str:
    return str(_("The level gives at most %(amount)s", amount=money(line.amount, currency)))


def _case_cap(line: Line, currency: str) -> str:
    return str(_("The scheme gives a case at most %(amount)s", amount=money(line.amount, currency)))


def _share(line: Line, currency: str) -> str:
    amount, figures = money(line.amount, currency), line.figures
    if figures["of"] == 1:
        return str(
            _("Its part is %(percent)s %%: %(amount)s", percent=figures["percent"], amount=amount)
        )
    if figures.get("own"):
        said = {"count": figures["of"], "percent": figures["percent"], "own": figures["own"]}
        return str(
            _(
                "%(count)s reports share %(percent)s %%; all agreed on %(own)s %% of it for this "
                "one: %(amount)s",
                **said,
                amount=amount,
            )
        )
    return str(
        _(
            "%(count)s reports share %(percent)s %% equally: %(amount)s for this one",
            count=figures["of"],
            percent=figures["percent"],
            amount=amount,
        )
    )


_LINES: Final[Mapping[AmountLine, Callable[[Line, str], str]]] = {
    AmountLine.RATE: _rate,
    AmountLine.NOTHING_FINED: _nothing_fined,
    AmountLine.UNITS: _units,
    AmountLine.CHOSEN: _chosen,
    AmountLine.FLAT: _flat,
    AmountLine.FLOOR: _floor,
    AmountLine.LEVEL_CAP: _level_cap,
    AmountLine.CASE_CAP: _case_cap,
    AmountLine.SHARE: _share,
}
