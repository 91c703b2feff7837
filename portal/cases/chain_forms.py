"""What is filled in about the chain of a case, and about leads to other places."""

from collections.abc import Iterable
from uuid import UUID

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.cases.forms import LONGEST_TITLE
from portal.cases.queries.chain import EdgeLine
from portal.cases.queries.page import CasePage, Ends, PaperLine, PartyLine
from portal.cases.service.chain import (
    AddEdge,
    FollowCase,
    JoinToLead,
    OpenOnLead,
    ReturnCaseLead,
    StrikeEdge,
)
from portal.cases.service.disputes import DecideDispute, SendAgain
from portal.cases.states import ChainDirection
from portal.casework.forms import LONGEST_REASON, ActForm
from portal.casework.lead_forms import ElsewhereForm
from portal.jurisdiction.place import Place
from portal.web.forms import Choice, LongText, Pick, ShortText
from portal.web.labels import choices, label

Options = list[tuple[str, str]]


def parties_of(page: Ends) -> Options:
    """The parties of a case that a chain can be made of."""
    held = [one for one in page.parties if one.struck_at is None]
    return [(one.id.hex, _party(one)) for one in held]


def party_called(page: Ends | CasePage, which: UUID) -> str:
    """What a party is called where something is done about it; "" for none of the case."""
    return next((_party(one) for one in page.parties if one.id == which), "")


def _party(one: PartyLine) -> str:
    return f"{one.name} · {label(one.role)}"


def edge_called(edges: Iterable[EdgeLine], which: UUID) -> str:
    """What a link of a chain is called where something is done about it; "" for none of it."""
    named = (
        _(
            "%(supplier)s (%(stage)s) supplies %(customer)s (%(next)s)",
            supplier=one.supplier.name,
            stage=label(one.supplier.role),
            customer=one.customer.name,
            next=label(one.customer.role),
        )
        for one in edges
        if one.id == which
    )
    return next(named, "")


def papers_of(page: Ends, place: Place, language: str) -> Options:
    """The papers in the file of a case."""
    held = [one for one in page.papers if one.struck_at is None and one.file is not None]
    return [(one.id.hex, _paper(one, place, language)) for one in held]


def paper_called(page: Ends | CasePage, which: UUID, place: Place, language: str) -> str:
    """What a paper is called where something is done about it; "" for none of the case."""
    named = (
        f"{_paper(one, place, language)} · {format_date(one.dated, 'long')}"
        for one in page.papers
        if one.id == which
    )
    return next(named, "")


def _paper(one: PaperLine, place: Place, language: str) -> str:
    form = place.papers.get(one.form)
    return form.name.in_(language) if form else one.form


class EdgeForm(ActForm):
    """Who supplies whom, and what shows it."""

    supplier = Pick(_l("Who supplies?"), required=_l("Choose who supplies"))
    customer = Pick(_l("Who is supplied?"), required=_l("Choose who is supplied"))
    evidence = LongText(
        _l("What shows it?"),
        required=_l("Say what shows it"),
        max_length=LONGEST_REASON,
        hint=_l("An invoice, a delivery note, what a party said. Never who reported it."),
    )
    paper = Pick(_l("In which paper of the file?"))

    def of_case(self, parties: Options, papers: Iterable[tuple[str, str]]) -> "EdgeForm":
        """Offer the parties and papers of a case."""
        self.supplier.choices = self.customer.choices = [("", _("Choose")), *parties]
        self.paper.choices = [("", _("In none")), *papers]
        return self

    def validate_customer(self, field: Pick) -> None:
        """Nobody supplies themselves."""
        if field.data and field.data == self.supplier.data:
            raise StopValidation(_("Choose two different parties"))

    def to_command(self, number: str) -> AddEdge:
        ends = UUID(self.supplier.data), UUID(self.customer.data)
        paper = UUID(self.paper.data) if self.paper.data else None
        return AddEdge(number, *ends, self.evidence.data, paper, self.seen_version)


class StrikeEdgeForm(ActForm):
    """Striking out asks nothing."""

    def to_command(self, number: str, which: UUID) -> StrikeEdge:
        return StrikeEdge(number, which, self.seen_version)


class FollowCaseForm(ElsewhereForm):
    """Where a case leads to, which way along the chain, and from which party."""

    direction = Choice(_l("Which way along the chain?"), required=_l("Choose which way"))
    party = Pick(_l("From which party of this case?"))

    def of_case(self, parties: Options) -> "FollowCaseForm":
        """Offer the parties of a case."""
        self.direction.choices = choices(ChainDirection)
        self.party.choices = [("", _("From none of them")), *parties]
        return self

    def to_order(self, number: str) -> FollowCase:
        region, unit, asked, seen = self._where()
        party = UUID(self.party.data) if self.party.data else None
        way = ChainDirection(self.direction.data)
        return FollowCase(number, region, unit, asked, way, party, seen)


class SendAgainForm(ElsewhereForm):
    """Where a lead that came back goes now."""

    def to_order(self, number: str, lead_id: UUID) -> SendAgain:
        return SendAgain(number, lead_id, *self._where())


class DecideDisputeForm(ActForm):
    """Whose a lead is."""

    whose = Choice(_l("Whose is it?"), required=_l("Choose whose it is"))
    reason = LongText(
        _l("Why?"),
        required=_l("Say why"),
        max_length=LONGEST_REASON,
        hint=_l("Both units read this, and cannot send it back again."),
    )

    def offer(self, _place: Place, _language: str) -> None:
        self.whose.choices = [
            ("receiver", _("Of the unit it was sent to")),
            ("sender", _("Of the unit that sent it")),
        ]

    def to_command(self, lead_id: UUID) -> DecideDispute:
        to_receiver = self.whose.data == "receiver"
        return DecideDispute(lead_id, to_receiver, self.reason.data, self.seen_version)


class OpenOnLeadForm(ActForm):
    """The case that is opened on a lead."""

    title = ShortText(
        _l("What the case is called"),
        required=_l("Give the case a name"),
        max_length=LONGEST_TITLE,
    )
    summary = LongText(
        _l("Summary"), required=_l("Say in a few sentences what it is about"), max_length=5000
    )

    def to_command(self, lead_id: UUID) -> OpenOnLead:
        return OpenOnLead(lead_id, self.title.data, self.summary.data, self.seen_version)


class JoinForm(ActForm):
    """The case of the unit that is about the same matter."""

    number = ShortText(
        _l("Number of your case"), required=_l("Enter the number of your case"), max_length=80
    )

    def to_command(self, lead_id: UUID) -> JoinToLead:
        return JoinToLead(lead_id, self.number.data.strip(), self.seen_version)


class ReturnCaseLeadForm(ActForm):
    """Why a lead goes back."""

    reason = LongText(
        _l("Why does it go back?"),
        required=_l("Say why it goes back"),
        max_length=LONGEST_REASON,
        hint=_l("The unit that sent it reads this."),
    )

    def to_command(self, lead_id: UUID) -> ReturnCaseLead:
        return ReturnCaseLead(lead_id, self.reason.data, self.seen_version)
