"""What the public form asks, in fields that the one-page form and the steps share."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, HiddenField
from wtforms.validators import ValidationError

from portal.evidence.messages import problem_text
from portal.evidence.service import IncomingFile, problems_with
from portal.infra.config import settings
from portal.infra.proof import is_waited_for, new_challenge
from portal.infra.throttle import bucket_of
from portal.intake.addresses import is_usable
from portal.intake.draft import TOKEN_BYTES, new_token
from portal.intake.flood import ProofNeeded
from portal.intake.models import ContactMode
from portal.intake.rules import looks_like_address
from portal.intake.service import Identity
from portal.jurisdiction.competence import may_ask_for_an_office, offices_of
from portal.jurisdiction.history import day_in
from portal.jurisdiction.place import Category, Place
from portal.jurisdiction.queries import Meant, current_place, find_meant
from portal.web.forms import LongText, ShortText, Tick
from portal.web.language import current_language

MOST_URLS = 50
MOST_MATCHES = 20
NOT_SURE = "unsure"
ONLINE = "online"


def network() -> str:
    """The throttle bucket of the caller's network today; the address itself is not kept."""
    return bucket_of(request.remote_addr, datetime.now(UTC).date())


def read_token(text: str) -> bytes | None:
    """The 16 bytes of a submission token, or None for anything else."""
    try:
        token = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return token if len(token) == TOKEN_BYTES else None


class Token(HiddenField):
    """The random token that makes a second press of the button the same report."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # what WTForms passes
        super().__init__(default=new_token, **options)

    def pre_validate(self, _form: Form) -> None:
        """Refuse a token that the form did not give out; the page shows a fresh one."""
        if read_token(self.data or "") is None:
            self.data: str = new_token()
            self.raw_data = None
            raise ValidationError(gettext("The form was damaged on its way. Please send it again."))


class Honeypot(ShortText):
    """A field people leave empty, by its own words; the page hides it from sight (U20)."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # what WTForms passes
        super().__init__(_l("Leave this field empty"), **options)

    def pre_validate(self, _form: Form) -> None:
        """Refuse an answer, and say why, in case it was a person after all."""
        if self.data:
            raise ValidationError(
                gettext(
                    "Please empty the field “Leave this field empty”. It is there to stop "
                    "programs that fill in every field."
                )
            )


class Proof(HiddenField):
    """On a form that was refused, a challenge for the browser, or to wait for; else nothing.

    A form that lacked nothing but the proof is sent by the script itself, once.
    """

    def __call__(self, **options: object) -> str:
        if g.get("refusal") is None:
            return ""
        return str(super().__call__(**options, **{"data-sends": self._lacked_nothing_else()}))

    def _lacked_nothing_else(self) -> bool:
        files = any(file.filename for file in request.files.values())  # they do not come back
        return isinstance(g.refused, ProofNeeded) and not (files or request.form.get(self.name))

    def _value(self) -> str:
        now, shown = datetime.now(UTC), str(self.data or "")
        return shown if is_waited_for(shown, now) else new_challenge(now)


class Urls(LongText):
    """Addresses on the net, one on a line; each is read, none is ever fetched."""

    def __init__(self, label: object, **options: Any) -> None:  # noqa: ANN401  # what WTForms passes
        super().__init__(label, max_length=MOST_URLS * 200, **options)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The lines that are not empty, without doubles, in order."""
        lines = [line.strip() for line in (self.data or "").splitlines()]
        return tuple(dict.fromkeys(line for line in lines if line))

    def pre_validate(self, _form: Form) -> None:
        """Refuse what cannot be an address, and name its line."""
        if len(self.addresses) > MOST_URLS:
            raise ValidationError(
                gettext(
                    "At most %(most)d addresses; you gave %(count)d",
                    most=MOST_URLS,
                    count=len(self.addresses),
                )
            )
        for number, line in enumerate((self.data or "").splitlines(), start=1):
            if line.strip() and not looks_like_address(line.strip()):
                raise ValidationError(
                    gettext(
                        "Line %(number)d is not an address. An address looks like "
                        "www.example.com/page",
                        number=number,
                    )
                )


class RegionName(ShortText):
    """A region by its code or by its name; a name of several regions asks which is meant."""

    code: str | None = None

    def pre_validate(self, _form: Form) -> None:
        """Find the region; nothing typed is no region, `online` and `unsure` are answers."""
        typed = (self.data or "").strip()
        if typed.lower() in {"", NOT_SURE, ONLINE}:
            return
        place = current_place()
        if typed in place.regions and place.regions[typed].holds_on(day_in(place)):
            self.code = typed
            return
        meant = find_meant(place, typed, MOST_MATCHES)
        if not meant.matches:
            raise ValidationError(
                gettext(
                    "We found no place of that name. Try the county or city, or leave it empty."
                )
            )
        if meant.count > 1:
            language = current_language().tag
            names = " / ".join(f"{hit.words.in_(language)} ({hit.code})" for hit in meant.matches)
            several = gettext(
                "Several places have this name. Give the code: %(names)s", names=names
            )
            raise ValidationError(f"{how_many_more(meant)} {several}".strip())
        self.code = meant.matches[0].code


def how_many_more(meant: Meant) -> str:
    """That a list of regions was cut, and what to do about it; "" for a whole one."""
    if not meant.is_cut:
        return ""
    shown = len(meant.matches)
    return str(
        gettext(
            "This name fits %(count)d places, and these are the first %(shown)d: choose the one "
            "you mean, or write more of the name.",
            shown=shown,
            count=meant.count,
        )
    )


def category_choices(place: Place, language: str) -> list[tuple[str, str]]:
    """The categories on offer, in the order of the pack, and "not sure" at the end."""
    offered = [c for c in place.categories.values() if c.offered]
    return [(c.code, c.name.in_(language)) for c in offered] + [
        (NOT_SURE, gettext("I am not sure, or it is something else"))
    ]


def chosen_category(code: str | None) -> Category | None:
    """The category behind an answer; None for "not sure"."""
    return current_place().categories.get(code or "")


def office_choices(place: Place, language: str) -> list[tuple[str, str]]:
    """The kinds of unit that may be asked for, after "you decide"."""
    offered = [(kind.kind, kind.name.in_(language)) for kind in offices_of(place)]
    return [("", gettext("I leave that to you")), *offered]


def wished_office(code: str | None, category: Category | None) -> str | None:
    """The kind of unit asked for; None where nothing was said, or nothing may be."""
    return (code or None) if may_ask_for_an_office(category) else None


WHICH_OFFICE = _l("Which office should look into it? (optional)")
WHAT_BECOMES_OF_IT = _l(
    "Where that office may deal with the matter, it gets your report. Otherwise it goes to the "
    "office whose task it is, and the desk sees what you asked for."
)
WRITE_TO_ME = _l("Write to my e-mail address when there is news")
WHAT_LETTERS_SAY = _l(
    "The message says only that there is news. Nobody here sees the address, but whoever reads "
    "your mailbox learns that you have something with us."
)
CONTACT_CHOICES: Sequence[tuple[str, object]] = (
    (
        ContactMode.ANONYMOUS,
        _l("Anonymous: I give no name. Only the receipt code connects me with it."),
    ),
    (
        ContactMode.CONFIDENTIAL,
        _l(
            "Confidential: my name is sealed at once. Only two people of different groups together "
            "can open it, and I am told afterwards."
        ),
    ),
    (
        ContactMode.NAMED,
        _l("Named: sealed in the same way, but it may be used later for a witness or a reward."),
    ),
)


def identity_of(mode: ContactMode, name: str, phone: str, email: str) -> Identity:
    """What to seal; an anonymous reporter leaves nothing, whatever was typed before."""
    return Identity() if mode is ContactMode.ANONYMOUS else Identity(name, phone, email)


def demand_story(narrative: Field, category: Category | None, urls: Sequence[str]) -> bool:
    """A story is needed; for what may only be named by its address, the address will do."""
    enough_by_address = category is not None and category.link_only and urls
    if narrative.data or narrative.errors or enough_by_address:
        return True
    narrative.errors = [gettext("Tell us what happened, in your own words")]
    return False


def demand_mode(field: Field, category: Category | None) -> bool:
    """Whether the category takes reports without a name, if that was chosen."""
    if category is None or category.allow_anonymous or field.data != ContactMode.ANONYMOUS:
        return True
    field.errors = [gettext("This kind of report needs a name")]
    return False


def demand_contact(mode: str | None, name: Field, ways: Sequence[Field]) -> bool:
    """For a reporter who gives a name: a name, and one way to be reached."""
    if mode in {None, ContactMode.ANONYMOUS}:
        return True
    good = True
    if not name.data:
        name.errors = [gettext("Enter the name you want to be known by")]
        good = False
    if not any(way.data for way in ways):
        ways[0].errors = [gettext("Enter a telephone number or an e-mail address")]
        good = False
    return good


def demand_files_allowed(field: Field, category: Category | None) -> bool:
    """Whether the category takes the files that were sent (F21)."""
    if category is None or not (category.link_only and field.data):
        return True
    field.errors = [
        gettext(
            "We may not take files about this: even having them can be a crime. "
            "Send the addresses only."
        )
    ]
    return False


def demand_good_files(field: Field, already: Sequence[int] = ()) -> bool:
    """Whether every file may be taken; else the field says of each what is wrong with it."""
    return len(good_files(field, already)) == len(field.data or ())


def good_files(field: Field, already: Sequence[int] = ()) -> tuple[IncomingFile, ...]:
    """The files that may be taken; the field says of each other what is wrong with it."""
    uploads = [IncomingFile(file.stream, file.filename) for file in field.data or ()]
    found = problems_with(uploads, already)
    if found:
        field.errors = [*field.errors, *map(problem_text, found)]
    wrong = {problem.position for problem in found}
    good = [one for position, one in enumerate(uploads, 1) if position not in wrong]
    return () if 0 in wrong else tuple(good)


def narrative_limit() -> int:
    """How long a narrative may be."""
    return settings().max_narrative


def demand_usable(wished: Tick | None, address: str) -> bool:
    """Whether letters are not wished, or can be sent to the address."""
    if wished is None or not wished.data or is_usable(address):
        return True
    wished.errors = [gettext("For this, give an e-mail address that messages can be sent to")]
    return False
