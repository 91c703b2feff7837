"""What staff fill in about papers: their words, their service."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import ActForm
from portal.decisions.states import ServiceWay
from portal.evidence.service import IncomingFile
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import PaperForm, PaperPart, Phrase
from portal.papers.queries.services import Servable
from portal.papers.rules import LONGEST_PART
from portal.papers.service.drafting import DraftPaper, OnPaper, RewritePaper
from portal.papers.service.of_reports import MakeReportPaper, StrikeReportPaper
from portal.papers.service.serving import RecordService, StrikeService
from portal.papers.sheets import PartyOnPaper
from portal.web.forms import Choice, Choices, Day, Files, LongText, Pick, Required, ShortText, Tick
from portal.web.labels import choices, label
from portal.web.language import LANGUAGES, current_language

PARTS: Final = tuple(part.value for part in PaperPart)
NO_PARTY: Final = ""


class WriteForm(ActForm):
    """A paper: whom it is for, in which language, and the parts that its kind has."""

    party = Pick(_l("Whom is it for?"))
    language = Pick(_l("Language of the paper"))
    phrases: Choices

    def for_paper(
        self, paper: PaperForm, parties: Sequence[tuple[UUID, PartyOnPaper]]
    ) -> "WriteForm":
        """The form of one kind of paper: what it does not have is not asked for."""
        self._paper = paper
        named = [(str(own), f"{one.name} ({label(one.role)})") for own, one in parties]
        nobody = _("Choose") if paper.served else _("Nobody in particular")
        self.party.choices = [(NO_PARTY, nobody), *named]
        self.language.choices = [(one.tag, one.name) for one in LANGUAGES]
        if paper.served:
            self.party.validators = [Required(_("Choose the party it is served on"))]
        for part in set(PaperPart) - set(paper.parts):
            delattr(self, part.value)
        shown = [(one, one.text.in_(current_language().tag)) for one in paper.phrases]
        self.phrases.choices = [(_key(one), f"{label(one.part)}: {text}") for one, text in shown]
        if not paper.phrases:
            del self.phrases
        return self

    def to_draft(self, number: str) -> DraftPaper:
        return DraftPaper(number, self._paper.code, self._words(), *self._for_whom())

    def to_command(self, number: str, paper_id: UUID) -> RewritePaper:
        return RewritePaper(number, paper_id, self._words(), *self._for_whom())

    def _words(self) -> dict[str, str]:
        said = {part.value: self[part.value].data or "" for part in self._paper.parts}
        taken = self.phrases.data or () if self._paper.phrases else ()
        for one in self._paper.phrases:
            if _key(one) in taken:
                text = one.text.in_(self.language.data)
                said[one.part] = "\n".join(filter(None, (said[one.part], text)))
        return said

    def _for_whom(self) -> tuple[str, UUID | None, int]:
        party = UUID(self.party.data) if self.party.data else None
        return self.language.data, party, self.seen_version


class ReportPaperForm(WriteForm):
    """A paper of a report: it is for no party."""

    def for_report(self, paper: PaperForm) -> "ReportPaperForm":
        self.for_paper(paper, ())
        del self.party
        return self

    def to_order(self, reference: str) -> MakeReportPaper:
        words, language = self._words(), self.language.data
        return MakeReportPaper(reference, self._paper.code, words, language, self.seen_version)


for _part in PaperPart:
    _field = LongText(LazyString(label, _part), max_length=LONGEST_PART)
    setattr(WriteForm, _part.value, _field)
WriteForm.phrases = Choices(_l("Standard phrases"), hint=_l("What you tick is added to its part."))


def _key(phrase: Phrase) -> str:
    """What a phrase is known by: if the place changed meanwhile another one is not taken for it."""
    return f"{phrase.part}: {phrase.text.zh}"


class OnPaperForm(ActForm):
    """An act on a paper that asks nothing."""

    def to_command(self, number: str, paper_id: UUID) -> OnPaper:
        return OnPaper(number, paper_id, self.seen_version)


class StrikeServiceForm(ActForm):
    """Why a service that was written down does not hold."""

    reason = LongText(
        _l("What is wrong with it?"),
        required=_l("Say what is wrong with it"),
        max_length=500,
        hint=_l("Your name and this reason stay in the file."),
    )

    def to_command(self, number: str, service_id: UUID) -> StrikeService:
        return StrikeService(number, service_id, self.reason.data, self.seen_version)


class StrikeReportPaperForm(StrikeServiceForm):
    """Why a paper of a report does not hold."""

    def to_order(self, reference: str, paper_id: UUID) -> StrikeReportPaper:
        """The order for the service."""
        return StrikeReportPaper(reference, paper_id, self.reason.data, self.seen_version)


class ServeForm(ActForm):
    """How a paper reached its party; which, and what it carries, where the paper does not say."""

    party = Pick(_l("On whom was it served?"), required=_l("Choose the party it was served on"))
    decision = Pick(
        _l("Which decision does it carry?"),
        required=_l("Choose the decision"),
        hint=_l("From its first service on it is in force, and the time to object runs."),
    )
    way = Choice(_l("How was it served?"), required=_l("Choose how it was served"))
    served_on = Day(
        _l("The day on which it counts as served"),
        required=_l("Enter the day"),
        hint=_l("By public notice: the day on which the time of the notice is over."),
    )
    to_whom = ShortText(
        _l("To whom?"),
        required=_l("Enter who took it"),
        hint=_l("The party, or who took it for the party and what they are to it."),
    )
    by_whom = ShortText(_l("By whom?"), required=_l("Enter who served it"))
    refused = Tick(_l("The party refused to take it"))
    witness = ShortText(
        _l("Witness"), hint=_l("Needed where it is left: the name, and what they are there.")
    )
    consent = ShortText(
        _l("Consent to electronic service"),
        hint=_l(
            "Needed for electronic service: when and how the party consented, and the address."
        ),
    )
    note = LongText(_l("Note"), max_length=500, hint=_l("The number of the letter, for example."))
    proof = Files(
        _l("Signed proof of service"),
        hint=_l("One scan, if you have it already. It goes into the file as a paper of its own."),
    )

    def for_paper(
        self, paper: Servable, parties: Sequence[tuple[UUID, PartyOnPaper]], *, proved: bool
    ) -> "ServeForm":
        """The form of one paper: what it says itself is not asked for."""
        if paper.party is None:
            named = [(str(own), f"{one.name} ({label(one.role)})") for own, one in parties]
            self.party.choices = [(NO_PARTY, _("Choose")), *named]
        else:
            del self.party
        if paper.carries:
            listed = [(str(one), _("No. %(number)d", number=one)) for one in paper.decisions]
            alone = len(listed) == 1
            self.decision.choices = listed if alone else [("", _("Choose")), *listed]
        else:
            del self.decision
        if not proved:
            del self.proof
        return self

    def offer(self, _place: Place, _language: str) -> None:
        self.way.choices = choices(ServiceWay)

    def validate_proof(self, field: Files) -> None:
        """One proof belongs to one service."""
        if len(field.data or ()) > 1:
            raise StopValidation(_("Choose one file; put in the others one by one"))

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The proof as it came, if any did."""
        files = self.proof.data if "proof" in self else ()
        return tuple(IncomingFile(file.stream, file.filename) for file in files or ())

    def to_command(self, number: str, paper_id: UUID, proof: UUID | None = None) -> RecordService:
        return RecordService(
            number=number,
            paper_id=paper_id,
            way=ServiceWay(self.way.data),
            served_on=self.served_on.data,
            to_whom=self.to_whom.data,
            by_whom=self.by_whom.data,
            refused=self.refused.data,
            witness=self.witness.data or "",
            consent=self.consent.data or "",
            note=self.note.data or "",
            party=UUID(self.party.data) if "party" in self else None,
            decision=int(self.decision.data) if "decision" in self else None,
            proof=proof,
            seen_version=self.seen_version,
        )
