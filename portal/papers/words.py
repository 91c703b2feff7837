"""What the pages of papers say: each act, in its own words."""

from collections.abc import Mapping

from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import PaperPart
from portal.papers.queries.services import ServiceLine
from portal.web.labels import label

ACTS: Mapping[str, ActWords] = {
    "write": ActWords(
        _l("Write the paper"),
        _l("It stays a draft without a number until you make it final."),
        _l("Save the draft"),
    ),
    "write_served": ActWords(
        _l("Write the paper"),
        _l(
            "It stays a draft without a number until you make it final. The party reads it: write "
            "nothing that could tell who reported the matter."
        ),
        _l("Save the draft"),
    ),
    "issue": ActWords(
        _l("Make the paper final"),
        _l("It gets its number and goes into the file; after that it is not changed any more."),
        _l("Make it final"),
    ),
    "make_of_report": ActWords(
        _l("Make a paper of the report"),
        _l(
            "It gets its number at once and is not changed any more. Write nothing of the reporter."
        ),
        _l("Make it final"),
    ),
    "discard": ActWords(
        _l("Throw the draft away"),
        _l("It has no number yet, so none is lost."),
        _l("Throw it away"),
    ),
    "serve": ActWords(
        _l("Record the service"),
        _l("What the paper says runs from the day on which it counts as served."),
        _l("Record it"),
    ),
    "strike_of_report": ActWords(
        _l("Strike out the paper"),
        _l("It stays with its number, struck out. Make another one where it is needed."),
        _l("Strike it out"),
    ),
    "strike_service": ActWords(
        _l("Strike out the service"),
        _l(
            "The entry stays in the file, struck out. The paper may have to be served again, and a "
            "decision that it carried is in force no more if no other entry has it served."
        ),
        _l("Strike it out"),
    ),
}


def proof_words(service: ServiceLine, place: Place, language: str) -> dict[str, str]:
    """What a proof of this service says, to be looked over: which paper, how, when, by whom."""
    form = place.papers.get(service.form)
    name = form.name.in_(language) if form else service.form
    people = (service.to_whom, service.by_whom, service.witness)
    return {
        PaperPart.MATTER: f"{label(service.way) if service.way else ''}  {service.party}".strip(),
        PaperPart.TIME: format_date(service.served_on, "long"),
        PaperPart.PRESENT: "\n".join(one for one in people if one),
        PaperPart.ENCLOSED: f"{name}  {service.number}".strip(),
    }
