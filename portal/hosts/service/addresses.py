"""The addresses of a case: typed in, taken over from its reports, struck out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.in_hand import take_open, touch
from portal.hosts.models import CaseAddress
from portal.hosts.queries.addresses import url_of
from portal.hosts.rules import MOST_ADDRESSES
from portal.infra.fetching.guard import NotVisited, read_target
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake.content import open_content
from portal.intake.models import Report
from portal.intake.queries import in_scope as reports_in_scope
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class AddAddress:
    """An address that has something of the case."""

    number: str
    url: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class TakeOverAddresses:
    """The order to put the addresses of the reports of a case into it."""

    number: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class StrikeAddress:
    """An address that does not belong to the case after all."""

    number: str
    address_id: UUID
    seen_version: int | None = None


def add_address(command: AddAddress, *, actor: Actor) -> UUID:
    """Put an address into a case; return its id, that of the one there if it is there already.

    Raises RuleBroken for what is no address of the web, and for more than a case takes.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        read = _read(command.url)
        if read is None:
            raise RuleBroken("not-a-web-address")
        known = _known(uow, case)
        if read in known:
            return known[read]
        [made] = _add(uow, case, [read], len(known))
        return made


def take_over_addresses(command: TakeOverAddresses, *, actor: Actor) -> int:
    """Put every address that the reports in the actor's scope name into the case; how many are new.

    What cannot be read as an address of the web is left where it is, and so is what the case has.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        known = _known(uow, case)
        read = (_read(url) for report in _reports(uow, case) for url in _urls_of(report))
        fresh = dict.fromkeys(url for url in read if url is not None and url not in known)
        return len(_add(uow, case, fresh, len(known)))


def strike_address(command: StrikeAddress, *, actor: Actor) -> None:
    """Strike an address out; what was captured of it stays, and it is looked at no more."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        address = get_address(uow, case, command.address_id)
        if address.struck_at is not None:
            raise RuleBroken("address-struck-out")
        address.struck_at, address.next_look_at = uow.now, None
        record(uow, "case_address.strike", "case_address", address.id, case=case.number)
        touch(uow, case)


def get_address(uow: UnitOfWork, case: Case, address_id: UUID) -> CaseAddress:
    """An address of the case; NotFound for one of another."""
    found = uow.session.get(CaseAddress, address_id, with_for_update=True)
    if found is None or found.case_id != case.id:
        raise NotFound("address")
    return found


def _read(url: str) -> str | None:
    try:
        return read_target(url).url
    except NotVisited:
        return None


def _known(uow: UnitOfWork, case: Case) -> dict[str, UUID]:
    key = key_of(case)
    rows = uow.session.scalars(
        select(CaseAddress).where(CaseAddress.case_id == case.id, CaseAddress.struck_at.is_(None))
    )
    return {url_of(key, one): one.id for one in rows}


def _add(uow: UnitOfWork, case: Case, urls: Iterable[str], there: int) -> list[UUID]:
    wanted, key, made = list(urls), key_of(case), []
    if there + len(wanted) > MOST_ADDRESSES:
        raise RuleBroken("too-many-addresses", most=MOST_ADDRESSES)
    for url in wanted:
        address = CaseAddress(case_id=case.id, body=b"", added_at=uow.now, added_by=uow.actor.id)
        address.body = key.encrypt_text(url, context_of("case_address.body", address.id))
        uow.session.add(address)
        record(uow, "case_address.add", "case_address", address.id, case=case.number)
        made.append(address.id)
    if made:
        touch(uow, case)
    return made


def _reports(uow: UnitOfWork, case: Case) -> list[Report]:
    wanted = (
        select(Report)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
        .where(reports_in_scope(uow.actor), Report.content.is_not(None))
        .order_by(Report.received_at, Report.id)
    )
    return list(uow.session.scalars(wanted))


def _urls_of(report: Report) -> tuple[str, ...]:
    if report.content is None or report.content_key is None:
        return ()
    return open_content(vault().open_key(report.content_key), report.id, report.content).urls
