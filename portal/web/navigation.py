"""What the desk's navigation offers: each stage adds its own entries, people see what they may."""

from dataclasses import dataclass
from typing import Protocol

from flask import Blueprint, current_app, request, url_for
from flask.blueprints import BlueprintSetupState

from portal.access.guard import current_actor
from portal.access.permissions import Permission, may
from portal.kernel.actor import Actor

_ENTRIES = "desk_navigation"


class Words(Protocol):
    """Text that is translated when it is shown: `lazy_gettext(...)`."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the desk: full endpoint, words, who may see it, and its place in the list."""

    endpoint: str
    words: Words
    permission: Permission
    order: int


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the page shows it."""

    href: str
    text: str
    current: bool


def offer_on_desk(
    blueprint: Blueprint, view: str, words: Words, permission: Permission, *, order: int
) -> None:
    """Put a view of a blueprint on the desk's navigation for everyone with `permission`."""

    def add(state: BlueprintSetupState) -> None:
        entry = Entry(f"{blueprint.name}.{view}", words, permission, order)
        state.app.extensions.setdefault(_ENTRIES, []).append(entry)

    blueprint.record(add)


def desk_links(actor: Actor) -> tuple[Link, ...]:
    """What the actor may go to, in order; `current` marks the page that is shown."""
    entries: list[Entry] = current_app.extensions.get(_ENTRIES, [])
    return tuple(
        Link(url_for(entry.endpoint), str(entry.words), entry.endpoint == request.endpoint)
        for entry in sorted(entries, key=lambda entry: entry.order)
        if may(actor, entry.permission)
    )


def own_desk_links() -> tuple[Link, ...]:
    """The links of whoever is signed in."""
    return desk_links(current_actor())
