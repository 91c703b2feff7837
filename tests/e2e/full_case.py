"""A case with something of everything: `python -m tests.e2e.full_case` prints its number."""

import sys
from datetime import timedelta

from app import create_app
from portal.cases.service.chain import AddEdge, FollowCase, add_edge, follow_case
from portal.cases.service.joint import AddMember, GiveMemberTask, add_member, give_member_task
from portal.cases.service.supervision import (
    ReportProgress,
    SetMilestone,
    Supervise,
    report_progress,
    set_milestone,
    supervise,
)
from portal.cases.service.tasks import GiveTask, give_task
from portal.cases.states import ChainDirection
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.papers.service.serving import record_service
from portal.transfers.service.police import ProposeReferral, propose_referral
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer, make_supervisor
from tests.factories.decisions import make_decision, make_party, open_page
from tests.factories.intake import make_report
from tests.factories.papers import make_draft, make_final, service_of

NEIGHBOUR, REGION = "CULTURE_ENF@320481", "320481"
WORDS = "请协助核查供货情况。"


def main() -> None:
    with create_app().app_context():
        number, _officer = make()
        sys.stdout.write(f"{number}\n")


def make() -> tuple[str, Actor]:
    """The number of the case, and its officer."""
    officer, head = make_officer(), make_head()
    report = make_report(state=ReportState.VERIFIED, officer=officer)
    number = make_case(report, officer=officer, head=head, upto="file")
    _fill(number, officer)
    _decide(number, officer)
    _share(number, officer, head)
    _oversee(number, officer)
    return number, officer


def _fill(number: str, officer: Actor) -> None:
    shop, printer = (make_party(number, officer, name) for name in ("示例书店", "示例印刷厂"))
    add_edge(AddEdge(number, printer, shop, "送货单三张。"), actor=officer)
    assert officer.id is not None
    give_task(GiveTask(number, officer.id, today(), WORDS), actor=officer)
    made = make_final(number, officer, "order-to-correct")
    record_service(service_of(number, made), actor=officer)
    make_draft(number, officer)
    propose_referral(ProposeReferral(number, "数额较大。"), actor=officer)


def _decide(number: str, officer: Actor) -> None:
    party = make_party(number, officer, "示例文具店")
    open_page(number, party, officer)
    make_decision(number, party=party, officer=officer, served=today())
    make_decision(number, party=party, officer=officer, approved=False)


def _share(number: str, officer: Actor, head: Actor) -> None:
    until = today() + timedelta(days=30)
    member = add_member(AddMember(number, NEIGHBOUR, WORDS, WORDS, until), actor=head)
    give_member_task(GiveMemberTask(number, member, until, WORDS), actor=officer)
    lead = FollowCase(number, REGION, NEIGHBOUR, WORDS, ChainDirection.UP)
    follow_case(lead, actor=officer)


def _oversee(number: str, officer: Actor) -> None:
    above = make_supervisor("000000")
    supervise(Supervise(number, WORDS, 14), actor=above)
    set_milestone(SetMilestone(number, today(), WORDS), actor=above)
    report_progress(ReportProgress(number, WORDS), actor=officer)


if __name__ == "__main__":
    main()
