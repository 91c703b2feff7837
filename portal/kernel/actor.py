"""Who is acting: passed to every service, so that none needs to know of a request."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    PUBLIC = "public"
    STAFF = "staff"
    SYSTEM = "system"
    OPERATOR = "operator"


class Role(StrEnum):
    """What a member of staff is there for; `portal.access.permissions` says what that allows."""

    TRIAGE_CLERK = "triage-clerk"
    CASE_OFFICER = "case-officer"
    DEPARTMENT_HEAD = "department-head"
    SUPERVISOR = "supervisor"
    CUSTODIAN_R = "custodian-r"
    CUSTODIAN_A = "custodian-a"
    FINANCE = "finance"
    REWARD_COMMITTEE = "reward-committee"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """One natural person or one part of the system, as the services see it.

    `id` is the account of a member of staff, `department` the code of the unit they work for
    (`CULTURE_ENF@320412`), `region` the code of the region that unit answers for. The public
    has none of them: what a reporter may touch follows from the receipt, not from an account.
    Somebody of the public may have an account (`outside`), and never a role. `person` is who is
    behind the account, where that is known: it saves looking it up.
    """

    kind: ActorKind
    id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    department: str | None = None
    region: str | None = None
    name: str = ""
    person: UUID | None = None

    def __post_init__(self) -> None:
        if self.kind is ActorKind.PUBLIC and (self.roles or self.department):
            raise ValueError("the public has no roles and no desk")

    @classmethod
    def outside(cls, account_id: UUID, name: str) -> "Actor":
        """Somebody of the public with an account: a person of a rights-holder."""
        return cls(ActorKind.PUBLIC, account_id, name=name)

    @classmethod
    def public(cls) -> "Actor":
        """Somebody without an account: a reporter, or anyone at the public pages."""
        return cls(ActorKind.PUBLIC, name="public")

    @classmethod
    def system(cls, name: str) -> "Actor":
        """A background task or the clock, by its name."""
        return cls(ActorKind.SYSTEM, name=name)

    @classmethod
    def operator(cls) -> "Actor":
        """Whoever has a shell on the server and uses the command line."""
        return cls(ActorKind.OPERATOR, name="operator")
