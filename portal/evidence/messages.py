"""What is said about a file that is not taken: its name, the reason, and what would be taken."""

from flask_babel import gettext

from portal.evidence.kinds import ALLOWED_ENDINGS
from portal.evidence.refusals import Refusal
from portal.evidence.rules import Problem
from portal.web.labels import msgid
from portal.web.templating import show_size


def problem_text(problem: Problem) -> str:
    """The sentence for one problem, in the language of the page."""
    refused = problem.refused
    counted = refused.refusal is Refusal.TOO_MANY
    return str(
        gettext(
            msgid(refused.refusal),
            name=problem.filename,
            limit=refused.limit if counted else show_size(refused.limit),
            ending=refused.seen,
            allowed=", ".join(ALLOWED_ENDINGS),
        )
    )
