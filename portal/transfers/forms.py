"""What staff fill in about a hand-over: one form for each act."""

import re
from collections.abc import Collection
from typing import Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.access.permissions import Permission, may
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.evidence.states import RenditionState
from portal.jurisdiction.place import ReasonKind
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.transfers.queries import HandOverLine, Passable
from portal.transfers.rules import ANNOUNCED, USUAL, carriers_of, parts_allowed
from portal.transfers.service.keeping import WithdrawHandOver
from portal.transfers.service.preparing import PrepareHandOver
from portal.transfers.service.replying import RecordReceipt, RecordReply, RecordReturn
from portal.transfers.service.sending import AnnounceHandOver, RecordSending, SendAgain
from portal.transfers.states import Carrier, HandOverResult, Part
from portal.web.forms import Choice, Choices, Day, Email, LongText, Pick, ShortText
from portal.web.labels import choices, label
from portal.web.language import LANGUAGES, current_language

_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class PassOnForm(ActForm):
    """To whom a matter goes, why, and what of it."""

    partner = Pick(_l("To which body?"), required=_l("Choose the body"))
    reason = LongText(
        _l("Why is it passed on?"),
        required=_l("Say why it is passed on"),
        max_length=LONGEST_REASON,
        hint=_l("This is printed on the sheet. Write nothing that could tell who the reporter is."),
    )
    outline = LongText(
        _l("The matter in your own words"),
        max_length=LONGEST_TEXT,
        hint=_l("Printed on the sheet; needed where the reporter's own words must not leave."),
    )
    parts = Choices(
        _l("What of the report goes with it?"),
        hint=_l("Who reported it never does: name and contact are sealed, and cannot be chosen."),
    )
    copies = Choices(
        _l("Files, as copies without metadata"),
        hint=_l("None goes unless you choose it."),
    )
    originals = Choices(
        _l("Files as they were sent"),
        hint=_l("An original may name its author: place, device and person can stand in it."),
    )
    why_originals = LongText(
        _l("Why originals are needed"),
        max_length=LONGEST_REASON,
        hint=_l("Your name, the time and this reason are kept with the file."),
    )
    language = Pick(_l("Language of the sheet"))

    def offer_for(self, report: Passable, actor: Actor) -> None:
        """Offer the bodies it can go to, and what of it may leave."""
        language = current_language()
        named = [(one.code, one.name.in_(language.tag)) for one in report.partners]
        self.partner.choices = named if len(named) == 1 else [("", _("Choose")), *named]
        self.parts.choices = [(part, label(part)) for part in parts_allowed(report.flags)]
        self.language.choices = [(one.tag, one.name) for one in LANGUAGES]
        if not self.is_submitted():
            self.language.data, self.parts.data = language.tag, [str(part) for part in USUAL]
        made = RenditionState.MADE
        self._files("copies", [(f.id, f.filename) for f in report.files if f.rendition is made])
        openable = report.files if may(actor, Permission.OPEN_ORIGINALS) else ()
        self._files("originals", [(f.id, f.filename) for f in openable if f.opens])
        if "originals" not in self:
            del self.why_originals

    def _files(self, name: str, files: Collection[tuple[UUID, str]]) -> None:
        if not files:
            delattr(self, name)
            return
        self[name].choices = [(str(own), filename) for own, filename in files]

    def validate_why_originals(self, field: LongText) -> None:
        """The custody entry of an original wants a reason that says something."""
        chosen = "originals" in self and self.originals.data
        if chosen and len((field.data or "").strip()) < 5:  # noqa: PLR2004
            raise StopValidation(_("Say what you need it for, in at least five characters"))

    def to_command(self, reference: str) -> PrepareHandOver:
        return PrepareHandOver(
            reference,
            self.partner.data,
            self.reason.data,
            tuple(Part(part) for part in self.parts.data or ()),
            copies=self._chosen("copies"),
            originals=self._chosen("originals"),
            why_originals=self.why_originals.data if "why_originals" in self else "",
            outline=self.outline.data,
            language=self.language.data,
            seen_version=self.seen_version,
        )

    def _chosen(self, name: str) -> tuple[UUID, ...]:
        return tuple(UUID(own) for own in self[name].data or ()) if name in self else ()


class HandOverForm(ActForm):
    """The base of every act on a hand-over."""

    def offer_for(self, line: HandOverLine) -> None:
        """Fill the lists to choose from, where the form has any."""


class SendingForm(HandOverForm):
    """When and how a bundle went."""

    carrier = Choice(_l("How did it go?"), required=_l("Choose how it went"))
    sent_on = Day(_l("On which day did it go?"), required=_l("Enter the day it went"))
    note = ShortText(
        _l("Number of the parcel or of the entry, or who took it"),
        max_length=200,
        hint=_l("For the file only."),
    )

    def offer_for(self, line: HandOverLine) -> None:
        """Offer the ways of this body, and the one that a message has named."""
        ways = dict.fromkeys((*((line.carrier,) if line.carrier else ()), *carriers_of(line.way)))
        self.carrier.choices = [(one, label(one)) for one in ways]

    def to_command(self, hand_over_id: UUID) -> RecordSending:
        how = Carrier(self.carrier.data)
        note = self.note.data
        return RecordSending(hand_over_id, how, self.sent_on.data, note, self.seen_version)


class AnnounceForm(HandOverForm):
    """Where a message goes, and how the papers follow it."""

    address = Email(
        _l("E-mail address of the other body"),
        required=_l("Enter the address"),
        max_length=200,
        hint=_l("An address of the office, not of a person. It is kept in the file."),
    )
    carrier = Choice(_l("How do the papers follow?"), required=_l("Choose how the papers follow"))

    def offer_for(self, _line: HandOverLine) -> None:
        """Offer the ways papers follow a message."""
        self.carrier.choices = [(one, label(one)) for one in ANNOUNCED]

    def validate_address(self, field: Email) -> None:
        """One address and nothing else."""
        if not (field.data or "").isascii() or not _ADDRESS.fullmatch(field.data or ""):
            raise StopValidation(_("Enter one address, like office@example.org"))

    def to_command(self, hand_over_id: UUID) -> AnnounceHandOver:
        how = Carrier(self.carrier.data)
        return AnnounceHandOver(hand_over_id, self.address.data, how, self.seen_version)


class SendAgainForm(HandOverForm):
    """That a message did not go asks nothing more."""

    def to_command(self, hand_over_id: UUID) -> SendAgain:
        return SendAgain(hand_over_id, self.seen_version)


class ReceiptForm(HandOverForm):
    """That the matter has arrived."""

    received_on = Day(_l("On which day did it arrive?"), required=_l("Enter the day it arrived"))
    their_reference = ShortText(
        _l("Their number for it"), max_length=100, hint=_l("As it stands on their slip, if any.")
    )

    def to_command(self, hand_over_id: UUID) -> RecordReceipt:
        day, theirs = self.received_on.data, self.their_reference.data
        return RecordReceipt(hand_over_id, day, theirs, self.seen_version)


class ReplyForm(HandOverForm):
    """What the other body answered."""

    answered_on = Day(_l("On which day did they answer?"), required=_l("Enter the day"))
    result = Choice(_l("What came of it?"), required=_l("Choose what came of it"))
    answer = LongText(
        _l("What they wrote"),
        required=_l("Enter what they wrote"),
        max_length=LONGEST_TEXT,
        hint=_l("For the file; the reporter does not read this."),
    )
    to_reporter = LongText(
        _l("What the reporter is told"),
        max_length=LONGEST_TEXT,
        hint=_l("In plain words: who decided, what, and why."),
    )

    def offer_for(self, _line: HandOverLine) -> None:
        """Offer what can come of it."""
        self.result.choices = choices(HandOverResult)

    @property
    def outcome_code(self) -> str:
        """None: the report goes on at its unit."""
        return ""

    def to_command(self, hand_over_id: UUID) -> RecordReply:
        return RecordReply(
            hand_over_id,
            self.answered_on.data,
            HandOverResult(self.result.data),
            self.answer.data,
            self.to_reporter.data,
            self.outcome_code,
            self.seen_version,
        )


class LastReplyForm(ReplyForm):
    """What the other body answered, where the report ends with it."""

    to_reporter = LongText(
        _l("What the reporter is told"),
        required=_l("Write what the reporter reads: the report ends with it"),
        max_length=LONGEST_TEXT,
        hint=_l("In plain words: who decided, what, and why."),
    )
    outcome = Pick(_l("Outcome of the report"), required=_l("Choose the outcome"))

    def offer_for(self, line: HandOverLine) -> None:
        """Offer the outcomes of the pack, too."""
        super().offer_for(line)
        language = current_language().tag
        reasons = current_place().reasons.values()
        listed = [(r.code, r.name.in_(language)) for r in reasons if r.kind is ReasonKind.CLOSE]
        self.outcome.choices = [("", _("Choose")), *listed]

    @property
    def outcome_code(self) -> str:
        """The outcome that was chosen."""
        return str(self.outcome.data)


def reply_form(line: HandOverLine) -> ReplyForm:
    """The form for an answer: it asks for more where the report ends with it."""
    return LastReplyForm() if line.ends_report else ReplyForm()


class ReturnForm(HandOverForm):
    """That the other body has sent it back."""

    returned_on = Day(_l("On which day did it come back?"), required=_l("Enter the day"))
    reason = LongText(
        _l("Why do they say it is not theirs?"),
        required=_l("Say why it came back"),
        max_length=LONGEST_REASON,
        hint=_l("Whoever sends it on reads this. The reporter does not."),
    )

    def to_command(self, hand_over_id: UUID) -> RecordReturn:
        day = self.returned_on.data
        return RecordReturn(hand_over_id, day, self.reason.data, self.seen_version)


class WithdrawForm(HandOverForm):
    """Why a matter is taken back."""

    reason = LongText(
        _l("Why is it taken back?"),
        required=_l("Say why it is taken back"),
        max_length=LONGEST_REASON,
        hint=_l("For the file only."),
    )

    def to_command(self, hand_over_id: UUID) -> WithdrawHandOver:
        return WithdrawHandOver(hand_over_id, self.reason.data, self.seen_version)
