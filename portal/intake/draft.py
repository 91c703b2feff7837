"""What somebody has typed so far, between the steps of the public form: pure Python."""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from portal.intake.models import ContactMode

TOKEN_BYTES = 16
DRAFT_COOKIE = "draft"
# However often a draft is saved, it ends after this; the files it waited with go an hour later.
LONGEST = timedelta(hours=24)


class FormStep(StrEnum):
    """The steps in their order; `contact` is asked of those only who give a name."""

    WHAT = "what"
    WHERE = "where"
    STORY = "story"
    ADDRESSES = "addresses"
    FILES = "files"
    WHO = "who"
    CONTACT = "contact"
    WISHES = "wishes"
    CHECK = "check"


# What "step 3 of 8" counts: who somebody is and how to reach them are one step on two pages.
COUNTED = tuple(step for step in FormStep if step is not FormStep.CONTACT)


class Where(StrEnum):
    """The three good answers to "where"."""

    PLACE = "place"
    ONLINE = "online"
    UNKNOWN = "unknown"


def new_token() -> str:
    """A submission token as it travels in a form: 128 random bits."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Refused:
    """What was sent of a step that could not be taken, and why, by the names of its fields.

    `reasons` that concern no field stand under "". They go once they were shown.
    """

    typed: Mapping[str, Sequence[str]] = field(repr=False)
    reasons: Mapping[str, Sequence[str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """The answers given so far; `category` is "" for "not sure", `files` are ids of evidence.

    A draft that was sent keeps nothing but its token, by which a second press of the button
    finds the same receipt.
    """

    token: str = field(repr=False)
    started_at: datetime
    answered: tuple[FormStep, ...] = ()
    sent: bool = False
    category: str = ""
    where: Where | None = None
    region: str | None = field(default=None, repr=False)
    region_typed: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    when: str = field(default="", repr=False)
    narrative: str = field(default="", repr=False)
    replies: Mapping[str, str] = field(default_factory=dict, repr=False)
    urls: tuple[str, ...] = field(default=(), repr=False)
    files: tuple[str, ...] = ()
    contact_mode: ContactMode | None = None
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    wants_feedback: bool = True
    wants_reward: bool = False
    wants_mail: bool = False
    wish: str = ""
    refused: Mapping[FormStep, Refused] = field(default_factory=dict, repr=False)
    # The report whose code was used to begin this one, as hex.
    follows: str | None = None

    @classmethod
    def new(cls, now: datetime) -> "Draft":
        """An empty draft."""
        return cls(new_token(), now)

    @property
    def steps(self) -> tuple[FormStep, ...]:
        """The steps that this reporter is asked, in order."""
        anonymous = self.contact_mode in {None, ContactMode.ANONYMOUS}
        return COUNTED if anonymous else tuple(FormStep)

    @property
    def first_open(self) -> FormStep:
        """The first step that has no answer yet; the check of all answers once none is left."""
        return next(step for step in self.steps if step not in self.answered)

    @property
    def begun(self) -> bool:
        """Whether there is anything to come back to."""
        return bool(self.answered) and not self.sent

    def reached(self, step: FormStep) -> bool:
        """Whether every step before this one was answered, and this one is asked at all."""
        order = self.steps
        return step in order and order.index(step) <= order.index(self.first_open)

    def after(self, step: FormStep) -> FormStep:
        """Where to go from a step: on to the next, or to what was left out, or to the check."""
        order = self.steps
        following = order[min(order.index(step), len(order) - 2) + 1]
        all_answered = self.first_open is FormStep.CHECK
        return following if self.reached(following) and not all_answered else self.first_open

    def before(self, step: FormStep) -> FormStep | None:
        """The step before this one; None for the first."""
        order = self.steps
        return order[order.index(step) - 1] if step in order[1:] else None

    def answer(self, step: FormStep, **answers: Any) -> "Draft":  # noqa: ANN401
        """The draft with the answers of one step; what they make void is forgotten.

        Whoever turns anonymous leaves no name behind.
        """
        known = self.answered if step in self.answered else (*self.answered, step)
        changed = replace(self, **answers, answered=known).without_refusal(step)
        if changed.contact_mode is ContactMode.ANONYMOUS:
            rest = tuple(one for one in changed.answered if one is not FormStep.CONTACT)
            changed = replace(changed, name="", phone="", email="", wants_mail=False, answered=rest)
            changed = changed.without_refusal(FormStep.CONTACT)
        return changed

    def refuse(self, step: FormStep, refused: Refused) -> "Draft":
        """The draft with what was sent of a step in vain, until an answer is taken."""
        return replace(self, refused={**self.refused, step: refused})

    def told(self, step: FormStep) -> "Draft":
        """The draft once the reasons of a refusal were shown: what was typed stays."""
        return self.refuse(step, replace(self.refused[step], reasons={}))

    def without_refusal(self, step: FormStep) -> "Draft":
        """The draft without what was sent of a step in vain."""
        left = {one: refused for one, refused in self.refused.items() if one is not step}
        return replace(self, refused=left)

    def about(self, category: str, *, asks: bool) -> "Draft":
        """The draft with its category; one that asks other questions has the story asked again."""
        changed = self.answer(FormStep.WHAT, category=category)
        if category == self.category:
            return changed
        story = FormStep.STORY
        left = tuple(one for one in changed.answered if one is not story or not asks)
        return replace(changed, answered=left, replies={})

    def handle(self, evidence_id: str) -> str:
        """What a page calls a file of this draft: never the id of its row."""
        return hashlib.sha256(f"{self.token}:{evidence_id}".encode()).hexdigest()[:24]

    @property
    def file_ids(self) -> tuple[UUID, ...]:
        """The ids of the files, in the order they came."""
        return tuple(UUID(one) for one in self.files)

    def to_state(self) -> dict[str, Any]:
        """The draft as plain JSON."""
        return {**asdict(self), "started_at": self.started_at.isoformat()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "Draft":
        """Read what `to_state` wrote, also before the last release."""
        known = {one.name for one in fields(cls)}
        kept = {name: value for name, value in state.items() if name in known}
        mode, where = kept.get("contact_mode"), kept.get("where")
        return cls(
            **{
                **kept,
                "started_at": datetime.fromisoformat(kept["started_at"]).astimezone(UTC),
                "answered": tuple(FormStep(one) for one in kept.get("answered", ())),
                "where": Where(where) if where else None,
                "urls": tuple(kept.get("urls", ())),
                "files": tuple(kept.get("files", ())),
                "contact_mode": ContactMode(mode) if mode else None,
                "refused": {
                    FormStep(step): Refused(**one) for step, one in kept.get("refused", {}).items()
                },
            }
        )
