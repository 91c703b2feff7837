"""What the page of a report offers this reader: the open moves, and the acts that are no moves."""

from dataclasses import dataclass

from portal.access.permissions import Permission, may
from portal.casework.queries.lines import Dossier, Heading
from portal.casework.rules import (
    GIVES_RESULT,
    TAKES_ON,
    at_reception,
    can_hold,
    may_ask,
    may_send_leads,
    may_take,
    works_at,
)
from portal.intake.states import OPEN_STATES, ReportAction
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Offers:
    """The buttons of a page; `moves` come from the lifecycle only, in its order."""

    moves: tuple[ReportAction, ...]
    acts: tuple[str, ...]
    originals: bool
    relates: bool

    def include(self, act: str) -> bool:
        """Whether there is a button for this."""
        return act in self.moves or act in self.acts


def offers_of(report: Dossier | Heading, actor: Actor) -> Offers:
    """What the actor may do with the report as it stands; a merged one is worked on elsewhere."""
    facts, clocks = report.facts, report.clocks
    alone = facts.merged_into is None
    unit = facts.department_code
    works = works_at(actor, unit) and may(actor, Permission.WORK_REPORTS)
    sorts_out = at_reception(unit) and may(actor, Permission.ROUTE_REPORTS)
    assignable = facts.state in OPEN_STATES and unit is not None
    heads = may(actor, Permission.ASSIGN_REPORTS) and works_at(actor, unit)
    own = facts.handler_id is not None and facts.handler_id == actor.id
    holds = can_hold(actor.roles, actor.department, unit)
    acts = {
        "claim": alone and assignable and facts.handler_id is None and holds,
        "ask": alone and may_ask(actor, facts.state, unit),
        "assign": alone and assignable and heads,
        "hand_over": alone and assignable and facts.handler_id is not None and (own or heads),
        "release": alone and assignable and facts.handler_id is not None and (own or heads),
        "extend": alone
        and works
        and may(actor, Permission.EXTEND_TIME)
        and any(clock.may_extend for clock in clocks),
        "stand_still": alone and works and any(clock.may_stand_still for clock in clocks),
        "run_on": alone and works and any(clock.paused for clock in clocks),
        "note": sorts_out or may(actor, Permission.WORK_REPORTS),
        "follow": alone
        and may_send_leads(actor, facts.state, unit)
        and not (facts.restricted or facts.conflict),
        "instruct": may(actor, Permission.ENTER_REPORTS),
        "step_aside": actor.id is not None,
    }
    return Offers(
        moves=tuple(
            move
            for move in facts.open_actions
            if alone
            and may_take(actor, move, unit)
            and not (move in GIVES_RESULT and report.own_result_contested)
            and not (move in TAKES_ON and report.spoken_for)
        ),
        acts=tuple(name for name, allowed in acts.items() if allowed),
        originals=may(actor, Permission.OPEN_ORIGINALS),
        relates=may(actor, Permission.RELATE_REPORTS),
    )
