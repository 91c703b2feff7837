"""Telling reporters of their reward: a word in their thread; what it is stands on their page."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from portal.audit.trail import record
from portal.cases.models import Case
from portal.casework.service.in_hand import write
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import MessageKind, Report
from portal.jurisdiction.place import Text
from portal.kernel.actor import Actor
from portal.rewards.models import Award, RewardStanding
from portal.rewards.queries.access import scheme_of
from portal.rewards.queries.standing import standings_of
from portal.rewards.rules.standing import Standing


class RewardNews(StrEnum):
    """What a reporter is told about."""

    PROMISED = "promised"
    STANDING = "standing"
    LEFT = "left"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"


_NEWS: Final = {
    RewardNews.PROMISED: Text(
        "您举报的事项如查证属实并依法处理，可以按规定给予奖励。详情见本页“奖励”部分。",
        "What you reported can be rewarded once it is proved. See “Reward” on this page.",
    ),
    RewardNews.STANDING: Text(
        "您的举报在奖励中的顺位已确定或者有变化，理由见本页“奖励”部分。如不同意，可以在那里提出异议。",
        "“Reward” on this page says where your report stands, and why. You can object there.",
    ),
    RewardNews.LEFT: Text(
        "您的举报不再并入原先的案件，原案的奖励与其无关。详情见本页“奖励”部分。",
        "Your report is not in that case any more. See “Reward” on this page.",
    ),
    RewardNews.APPROVED: Text(
        "奖励已获批准，金额和计算方法见本页“奖励”部分。",
        "Your reward is approved. “Reward” on this page says how much, and how it was computed.",
    ),
    RewardNews.REFUSED: Text(
        "奖励未获批准，理由见本页“奖励”部分。您可以在那里申请复核。",
        "Your reward was refused; “Reward” on this page says why. You can ask for a review there.",
    ),
    RewardNews.WITHDRAWN: Text(
        "此前的奖励办理已撤回，理由见本页“奖励”部分。",
        "What was promised as a reward was taken back; “Reward” on this page says why.",
    ),
    RewardNews.ANSWERED: Text(
        "您就奖励提出的异议已有答复，见本页“奖励”部分。",
        "Your objection about the reward is answered. See “Reward” on this page.",
    ),
}


def tell(uow: UnitOfWork, report_id: UUID, news: RewardNews) -> None:
    """Put a word into the thread of a report, unless it was erased."""
    report = uow.session.get_one(Report, report_id, with_for_update=True)
    if report.content_key is None:
        return
    write(uow, report, MessageKind.NOTICE, _NEWS[news].in_(report.language))
    record(uow, "report.told-of-reward", "report", report.id, news=news)


def look_again(uow: UnitOfWork, case_id: UUID) -> None:
    """Have the ranks of a case looked at again once this commits."""
    uow.task(TaskKind.RANK_REPORTS, case_id, cause=uow.now.isoformat())


def rank_reports(case_id: UUID, *, actor: Actor) -> None:
    """Tell each reporter of a case where the report stands, if that is not what they know.

    Nobody is told before a reward was promised in the case: until then it would tell that others
    reported too. Safe to run twice: what was told is written down.
    """
    with unit_of_work(actor) as uow:
        case = uow.session.get(Case, case_id, with_for_update=True)
        award = uow.session.scalar(
            select(Award).where(Award.case_id == case_id).order_by(Award.number).limit(1)
        )
        if case is None or case.disposed_at is not None or award is None:
            return
        told = {
            one.report_id: one
            for one in uow.session.scalars(
                select(RewardStanding).where(RewardStanding.case_id == case.id)
            )
        }
        found = standings_of(uow.session, case, scheme_of(award))
        for standing in found:
            _tell_standing(uow, case, standing, told.pop(standing.candidate.report_id, None))
        for gone in told.values():
            uow.session.execute(
                delete(RewardStanding).where(RewardStanding.report_id == gone.report_id)
            )
            tell(uow, gone.report_id, RewardNews.LEFT)


def _tell_standing(
    uow: UnitOfWork, case: Case, standing: Standing, known: RewardStanding | None
) -> None:
    own = standing.candidate
    if not (own.tip and own.asks) or (known is not None and known.rank is standing.rank):
        return
    made = RewardStanding(
        report_id=own.report_id, case_id=case.id, rank=standing.rank, told_at=uow.now
    )
    uow.session.merge(made)
    tell(uow, own.report_id, RewardNews.STANDING)
