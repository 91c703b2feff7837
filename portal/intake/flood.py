"""What happens while the whole site is flooded: a little work from everybody, never a lock."""

import logging
from datetime import timedelta
from typing import Final

from portal.audit.trail import record
from portal.infra.proof import WAIT, spend
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import TooManyAttempts

FLOOD: Final = timedelta(minutes=10)
EVERYBODY: Final = "site"
_log = logging.getLogger(__name__)


class ProofNeeded(TooManyAttempts):
    """Come again with a proof: solved by the browser, or waited for."""


def demand_proof(throttle: Throttle, proof: str, network: str, *, actor: Actor) -> bool | None:
    """Count one attempt of the whole site; while there were too many, ask for a proof.

    What `throttle` admits goes through untouched; the first that does not sounds the alarm. Return
    what to hand to `uncount`: None for what came through with a proof, and was not counted.
    """
    with unit_of_work(actor) as uow:
        try:
            started = throttle.attempt(uow, EVERYBODY)
        except TooManyAttempts:
            if not spend(uow, proof, network):
                seconds = int(WAIT.total_seconds())
                raise ProofNeeded("proof-needed", seconds=seconds) from None
            return None
        if started:
            record(uow, "site.ask-proof", "site", None, kind=throttle.kind)
            _log.warning("site flooded: %s", throttle.kind)
        return started


def uncount(uow: UnitOfWork, throttle: Throttle, counted: bool | None) -> None:  # noqa: FBT001
    """Take back an attempt that turned out well."""
    if counted is not None:
        throttle.give_back(uow, EVERYBODY, held=counted)
