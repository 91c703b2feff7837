"""A case with all that its page shows, read once."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.cases.queries.access import get_case
from portal.cases.queries.chain import Chain, chain_of
from portal.cases.queries.course import Course, course_of
from portal.cases.queries.events import NEWEST, CaseEvent, list_events, was_opened_lately
from portal.cases.queries.inside import inside_of
from portal.cases.queries.joint import MemberLine, members_of
from portal.cases.queries.meetings import MeetingLine, meetings_of
from portal.cases.queries.oversight import Oversight, oversight_of
from portal.cases.queries.page import CasePage, contents_of
from portal.casework.queries.board import viewpoint
from portal.kernel.actor import Actor
from portal.kernel.page import Page, Window


@dataclass(frozen=True, slots=True)
class WholeCase:
    """What is in a case, what others have to do with it, and the newest of what happened."""

    case: CasePage
    course: Course
    oversight: Oversight
    meetings: tuple[MeetingLine, ...]
    members: tuple[MemberLine, ...]
    chain: Chain
    events: Page[CaseEvent]
    opened_lately: bool


def get_whole(session: Session, number: str, actor: Actor) -> WholeCase:
    """Everything about a case in the actor's scope; NotFound for any other."""
    view, case = viewpoint(actor), get_case(session, number, actor)
    inside = inside_of(session, case)
    contents = contents_of(session, case, inside, view)
    return WholeCase(
        case=contents,
        course=course_of(case, inside, view.today),
        oversight=oversight_of(case, inside, view.today),
        meetings=meetings_of(case, inside),
        members=members_of(case, inside, view.today),
        chain=chain_of(session, case, inside, contents),
        events=list_events(session, case, Window(limit=NEWEST)),
        opened_lately=was_opened_lately(session, case, view),
    )
