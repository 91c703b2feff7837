"""Counter-notices in the bound file of their case, with the files that came with them.

Nothing of whoever complained is on these pages: a rights-holder is a reporter.
"""

from functools import partial

from flask_babel import format_date, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.counter_notices.models import CounterNotice, CounterNoticeFile
from portal.counter_notices.queries.reading import CounterLine, list_of_case
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.papers.decided import Said, section
from portal.papers.queries.files import Place, place_of_sent
from portal.papers.records import FromLater
from portal.papers.sheets import word
from portal.papers.states import Written


def records_of(session: Session, case: Case) -> list[FromLater]:
    """What parties of the case said against removals, and what came of it."""
    place = current_place()
    return [
        FromLater(Written.COUNTER_NOTICE, local_date(place, one.filed_at), partial(_said, one))
        for one in list_of_case(session, case)
    ]


def sent_in(session: Session, case: Case) -> list[Place]:
    """The files that came with the counter-notices of the case."""
    rows = session.execute(
        select(CounterNoticeFile.evidence_id, CounterNotice.filed_at)
        .join(CounterNotice, CounterNotice.id == CounterNoticeFile.notice_id)
        .where(CounterNotice.case_id == case.id)
        .order_by(CounterNotice.filed_at, CounterNoticeFile.evidence_id)
    )
    return [place_of_sent(evidence_id, at) for evidence_id, at in rows]


def _said(one: CounterLine) -> Said:
    own = one.said
    head = [
        [gettext("No."), str(one.number)],
        [gettext("State"), word(one.state)],
        [gettext("Why it may stay"), word(one.reason)],
        [gettext("Name of the party"), own.name],
        [gettext("Postal address"), own.address],
        [gettext("Telephone or e-mail"), own.contact],
        [gettext("Signed"), own.signature],
    ]
    if one.reinstated_on is not None:
        head.append([gettext("Back since"), format_date(one.reinstated_on, "long")])
    sections = [
        section(gettext("Addresses"), "\n".join(own.addresses)),
        section(gettext("Title of what is there"), own.work),
        section(gettext("What it puts forward"), own.text),
        section(gettext("Files"), "\n".join(file.filename for file in one.files)),
        section(gettext("Reasons"), one.reasons),
    ]
    return Said([row for row in head if row[1]], [each for each in sections if each["lines"]])
