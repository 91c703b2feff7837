"""Everything the product says, it says in both languages."""

import ast
import importlib
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

from portal.infra.config import ROOT
from portal.jurisdiction.pack_shapes import Shape
from portal.jurisdiction.pack_tables import CaseMove
from portal.jurisdiction.place import Urgency
from portal.jurisdiction.tables import NoticeEvent
from portal.web.messages import all_messages
from portal.web.translations import SOURCES, area_files, load, merge

LOCALES = ("en", "zh_Hans")
# What is looked up by a name made of parts, like `ReportState.routed`.
KEY = re.compile(r"[A-Za-z-]+(\.[\w-]+)+")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%\{\w+\}")


def _modules(pattern: str) -> Iterator[Path]:
    return (path for path in (ROOT / "portal").glob(pattern) if "packs" not in path.parts)


def _enums() -> dict[str, type[StrEnum]]:
    """Every StrEnum of the portal by name."""
    for path in _modules("**/*.py"):
        if "StrEnum" in path.read_text() and path.stem not in {"views", "forms"}:
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    ours = (kind for kind in StrEnum.__subclasses__() if kind.__module__.startswith("portal."))
    return {kind.__name__: kind for kind in ours}


def test_everything_said_has_a_chinese_translation():
    known = merge("zh_Hans")

    missing = [f"{file}:{line}: {text}" for file, line, text in all_messages() if text not in known]

    assert missing == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_areas_translate_a_message_differently(locale):
    merge(locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_are_the_same_in_the_translation(locale):
    """What is looked up by a name says the same in both: there English is a translation too."""
    english = {str(one.id): str(one.string) for one in merge("en")}
    wrong = []
    for message in merge(locale):
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        targets = [message.string] if isinstance(message.string, str) else list(message.string)
        said = english.get(sources[-1]) if KEY.fullmatch(sources[-1]) else sources[-1]
        wanted = set(PLACEHOLDER.findall(said or ""))
        wrong += [
            text for text in targets if message.id and set(PLACEHOLDER.findall(text)) != wanted
        ]

    assert wrong == []


def test_labels_are_complete_in_both_languages_once_an_enum_has_any():
    enums = _enums()
    in_states = {
        name
        for name, kind in enums.items()
        if kind.__module__.startswith("portal.") and kind.__module__.endswith(".states")
    }
    labelled = set(in_states)
    keys = {locale: {str(message.id) for message in merge(locale)} for locale in LOCALES}
    for known in keys.values():
        labelled |= {key.split(".")[0] for key in known if key.split(".")[0] in enums}

    missing = [
        f"{locale}: {name}.{member.value}"
        for locale in LOCALES
        for name in sorted(labelled)
        for member in enums[name]
        if f"{name}.{member.value}" not in keys[locale]
    ]

    assert missing == []


def _rule_codes() -> Iterator[tuple[str, str]]:
    """File and code of every `RuleBroken("…")` and `Unavailable("…")`."""
    for path in _modules("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"RuleBroken", "Unavailable"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(path.relative_to(ROOT)), str(node.args[0].value)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_rule_that_refuses_has_a_sentence_for_the_reader(locale):
    known = merge(locale)

    missing = [f"{file}: {code}" for file, code in _rule_codes() if f"refused.{code}" not in known]

    assert missing == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_may_be_chosen_on_the_pages_of_the_place_has_a_name(locale):
    known = merge(locale)
    chosen = {one for shape in _shapes(Shape) for one in _chosen(shape)}

    assert {CaseMove, NoticeEvent, Urgency} < chosen
    names = [f"{one.__name__}.{member}" for one in chosen for member in one]
    assert [name for name in names if name not in known] == []


def _shapes(base: type[Shape]) -> Iterator[type[Shape]]:
    for shape in base.__subclasses__():
        yield shape
        yield from _shapes(shape)


def _chosen(shape: type[Shape]) -> Iterator[type[StrEnum]]:
    """The closed lists in the fields of a row."""
    waiting: list[object] = [one.annotation for one in shape.model_fields.values()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, StrEnum):
            yield one
        waiting.extend(get_args(one))


def _sentences() -> Iterator[tuple[str, str]]:
    """File and text of every `Sentence("…")`: what the checks of a place say."""
    for path in _modules("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                text = node.args[0]
                if node.func.id == "Sentence" and isinstance(text, ast.Constant):
                    yield str(path.relative_to(ROOT)), str(text.value)


def test_everything_that_a_check_of_a_place_says_is_said_in_chinese():
    known, said = merge("zh_Hans"), list(_sentences())

    assert len(said) > 100
    assert [f"{file}: {text}" for file, text in said if text not in known] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_catalogue_keeps_what_nothing_says_any_more(locale):
    said = {text for _file, _line, text in all_messages()} | {text for _file, text in _sentences()}
    texts = [one.id if isinstance(one.id, str) else one.id[0] for one in merge(locale) if one.id]

    assert [one for one in texts if not KEY.fullmatch(one) and one not in said] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_area_has_its_file_in_both_languages_or_needs_none(locale):
    areas = {path.stem for path in area_files(locale)}
    stages = {path.name for path in (ROOT / "portal").iterdir() if path.is_dir()}

    assert areas <= stages | {"workers"}


def test_english_says_what_the_code_says_where_it_has_no_entry():
    assert load("en").gettext("Page not found") == "Page not found"


def test_catalogues_lie_where_the_program_looks():
    assert {path.name for path in SOURCES.iterdir() if path.is_dir()} == set(LOCALES)
