"""The documentation: what is made from the code is current, and no link leads nowhere."""

import re
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest
from werkzeug.utils import import_string

import app
from portal.infra.config import Settings
from portal.infra.database import Base
from portal.operations.docs_commands import (
    DOCS,
    GENERATED,
    MarkedTest,
    Requirement,
    marked_tests,
    requirements_table,
)
from workers.launcher import commands as launcher

ROOT = DOCS.parent
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
COMMAND = re.compile(r"\./sunline ([a-z]+)(?: ([a-z]+))?")
SETTING = re.compile(r"SUNLINE_[A-Z_]+")
TABLE = re.compile(r"`([a-z_]+\*?)(?:\.[a-z_]+)?`")
NUMBER = re.compile(r"^#SUNLINE_([A-Z_]+)=(\d+(?:\.\d+)?)$", re.MULTILINE)
OF_THE_TESTS = {"SUNLINE_SCREENSHOTS"}
# Made by the browser tests, so absent in a fresh clone.
SCREENSHOTS = DOCS / "img"


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_current(name):
    page = (DOCS / name).read_text(encoding="utf-8")

    assert page == GENERATED[name](), "run ./sunline docs generate"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path):
    inside = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if ":" not in link]
    targets = [(page.parent / link).resolve() for link in inside]

    lost = [path.name for path in targets if not path.exists() and path.parent != SCREENSHOTS]

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_has_what_git_leaves_where_two_texts_meet(page: Path):
    left = re.findall(
        r"^(?:<{7}|={7}|>{7})(?: .*)?$", page.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert left == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_that_is_written_down_exists(page: Path):
    groups = {group.name: group for group in map(import_string, app.COMMANDS)}

    for name, word in COMMAND.findall(page.read_text(encoding="utf-8")):
        assert name in launcher.COMMANDS or name in groups, f"./sunline {name}"
        assert name not in groups or word in groups[name].commands, f"./sunline {name} {word}"


def test_every_setting_is_in_the_example_and_no_other_is_written_down():
    example = set(SETTING.findall((ROOT / ".env.example").read_text(encoding="utf-8")))
    named = {name for page in PAGES for name in SETTING.findall(page.read_text(encoding="utf-8"))}
    own_names = {"DATABASE_URL", "REDIS_URL"}

    fields = {
        f"SUNLINE_{name.upper()}" for name in Settings.model_fields if name.upper() not in own_names
    }

    assert fields - example == set()
    assert named - example == OF_THE_TESTS


def test_every_folder_of_the_portal_is_in_the_readme_and_in_the_architecture():
    folders = {path.parent.name for path in (ROOT / "portal").glob("*/__init__.py")}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = (DOCS / "architecture.md").read_text(encoding="utf-8")

    assert len(folders) > 20
    assert [name for name in sorted(folders) if f"`{name}`" not in readme] == []
    assert [name for name in sorted(folders) if f"\n  {name}/" not in tree] == []


def test_every_setting_stands_once_in_the_example():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [line.lstrip("#").partition("=")[0] for line in lines if re.match("#[A-Z_]+=", line)]

    assert len(named) == len(set(named)) > 20


def test_the_numbers_in_the_example_are_the_defaults():
    numbers = NUMBER.findall((ROOT / ".env.example").read_text(encoding="utf-8"))
    defaults = {name: field.default for name, field in Settings.model_fields.items()}

    wrong = [
        name
        for name, number in numbers
        if defaults.get(name.lower()) not in {None, 0, float(number)}
    ]

    assert len(numbers) > 5
    assert wrong == []


def test_every_table_is_in_the_page_on_data_protection_but_rows_of_the_place():
    for path in sorted((ROOT / "portal").rglob("*models.py")):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    page = (DOCS / "data-protection.md").read_text(encoding="utf-8")
    named = TABLE.findall(page)

    missing = [
        name
        for name, table in Base.metadata.tables.items()
        if "since_version" not in table.columns
        and not any(fnmatchcase(name, pattern) for pattern in named)
    ]

    assert len(Base.metadata.tables) > 100
    assert missing == []


def test_marks_are_found_on_functions_on_classes_and_for_a_whole_file(tmp_path):
    (tmp_path / "test_some.py").write_text(
        "pytestmark = [pytest.mark.requirement('A1')]\n"
        "@pytest.mark.requirement('B2')\n"
        "class TestGroup:\n"
        "    def test_inside(self): ...\n"
        "@pytest.mark.requirement('C3')\n"
        "def test_alone(): ...\n"
        "def no_test(): ...\n"
    )

    inside, alone = (
        MarkedTest("test_some.py", "test_inside"),
        MarkedTest("test_some.py", "test_alone"),
    )
    assert dict(marked_tests(tmp_path)) == {"A1": [alone, inside], "B2": [inside], "C3": [alone]}


def test_a_requirement_without_a_test_is_open_and_an_unknown_mark_is_refused():
    wanted = [Requirement("A1", "To be done", "M")]

    assert "| A1 | M | To be done | open |" in requirements_table(wanted, {})
    with pytest.raises(ValueError, match="Z9"):
        requirements_table(wanted, {"Z9": [MarkedTest("test_some.py", "test_some")]})
