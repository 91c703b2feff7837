"""Templates keep the rules that a browser, a translator and the next reader need."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from portal.infra.config import ROOT
from portal.web.templating import init_templates

TEMPLATES = ROOT / "templates"
ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
PAGES = [name for name in ALL if name.split("/")[0] not in {"layouts", "components"}]
STYLE_OR_HANDLER = re.compile(r"\s(?:style|on[a-z]+)\s*=\s*[\"']")


@pytest.fixture(scope="module")
def environment():
    app = Flask("sunline", root_path=str(ROOT))
    app.jinja_env.add_extension("jinja2.ext.i18n")
    init_templates(app)
    return app.jinja_env


def source(name: str) -> str:
    return Path(TEMPLATES, name).read_text()


@pytest.mark.parametrize("name", ALL)
def test_a_template_compiles(environment, name):
    environment.get_template(name)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_declared_safe_and_nothing_is_inline(name):
    text = source(name)

    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text)
    assert not STYLE_OR_HANDLER.search(text)
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_a_macro_is_called_by_the_names_that_it_gives_its_arguments(environment):
    trees = {name: environment.parse(source(name)) for name in ALL}
    macros = {
        (name, one.name): {argument.name for argument in one.args} | {"caller"}
        for name, tree in trees.items()
        for one in tree.find_all(nodes.Macro)
    }
    wrong = []
    for name, tree in trees.items():
        known = {macro: names for (home, macro), names in macros.items() if home == name}
        for one in tree.find_all(nodes.FromImport):
            pairs = [(each, each) if isinstance(each, str) else each for each in one.names]
            origin = one.template.as_const()
            known |= {alias: macros[origin, each] for each, alias in pairs}
        for call in tree.find_all(nodes.Call):
            given = {one.key for one in call.kwargs}
            macro = getattr(call.node, "name", "")
            wrong += [(name, macro, one) for one in given - known.get(macro, given)]

    assert wrong == []


@pytest.mark.parametrize("name", ALL)
def test_what_a_template_imports_it_uses(environment, name):
    tree = environment.parse(source(name))
    used = {node.name for node in tree.find_all(nodes.Name)}

    imported = {
        (alias if isinstance(alias, str) else alias[1])
        for node in tree.find_all(nodes.FromImport)
        for alias in node.names
    } | {node.target for node in tree.find_all(nodes.Import)}

    assert imported - used == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_title_and_a_layout(environment, name):
    tree = environment.parse(source(name))
    partial = Path(name).name.startswith("_") or name.startswith("mail/")
    parents = [node.template.value for node in tree.find_all(nodes.Extends)]

    assert partial or all(parent.startswith("layouts/") for parent in parents)
    assert partial or (parents and "title" in {node.name for node in tree.find_all(nodes.Block)})


@pytest.mark.parametrize("name", ALL)
def test_no_sentence_stands_outside_the_catalogues(environment, name):
    tree = environment.parse(source(name))
    loose = []
    for output in tree.find_all(nodes.TemplateData):
        bare = re.sub(r"<[^>]*>?|^[^<]*>", " ", output.data)
        loose += re.findall(r"[A-Za-z]{2,} [a-z]{2,}", bare)

    assert loose == []
