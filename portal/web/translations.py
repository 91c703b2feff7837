"""Catalogues: one `.po` file per area and language, merged into one catalogue per language.

`./sunline translations compile` (run at set-up) writes them into the data folder, each with a
digest of what it was made from. A process that finds one missing, cut or stale merges the `.po`
files in memory instead, so that an edit is seen at the next start and nothing writes while serving.
"""

import hashlib
import struct
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask.cli import AppGroup
from flask_babel import Domain, get_locale

from portal.infra.config import settings
from portal.web.messages import all_messages

SOURCES = Path(__file__).resolve().parents[1] / "translations"
VERSION = "project-id-version"

commands = AppGroup("translations", help="Catalogues of the two languages.")


class ConflictingTranslations(ValueError):
    """Two areas translate the same message differently."""


def area_files(locale: str, sources: Path = SOURCES) -> tuple[Path, ...]:
    """The `.po` files of a locale (`en`, `zh_Hans`), one an area, in the order of their names."""
    return tuple(sorted((sources / locale).glob("*.po")))


def merge(locale: str, sources: Path = SOURCES, *, strict: bool = True) -> Catalog:
    """All areas of a locale in one catalogue; raise ConflictingTranslations if two disagree.

    Not `strict`, the first in the order of the areas counts.
    """
    merged = Catalog(locale=locale, fuzzy=False)
    origin: dict[object, Path] = {}
    for path in area_files(locale, sources):
        with path.open("rb") as file:
            area = read_po(file, locale=locale)
        for message in area:
            if not message.id or not message.string or message.fuzzy:
                continue
            key = (message.context, message.id)
            known = merged.get(message.id, message.context)
            if known is not None and known.string != message.string:
                if not strict:
                    continue
                raise ConflictingTranslations(f"{message.id!r} in {origin[key].name}, {path.name}")
            origin[key] = path
            merged.add(message.id, message.string, context=message.context)
    return merged


def digest(locale: str, sources: Path = SOURCES) -> str:
    """A hash of everything the catalogue of a locale is made from."""
    total = hashlib.sha256()
    for path in area_files(locale, sources):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def compiled(locale: str, sources: Path = SOURCES, *, strict: bool = True) -> bytes:
    """The `.mo` file of a locale, carrying the digest of its sources."""
    catalogue = merge(locale, sources, strict=strict)
    catalogue.version = digest(locale, sources)
    target = BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def compile_catalogues(target: Path, sources: Path = SOURCES) -> Mapping[str, Path]:
    """Write `<locale>/messages.mo` for every locale below `target`; return locale -> file."""
    written = {}
    for folder in sorted(entry for entry in sources.iterdir() if entry.is_dir()):
        path = target / folder.name / "messages.mo"
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(compiled(folder.name, sources))
        fresh.replace(path)
        written[folder.name] = path
    return written


@cache
def load(locale: str) -> Translations:
    """The translations of a locale: the compiled file if it is fresh, else merged in memory.

    While serving, two areas that disagree are no reason to show nothing.
    """
    # A file may be cut where the machine lost its power.
    with suppress(OSError, ValueError, KeyError, struct.error):
        stored = Translations(BytesIO((_compiled_folder() / locale / "messages.mo").read_bytes()))
        if stored.info()[VERSION].endswith(digest(locale)):
            return stored
    return Translations(BytesIO(compiled(locale, strict=False)))


def _compiled_folder() -> Path:
    """Where the compiled catalogues of this installation lie."""
    return settings().var / "translations"


class Catalogues(Domain):
    """Gives flask-babel the merged catalogue of the language of the page."""

    def get_translations(self) -> GNUTranslations | NullTranslations:
        locale = get_locale()
        return NullTranslations() if locale is None else load(str(locale))


@commands.command("compile")
def compile_command() -> None:
    """Write the compiled catalogues."""
    for locale, path in compile_catalogues(_compiled_folder()).items():
        click.echo(f"{locale}: {path.stat().st_size} bytes")


@commands.command("missing")
def missing_command() -> None:
    """List what the code and the templates say and Chinese does not, with file and line."""
    known = merge("zh_Hans", strict=False)
    for file, line, message in all_messages():
        if message not in known:
            click.echo(f"{file}:{line}: {message}")
