"""Words of the trail for rights-holders, for what is on the net, and for machines of partners."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.counter_notices.states import (
    ComplainantAnswer,
    ComplaintFinding,
    CounterAction,
    CounterState,
)
from portal.exchange.states import Scope
from portal.hosts.states import (
    CaptureAction,
    CaptureState,
    HostAnswer,
    HostNoticeAction,
    HostNoticeState,
    Serving,
)
from portal.infra.fetching.guard import NoVisit
from portal.jurisdiction.tables import CounterReason
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.rules.webhooks import WebhookEnd, WebhookEvent
from portal.rights_holders.states import (
    ComplaintAction,
    ComplaintState,
    OrganisationAction,
    OrganisationReason,
    OrganisationState,
)

ACTIONS: Final[Mapping[str, LazyString]] = {
    "api_token.issue": _l("Token for a program made"),
    "api_token.revoke": _l("Token for a program ended"),
    "capture.ask": _l("Capture of an address asked for"),
    "capture.open": _l("Capture opened"),
    "case_address.add": _l("Address put into the case"),
    "case_address.change": _l("What an address gives has changed"),
    "case_address.strike": _l("Address struck out"),
    "complaint.declare": _l("Sheet of complaints declared"),
    "complaint.receive": _l("Complaint received"),
    "complaint.add-files": _l("Files added to a complaint"),
    "complaint.erase": _l("Words and files of a complaint erased"),
    "complaint.send-sheet": _l("Sheet of complaints sent"),
    "counter_notice.answer": _l("Counter-notice answered by whoever complained"),
    "counter_notice.file": _l("Counter-notice received"),
    "counter_notice.find": _l("Complaint judged with its counter-notice"),
    "counter_notice.open-file": _l("File of a counter-notice opened"),
    "decision.export": _l("Decisions taken along as statements of reasons"),
    "host_contact.add": _l("Host put into the directory"),
    "host_contact.end": _l("Host taken out of the directory"),
    "host_notice.draft": _l("Notice to a host drafted"),
    "organisation.accept": _l("Person accepted to act for an organisation"),
    "organisation.remove-domain": _l("Name on the net taken out"),
    "organisation.say-seat": _l("Seat of an organisation said"),
    "organisation.send-file": _l("File sent ahead of a complaint"),
    "organisation.add-domain": _l("Name on the net said to be an organisation's"),
    "organisation.add-person": _l("Person added to an organisation"),
    "organisation.change-work": _l("Work changed"),
    "organisation.decline": _l("Person declined to act for an organisation"),
    "organisation.end-person": _l("Person taken out of an organisation"),
    "organisation.enter-works": _l("Works entered"),
    "organisation.hand-in": _l("Proof of an organisation handed in"),
    "organisation.look-at-domain": _l("File looked for that shows whose a name is"),
    "organisation.register": _l("Organisation registered"),
    "organisation.tell": _l("Organisation told that there is news"),
    "partner_key.issue": _l("Key of a partner issued"),
    "partner_key.receive": _l("Report received from a partner"),
    "partner_key.revoke": _l("Key of a partner ended"),
    "report.open-proof": _l("Proof of the right opened"),
    "webhook.add": _l("Address of a program to be called"),
    "webhook.disable": _l("Address of a program called no more by itself"),
    "webhook.enable": _l("Address of a program called again"),
    "webhook.end": _l("Address of a program ended"),
    "webhook.resend": _l("Message to a program sent again"),
    "webhook.rotate": _l("Secret of a program's address changed"),
}
MOVES: Final[Mapping[str, tuple[type[StrEnum], ...]]] = {
    "capture": (CaptureAction,),
    "complaint": (ComplaintAction,),
    "counter_notice": (CounterAction,),
    "host_notice": (HostNoticeAction,),
    "organisation": (OrganisationAction,),
}
STATES: Final[Mapping[str, type[StrEnum]]] = {
    "capture": CaptureState,
    "case_address": Serving,
    "complaint": ComplaintState,
    "counter_notice": CounterState,
    "host_notice": HostNoticeState,
    "organisation": OrganisationState,
}
SUBJECTS: Final[Mapping[str, LazyString]] = {
    "api_token": _l("Token for a program"),
    "capture": _l("Capture"),
    "case_address": _l("Address of a case"),
    "complaint": _l("Complaint"),
    "complaint_sheet": _l("Sheet"),
    "counter_notice": _l("Counter-notice"),
    "host_contact": _l("Host"),
    "host_notice": _l("Notice to a host"),
    "organisation": _l("Organisation"),
    "partner_key": _l("Key of a partner"),
    "webhook": _l("Address of a program"),
}
DETAILS: Final[Mapping[str, LazyString]] = {
    "answer": _l("What the host did"),
    "approved_by": _l("Approved by"),
    "case": _l("Case"),
    "complaint": _l("Complaint"),
    "count": _l("How many"),
    "events": _l("What the program is told"),
    "message": _l("Message to the program"),
    "finding": _l("What was found of the complaint"),
    "rows": _l("Rows"),
    "scopes": _l("What it opens"),
    "work": _l("Work"),
    "works": _l("Works"),
}
VALUES: Final[Mapping[str, type[StrEnum]]] = {
    "answer": HostAnswer,
    "events": WebhookEvent,
    "scopes": Scope,
}
# The same word means another list of codes for another subject.
VALUES_OF: Final[Mapping[tuple[str, str], type[StrEnum]]] = {
    ("api_token", "scopes"): TokenScope,
    ("capture", "reason"): NoVisit,
    ("counter_notice", "answer"): ComplainantAnswer,
    ("counter_notice", "finding"): ComplaintFinding,
    ("counter_notice", "reason"): CounterReason,
    ("organisation", "reason"): OrganisationReason,
    ("organisation", "role"): MemberRole,
    ("webhook", "reason"): WebhookEnd,
}
