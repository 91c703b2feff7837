"""Longer texts of a form that are read line by line: words with weights, options, plain TOML."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask_babel import gettext

from portal.administration.words import NotRead
from portal.jurisdiction.parts import Values

_OPTION: Final = ("code", "zh", "en")


def options_text(options: Iterable[Mapping[str, Any]]) -> str:
    """Options a line each: the code, then what it says in both languages."""
    return "\n".join(" | ".join((one["code"], *one["text"].values())) for one in options)


def read_options(text: str, name: str) -> list[Values]:
    """The options of a text; NotRead names the first line that is none."""
    found: list[Values] = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == len(_OPTION) and all(cells):
            code, chinese, english = cells
            found.append({"code": code, "text": {"zh": chinese, "en": english}})
        elif line.strip():
            raise NotRead(name, _no_option(number))
    return found


def _no_option(line: int) -> str:
    return str(
        gettext(
            "Line %(line)d cannot be read. Would be right: the code | in Chinese | in English",
            line=line,
        )
    )


def weight_lines(text: str) -> dict[str, int]:
    """The words of a list with weights, each with the line that it stands on first."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        lines.setdefault(_word(line)[0], number)
    return lines


def _word(line: str) -> tuple[str, str]:
    word, _space, weight = line.strip().rpartition(" ")
    return word.strip(), weight


def read_weights(text: str, name: str) -> dict[str, Any]:
    """Each word with its weight; NotRead names the first wrong line."""
    read: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        word, weight = _word(line)
        if not line.strip():
            continue
        if not word or not weight.isdecimal():
            raise NotRead(name, _no_weight(number))
        if word in read:
            raise NotRead(name, _said_twice(number))
        read[word] = int(weight)
    return read


def _no_weight(line: int) -> str:
    return str(
        gettext(
            "Line %(line)d cannot be read. Would be right: a word, a space, a whole number",
            line=line,
        )
    )


def _said_twice(line: int) -> str:
    return str(gettext("Line %(line)d has a word that stands above already", line=line))


def read_toml(text: str, name: str) -> dict[str, Any]:
    """Names and values as in a file of a pack; NotRead names the first wrong line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise NotRead(name, _not_toml(line)) from error
    except RecursionError as error:
        raise NotRead(name, _not_toml(1)) from error


def _not_toml(line: int) -> str:
    return str(
        gettext(
            "Line %(line)d cannot be read. Would be right: name = value, texts in quotes",
            line=line,
        )
    )
