"""What is said about a file that is not taken: its name, the reason, and what would be taken."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.evidence.kinds import ALLOWED_ENDINGS
from portal.evidence.refusals import Refusal
from portal.evidence.rules import Problem
from portal.web.templating import show_size

_SENTENCES: Final[Mapping[Refusal, LazyString]] = {
    Refusal.EMPTY: _l("“%(name)s” is empty. Choose the file again."),
    Refusal.TOO_LARGE: _l("“%(name)s” is too large: one file may have %(limit)s at most."),
    Refusal.TOO_MANY: _l("There are too many files: %(limit)s at most for one report."),
    Refusal.TOO_LARGE_TOGETHER: _l(
        "The files are too large together: %(limit)s at most for one report."
    ),
    Refusal.NOT_ALLOWED: _l("“%(name)s” is of a kind we do not take. We take: %(allowed)s."),
    Refusal.HEIC: _l(
        "“%(name)s” is a HEIC picture, which we cannot show. Save it as JPEG and send that."
    ),
    Refusal.NAME_DOES_NOT_FIT: _l(
        "The name of “%(name)s” does not fit what is in the file, which looks like "
        "“.%(ending)s”. Give it the right ending, or choose another file."
    ),
    Refusal.HAS_MACROS: _l(
        "“%(name)s” contains macros (programs). Save it without macros or as PDF."
    ),
    Refusal.EXPANDS_TOO_MUCH: _l(
        "“%(name)s” would unpack to far more than a document needs. Save it as PDF and send that."
    ),
    Refusal.BROKEN: _l("“%(name)s” is damaged and cannot be read. Choose the file again."),
    Refusal.NO_ROOM: _l(
        "There is no room for files at the moment. Send your text without them, and "
        "add them later with your code."
    ),
}


def problem_text(problem: Problem) -> str:
    """The sentence for one problem, in the language of the page."""
    refused = problem.refused
    counted = refused.refusal is Refusal.TOO_MANY
    return str(_SENTENCES[refused.refusal]) % {
        "name": problem.filename,
        "limit": refused.limit if counted else show_size(refused.limit),
        "ending": refused.seen,
        "allowed": ", ".join(ALLOWED_ENDINGS),
    }
