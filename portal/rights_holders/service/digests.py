"""Once a month organisations are told by mail that there is news; what it is, their page says."""

from datetime import date
from typing import Final
from uuid import UUID, uuid5

from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.trail import record
from portal.infra.config import settings
from portal.infra.mail import MailNotSent, MailUnconfirmed, send_mail
from portal.infra.tasks import TaskKind
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.rights_holders.models import Organisation
from portal.rights_holders.queries.figures import list_months
from portal.rights_holders.queries.own import details_of, today
from portal.rights_holders.rules.months import month_before, name_of
from portal.rights_holders.states import OrganisationState

MOST_AT_ONCE: Final = 200
NO_SUCH_BOX: Final = 500
_LOCALES: Final = ("zh_Hans", "en")


def leave_digests(*, actor: Actor) -> int:
    """Leave a letter for each organisation with news of last month; return how many.

    Safe to run at any time and twice: an organisation is looked at once for a month.
    """
    if not settings().mail_url:
        return 0
    last = month_before(today().replace(day=1))
    with unit_of_work(actor) as uow:
        found = uow.session.scalars(
            select(Organisation)
            .where(
                Organisation.state == OrganisationState.VERIFIED,
                Organisation.digest_month < name_of(last),
            )
            .order_by(Organisation.registered_at, Organisation.id)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        told = 0
        for one in found:
            one.digest_month = name_of(last)
            if _has_news(uow.session, one, last):
                uow.task(TaskKind.SEND_DIGEST, one.id, cause=name_of(last))
                told += 1
        return told


def _has_news(session: Session, organisation: Organisation, first: date) -> bool:
    lines = list_months(session, organisation.id, today())
    return any(line.has_news for line in lines if line.first == first)


def send_digest(organisation_id: UUID, *, actor: Actor) -> None:
    """Send one letter that there is news: no name, no number, no word of the matter.

    Killed before the server has it, it is sent by the next attempt; killed after, it may come
    twice with one Message-ID. A box that does not exist ends it.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        organisation = uow.session.get(Organisation, organisation_id)
        if organisation is None or organisation.state is not OrganisationState.VERIFIED:
            return
        address = details_of(organisation).email
        name = uuid5(organisation.id, organisation.digest_month).hex
    try:
        subject, text = letter()
        send_mail(address, subject, text, message_id=name)
    except MailUnconfirmed:
        pass  # it may have gone: a second one would be no better
    except MailNotSent as problem:
        if int(problem.params.get("status", 0)) < NO_SUCH_BOX:
            raise MailNotSent(problem.code) from None
    with unit_of_work(actor) as uow:
        record(uow, "organisation.tell", "organisation", organisation_id)


def letter() -> tuple[str, str]:
    """Subject and text in both languages: an organisation has many people."""
    said = []
    for locale in _LOCALES:
        with force_locale(locale):
            subject = gettext("There is news of your complaints")
            text = gettext(
                "There is news. Sign in at %(address)s to read it.\n"
                "This message cannot be answered.",
                address=f"{settings().base_url}/rights-holders/mine",
            )
            said.append((str(subject), str(text)))
    return " / ".join(one for one, _text in said), "\n\n".join(text for _one, text in said)
