"""What stands on the trail, in words: the one place for the names of actions and details.

A code that no word is known for stays as it is: an entry of a newer program can still be read.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.audit.models import AuditEvent
from portal.campaigns.states import PlanAction, PlanState, PlanTaskAction, PlanTaskState
from portal.cases.states import CaseAction, CaseLeadAction, CaseLeadState, CaseState
from portal.casework.states import Finding, VerificationMethod
from portal.custody.rules import OpeningPurpose
from portal.custody.sealing import CustodianGroup
from portal.custody.states import (
    CustodianAction,
    CustodianState,
    OpeningAction,
    OpeningState,
)
from portal.decisions.states import DecisionAction, DecisionState, ReviewAction, ReviewState
from portal.disposal.states import DisposalAction, DisposalState, ListAction, ListState
from portal.evidence.states import (
    CustodyAct,
    EvidenceAction,
    EvidenceState,
    RenditionAction,
    RenditionState,
)
from portal.identities.rules import IdentityField
from portal.infra.tasks import TaskKind
from portal.intake.models import Channel
from portal.intake.states import LeadAction, LeadState, ReportAction, ReportState
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.states import ChangeAction, ChangeState, RequestAction, RequestState
from portal.kernel.actor import ActorKind, Role
from portal.operations import trail_desk, trail_online
from portal.papers.states import BoundAction, BoundState, PaperAction, PaperState
from portal.rewards.ledger.states import MovementKind
from portal.rewards.payment.states import (
    BatchAction,
    BatchState,
    PaymentAction,
    PaymentState,
)
from portal.rewards.states import AwardAction, AwardState
from portal.transfers.states import (
    HandOverAction,
    HandOverState,
    ReferralAction,
    ReferralState,
)
from portal.triage.states import PreviewAction, PreviewState, RelationKind
from portal.web.labels import label

_ACTIONS: Final[Mapping[str, LazyString]] = {
    **trail_desk.ACTIONS,
    **trail_online.ACTIONS,
    "account.add-passkey": _l("Passkey added"),
    "account.be-away": _l("Said to be away"),
    "account.be-back": _l("Back again"),
    "account.change-password": _l("Password changed"),
    "account.change-roles": _l("Roles changed"),
    "account.create": _l("Account made"),
    "account.disable": _l("Account closed"),
    "account.enable": _l("Account opened again"),
    "account.enter-payee-tag": _l("Own account entered"),
    "account.end-session": _l("Sign-in ended from afar"),
    "account.issue-code": _l("One-time code given out"),
    "account.refuse-code": _l("Sign-in refused: time code"),
    "account.refuse-one-time-code": _l("Sign-in refused: one-time code"),
    "account.refuse-passkey": _l("Sign-in refused: passkey"),
    "account.refuse-password": _l("Sign-in refused: password"),
    "account.remove-passkey": _l("Passkey removed"),
    "account.set-time-code": _l("Time codes set up"),
    "account.sign-in": _l("Signed in to the desk"),
    "account.sign-out": _l("Signed out"),
    "account.start": _l("Account started with a one-time code"),
    "bank_statement.read": _l("Statement of the bank read in"),
    "custodian.change-passphrase": _l("Custodian changed the passphrase"),
    "custodian.try": _l("Attempt at the custodians' keys refused"),
    "custody.create": _l("Keys of a custodian group made"),
    "custody.join": _l("Custodian joined a group"),
    "custody.drill": _l("Recovery of the groups' keys tried out"),
    "custody.wrap-again": _l("Seals renewed for the newest keys"),
    "custody.set-recovery": _l("Recovery of a group's keys set"),
    "disposal_list.propose": _l("List for destruction proposed"),
    "erasures.accept-loss": _l("Lost end of the ledger of erasures accepted"),
    "evidence.erase": _l("File erased"),
    "evidence.receive": _l("File came in"),
    "evidence.reconcile": _l("Stored files compared with the records"),
    "identity.open": _l("Name or contact read"),
    "identity.tell": _l("Reporter told of an opening"),
    "identity.stop-letters": _l("The reporter wants no more letters"),
    "opening.ask": _l("Opening asked for"),
    "opening.hold-notice": _l("Notice of an opening held back"),
    "opening.try": _l("Attempt at an opening refused"),
    "pack.load": _l("Pack loaded"),
    "plan.add-campaign": _l("Campaign added to the plan"),
    "plan.give-task": _l("Task of a plan given to a unit"),
    "plan.remind-task": _l("Unit reminded of a task of a plan"),
    "plan.make": _l("Plan of a year put on the desk"),
    "plan.name": _l("Said who answers for it"),
    "plan.open-paper": _l("Paper of a plan opened"),
    "report.agree-on-shares": _l("Parts of a reward entered by its reporter"),
    "payment.forget-payee": _l("Payee destroyed that no claim had left"),
    "payment.state-outcome": _l("Outcome of an unknown payment stated"),
    "payment.unstate-outcome": _l("What was stated of an unknown payment no longer counts"),
    "payment_batch.draw": _l("List for the bank drawn"),
    "payment_batch.try": _l("Step of a list for the bank refused"),
    "payment_difference.clear": _l("Difference of payments explained"),
    "payment_difference.find": _l("Difference of payments found"),
    "place.publish": _l("Version of rules and tables published"),
    "place.withdraw": _l("Planned version taken back"),
    "place_request.ask": _l("Changes handed in to a second person"),
    "place_change.draft": _l("Row drafted"),
    "post.close": _l("Letters to reporters stopped"),
    "post.try": _l("Attempt at the letters refused"),
    "post.open": _l("Letters to reporters let out"),
    "award.declare-conflict": _l("Interest in an award declared"),
    "award.promise": _l("Reward promised"),
    "fund.open": _l("Fund opened"),
    "fund.take-statement": _l("Statement of a fund taken along"),
    "reward.answer-sample": _l("Recipient answered the auditor"),
    "reward.forget-pin": _l("PIN for rewards said to be forgotten"),
    "reward.keep-pin": _l("PIN for rewards kept"),
    "reward.replace-pin": _l("PIN for rewards replaced"),
    "reward.set-pin": _l("PIN for rewards set"),
    "routing_preview.ask": _l("Preview of routing asked for"),
    "system.reconcile": _l("Records compared with each other"),
}
# What the moves of each lifecycle are called; a file also has a chain of custody.
_MOVES: Final[Mapping[str, tuple[type[StrEnum], ...]]] = {
    **trail_online.MOVES,
    "award": (AwardAction,),
    "bound_file": (BoundAction,),
    "case": (CaseAction,),
    "case_lead": (CaseLeadAction,),
    "case_referral": (ReferralAction,),
    "custodian": (CustodianAction,),
    "decision": (DecisionAction,),
    "disposal": (DisposalAction,),
    "disposal_list": (ListAction,),
    "evidence": (EvidenceAction, CustodyAct),
    "fund": (MovementKind,),
    "hand_over": (HandOverAction,),
    "lead": (LeadAction,),
    "opening": (OpeningAction,),
    "paper": (PaperAction,),
    "plan": (PlanAction,),
    "plan_task": (PlanTaskAction,),
    "payment": (PaymentAction,),
    "payment_batch": (BatchAction,),
    "place_change": (ChangeAction,),
    "place_request": (RequestAction,),
    "rendition": (RenditionAction,),
    "report": (ReportAction, RelationKind),
    "review": (ReviewAction,),
    "routing_preview": (PreviewAction,),
}
_STATES: Final[Mapping[str, type[StrEnum]]] = {
    **trail_online.STATES,
    "award": AwardState,
    "bound_file": BoundState,
    "case": CaseState,
    "case_lead": CaseLeadState,
    "case_referral": ReferralState,
    "custodian": CustodianState,
    "decision": DecisionState,
    "disposal": DisposalState,
    "disposal_list": ListState,
    "evidence": EvidenceState,
    "hand_over": HandOverState,
    "lead": LeadState,
    "opening": OpeningState,
    "paper": PaperState,
    "plan": PlanState,
    "plan_task": PlanTaskState,
    "payment": PaymentState,
    "payment_batch": BatchState,
    "place_change": ChangeState,
    "place_request": RequestState,
    "rendition": RenditionState,
    "report": ReportState,
    "review": ReviewState,
    "routing_preview": PreviewState,
}
_SUBJECTS: Final[Mapping[str, LazyString]] = {
    **trail_desk.SUBJECTS,
    **trail_online.SUBJECTS,
    "account": _l("Account"),
    "award": _l("Award"),
    "bound_file": _l("Bound file"),
    "case": _l("Case"),
    "case_lead": _l("Lead of a case"),
    "case_referral": _l("Transfer to the police"),
    "custodian": _l("Custodian"),
    "disposal": _l("Record on the schedule"),
    "disposal_list": _l("List for destruction"),
    "decision": _l("Decision"),
    "custody_group_key": _l("Custodian group"),
    "evidence": _l("File"),
    "fund": _l("Fund"),
    "hand_over": _l("Passing on"),
    "lead": _l("Lead"),
    "opening": _l("Opening"),
    "pack": _l("Rules and tables"),
    "paper": _l("Paper made from the record"),
    "plan": _l("Plan of a year"),
    "plan_task": _l("Task of a plan"),
    "bank_statement": _l("Statement of the bank"),
    "payment": _l("Payment of a reward"),
    "payment_batch": _l("List for the bank"),
    "payment_difference": _l("Difference of payments"),
    "place_change": _l("Draft"),
    "place_request": _l("Changes handed in"),
    "reconciliation": _l("Comparison of records"),
    "post": _l("Letters to reporters"),
    "rendition": _l("Copy without hidden data"),
    "report": _l("Report"),
    "review": _l("Review"),
    "routing_preview": _l("Preview of routing"),
}
_DETAILS: Final[Mapping[str, LazyString]] = {
    **trail_online.DETAILS,
    "account": _l("Account"),
    "after": _l("After"),
    "before": _l("Before"),
    "channel": _l("How it came in"),
    "department": _l("Unit"),
    "department_before": _l("Unit before"),
    "drafted_by": _l("Drafted by"),
    "due": _l("Due"),
    "evidence": _l("File"),
    "factor": _l("Second factor"),
    "files": _l("Files"),
    "fields": _l("Fields"),
    "finding": _l("Finding"),
    "group": _l("Group"),
    "handler": _l("Officer"),
    "handler_before": _l("Officer before"),
    "kind": _l("Kind"),
    "measure": _l("Measure"),
    "method": _l("Method"),
    "minutes": _l("Minutes"),
    "number": _l("Number"),
    "outcome": _l("Outcome"),
    "owner": _l("Who does it"),
    "party": _l("Party"),
    "purpose": _l("Purpose"),
    "reason": _l("Reason"),
    "refusal": _l("Refused with"),
    "region": _l("Region"),
    "result": _l("Result"),
    "role": _l("Role"),
    "roles": _l("Roles"),
    "rule": _l("Rule"),
    "stage": _l("Stage"),
    "version": _l("Version"),
}
_VALUES: Final[Mapping[str, type[StrEnum]]] = {
    **trail_online.VALUES,
    "channel": Channel,
    "fields": IdentityField,
    "finding": Finding,
    "group": CustodianGroup,
    "method": VerificationMethod,
    "purpose": OpeningPurpose,
    "role": Role,
    "roles": Role,
    "stage": Stage,
}
_FACTORS: Final[Mapping[str, LazyString]] = {
    "passkey": _l("Passkey"),
    "time-code": _l("Time code"),
}
_ACCOUNTS: Final = frozenset(
    {
        *("account", "accountable", "approved_by", "drafted_by"),
        *("handler", "handler_before", "owner"),
    }
)
_ACTORS: Final[Mapping[str, LazyString]] = {
    ActorKind.PUBLIC: _l("Somebody without an account"),
    ActorKind.OPERATOR: _l("Operator of the server"),
}
# What somebody did who was not yet signed in, and has shown to be this account's owner.
_BY_ITS_OWNER: Final = frozenset({"account.sign-in", "account.start"})


def action_words(action: str) -> str:
    """What an action is called."""
    if action in _ACTIONS:
        return str(_ACTIONS[action])
    subject, _dot, move = action.partition(".")
    for kind in _MOVES.get(subject, ()):
        if move in set(kind):
            return label(kind(move))
    return action


def subject_words(kind: str) -> str:
    """What the subject of an entry is."""
    return str(_SUBJECTS.get(kind, kind))


def who(event: AuditEvent, people: Mapping[UUID, str]) -> str:
    """Who did it, by name; whoever failed to sign in has not shown to be anybody."""
    by = event.actor_id
    if by is None and event.action in _BY_ITS_OWNER:
        by = event.subject_id
    if by is not None:
        return people.get(by, str(by))
    if event.actor_name in set(TaskKind):
        return label(TaskKind(event.actor_name))
    return str(_ACTORS.get(event.actor_kind, event.actor_name))


def accounts_in(event: AuditEvent) -> Iterator[UUID]:
    """The accounts that an entry names: who did it, to whom, and in its details."""
    if event.actor_id:
        yield event.actor_id
    if event.subject_kind == "account" and event.subject_id:
        yield event.subject_id
    yield from filter(None, (_id(event.details[one]) for one in _ACCOUNTS & event.details.keys()))


def details_of(
    event: AuditEvent, place: Place, language: str, people: Mapping[UUID, str]
) -> list[tuple[str, str]]:
    """The details of an entry as pairs of name and value, in the order in which they stand."""
    return [
        (str(_DETAILS.get(name, name)), _value(event, name, place, language, people))
        for name in event.details
    ]


def _value(
    event: AuditEvent, name: str, place: Place, language: str, people: Mapping[UUID, str]
) -> str:
    code = str(event.details[name])
    if name in {"before", "after"}:
        return _labelled(_STATES.get(event.subject_kind), code)
    if (named := _named_by(place, name, code, language)) is not None:
        return named
    if name in _ACCOUNTS and (account := _id(code)) is not None:
        return people.get(account, code)
    if name == "factor":
        return str(_FACTORS.get(code, code))
    own = trail_online.VALUES_OF.get((event.subject_kind, name))
    return _labelled(own or _VALUES.get(name), code)


def _named_by(place: Place, name: str, code: str, language: str) -> str | None:
    """What the place calls a code of its own; None for any other."""
    if name == "region" and code in place.regions:
        return place.region_name(code, language)
    if name in {"department", "department_before"} and code in place.departments:
        return place.departments[code].name.in_(language)
    if name in {"reason", "outcome"} and code in place.reasons:
        return place.reasons[code].name.in_(language)
    return None


def _labelled(kind: type[StrEnum] | None, codes: str) -> str:
    """Codes, with spaces between, by their labels."""
    if kind is None:
        return codes
    known = set(kind)
    return " · ".join(label(kind(one)) if one in known else one for one in codes.split(" "))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
