"""What each kind of task does. Every one is safe to run twice; its service says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from portal.cases.service.answering import give_answers
from portal.cases.service.leaving import give_cases_away
from portal.cases.service.recomputing import recompute_cases
from portal.casework.service.bulk import run_bulk_row
from portal.casework.service.erasure import erase_after_waiting
from portal.casework.service.following import tell_followers
from portal.casework.service.leaving import give_work_away
from portal.casework.service.masses import clear_mass
from portal.casework.service.recomputing import recompute_clocks
from portal.decisions.service.joining import tell_who_joined
from portal.decisions.service.recomputing import recompute_decisions
from portal.digests.service import make_digests
from portal.disposal.service.destroying import dispose_record
from portal.evidence.service import make_rendition, scan
from portal.hosts.service.capturing import run_capture
from portal.hosts.service.looking import look_at_address
from portal.hosts.service.sending import send_host_notice
from portal.identities.news import tell_by_mail
from portal.infra.tasks import TaskKind
from portal.intake.receipts import harden_receipt
from portal.intake.service import index_report
from portal.kernel.actor import Actor
from portal.papers.service.binding import bind_file
from portal.rewards.service.telling import rank_reports
from portal.rights_holders.service.calling import call_webhook
from portal.rights_holders.service.digests import send_digest
from portal.rights_holders.service.domains import look_at_domain
from portal.rights_holders.service.filing import file_complaint, file_complaints
from portal.transfers.service.keeping import erase_hand_overs
from portal.transfers.service.police import seal_referral
from portal.transfers.service.preparing import seal_bundle
from portal.transfers.service.recomputing import recompute_referrals
from portal.transfers.service.sending import deliver_announcement
from portal.triage.pictures import compare_picture
from portal.triage.preview import go_on_with_preview
from portal.triage.service import triage_report, triage_reports

# How many tasks travel in one message: few enough that one which is lost, or whose worker dies,
# holds up little.
BATCH = 20


class OnUnknown(StrEnum):
    """What to do when a worker died in the middle and nobody knows how far it came."""

    RUN_AGAIN = "run-again"
    NEVER_AGAIN = "never-again"
    ASK_A_PERSON = "ask-a-person"


class Service(Protocol):
    def __call__(self, subject_id: UUID, /, *, actor: Actor) -> object: ...


class TogetherService(Protocol):
    def __call__(self, subject_ids: Sequence[UUID], /, *, actor: Actor) -> object: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is run: `seconds` for one attempt, `attempts` before a person is asked.

    `together` does up to `at_once` in one transaction, all or none; where that fails each is done
    alone. On SQLite nobody else writes meanwhile.
    What is `urgent` goes before everything else, since somebody waits for it. `most` travel in one
    message: to start the process that does them takes longer than a small task.
    """

    service: Service
    on_unknown: OnUnknown = OnUnknown.RUN_AGAIN
    seconds: int = 30
    attempts: int = 5
    urgent: bool = False
    together: TogetherService | None = None
    at_once: int = 5
    most: int = BATCH


KINDS: Mapping[str, Kind] = {
    TaskKind.TRIAGE_REPORT: Kind(triage_report, urgent=True, together=triage_reports),
    TaskKind.TRIAGE_ROW: Kind(triage_report, together=triage_reports, most=100),
    TaskKind.HARDEN_RECEIPT: Kind(harden_receipt),
    TaskKind.INDEX_REPORT: Kind(index_report),
    TaskKind.SCAN_FILE: Kind(scan, seconds=120),
    TaskKind.MAKE_RENDITION: Kind(make_rendition, seconds=120),
    TaskKind.COMPARE_PICTURE: Kind(compare_picture),
    TaskKind.CLEAR_MASS: Kind(clear_mass, seconds=300),
    TaskKind.TELL_FOLLOWERS: Kind(tell_followers, seconds=300),
    TaskKind.ERASE_WORDS: Kind(erase_after_waiting),
    TaskKind.GIVE_WORK_AWAY: Kind(give_work_away, seconds=120),
    TaskKind.GIVE_CASES_AWAY: Kind(give_cases_away, seconds=120),
    TaskKind.ANSWER_CASE: Kind(give_answers, seconds=300),
    TaskKind.TELL_WHO_JOINED: Kind(tell_who_joined),
    TaskKind.RUN_BULK_ROW: Kind(run_bulk_row),
    TaskKind.PREVIEW_ROUTING: Kind(go_on_with_preview, seconds=300),
    TaskKind.RECOMPUTE_CLOCKS: Kind(recompute_clocks, seconds=300),
    TaskKind.RECOMPUTE_CASES: Kind(recompute_cases, seconds=300),
    TaskKind.RECOMPUTE_DECISIONS: Kind(recompute_decisions, seconds=300),
    TaskKind.RECOMPUTE_REFERRALS: Kind(recompute_referrals, seconds=300),
    TaskKind.SEAL_REFERRAL: Kind(seal_referral, seconds=120),
    TaskKind.SEAL_BUNDLE: Kind(seal_bundle, seconds=120),
    TaskKind.ANNOUNCE_HAND_OVER: Kind(
        deliver_announcement, on_unknown=OnUnknown.ASK_A_PERSON, seconds=90
    ),
    TaskKind.ERASE_HAND_OVERS: Kind(erase_hand_overs),
    TaskKind.DISPOSE_RECORD: Kind(dispose_record, seconds=300),
    TaskKind.RANK_REPORTS: Kind(rank_reports, seconds=120),
    TaskKind.FILE_COMPLAINT: Kind(file_complaint, together=file_complaints, at_once=50, most=250),
    TaskKind.CALL_WEBHOOK: Kind(call_webhook, seconds=120),
    TaskKind.LOOK_AT_DOMAIN: Kind(look_at_domain, seconds=120),
    TaskKind.SEND_DIGEST: Kind(send_digest, seconds=90, attempts=8),
    TaskKind.MAKE_DIGESTS: Kind(make_digests, seconds=600),
    TaskKind.BIND_FILE: Kind(bind_file, seconds=120, attempts=8),
    TaskKind.CAPTURE_ADDRESS: Kind(run_capture, seconds=120),
    TaskKind.LOOK_AT_ADDRESS: Kind(look_at_address, seconds=120),
    TaskKind.SEND_HOST_NOTICE: Kind(
        send_host_notice, on_unknown=OnUnknown.ASK_A_PERSON, seconds=90
    ),
    TaskKind.TELL_BY_MAIL: Kind(tell_by_mail, seconds=90, attempts=8),
}
