"""Whether the page of a report shows a category that corrections have taught."""

from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.casework.queries.lines import Dossier
from portal.intake.states import ReportAction
from portal.kernel.actor import Actor
from portal.triage.rules.bayes import Suggestion
from portal.triage.suggestions import find_suggestion


def suggestion_on(session: Session, dossier: Dossier, actor: Actor) -> Suggestion | None:
    """The suggestion, for who could follow it now, and if it is not what stands anyway."""
    facts = dossier.facts
    routable = ReportAction.ROUTE in facts.open_actions
    if not routable or not may(actor, Permission.ROUTE_REPORTS):
        return None
    found = find_suggestion(session, dossier.content)
    return found if found and found.category != facts.category else None
