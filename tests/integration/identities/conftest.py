"""A named report, one custodian of each group, and the steps between them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.custody.rules import OpeningPurpose
from portal.custody.sealing import CustodianGroup
from portal.custody.service.post import OpenPost, open_post
from portal.identities.service import (
    AskToOpen,
    ReadIdentity,
    ReleaseOpening,
    ask_to_open,
    read_identity,
    release_opening,
)
from portal.intake.models import ContactMode, Report
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import actor_of
from tests.factories.custody import PASSPHRASE, make_custodian
from tests.factories.intake import DEPARTMENT, make_report
from tests.integration.transfers.conftest import Postbox
from tests.integration.transfers.conftest import postbox as postbox  # noqa: PLC0414  # a fixture

NAME, PHONE, EMAIL = "钟馗金丝雀", "13877712345", "jinsique@example.invalid"
REASON = "证人须当庭作证，站内留言多次未获答复，须直接联系。"
BASIS = "《行政处罚法》第五十五条"


@dataclass
class Opening:
    """The people of an opening, and its steps."""

    report: Report
    asker: Account
    approver: Account
    fields: tuple[str, ...] = ("phone",)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def requester(self) -> Actor:
        return actor_of(self.asker)

    @property
    def other(self) -> Actor:
        return actor_of(self.approver)

    def ask(self, **changes: Any) -> UUID:
        given = {
            "reference": self.report.reference,
            "fields": self.fields,
            "purpose": OpeningPurpose.WITNESS,
            "reason": REASON,
            "basis": BASIS,
            **changes,
        }
        return ask_to_open(AskToOpen(**given), actor=self.requester)

    def release(self, opening_id: UUID, minutes: int = 30, actor: Actor | None = None) -> None:
        release_opening(ReleaseOpening(opening_id, minutes, PASSPHRASE), actor=actor or self.other)

    def read(self, opening_id: UUID, actor: Actor | None = None) -> dict[str, str]:
        return read_identity(ReadIdentity(opening_id, PASSPHRASE), actor=actor or self.requester)


def named_report(**changes: Any) -> Report:
    return make_report(
        state=ReportState.ACCEPTED,
        contact_mode=ContactMode.NAMED,
        identity=Identity(NAME, PHONE, EMAIL),
        **changes,
    )


@pytest.fixture
def opening(app: Flask) -> Opening:
    """A report of a unit, an officer of the unit who is a requester, and an approver."""
    asker = make_custodian(
        CustodianGroup.REQUESTERS, Role.CASE_OFFICER, department=DEPARTMENT, region="320412"
    )
    return Opening(named_report(), asker, make_custodian(CustodianGroup.APPROVERS))


@pytest.fixture
def steps(opening: Opening) -> Callable[[], dict[str, str]]:
    """The whole way at once."""

    def go() -> dict[str, str]:
        opening_id = opening.ask()
        opening.release(opening_id)
        return opening.read(opening_id)

    return go


@pytest.fixture
def post(opening: Opening, postbox: Postbox) -> Postbox:
    """A mail server, and the post open."""
    open_post(OpenPost(PASSPHRASE), actor=opening.other)
    return postbox
