"""Catalogues of areas become one; disagreement and stale files are found."""

from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations

from portal.infra.config import settings
from portal.web.translations import (
    ConflictingTranslations,
    compile_catalogues,
    digest,
    load,
    merge,
)

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "zh_Hans").mkdir()
    return tmp_path


def write(sources, area, pairs):
    entries = "".join(f'msgid "{key}"\nmsgstr "{text}"\n\n' for key, text in pairs)
    (sources / "zh_Hans" / f"{area}.po").write_text(HEAD + entries)


def test_areas_are_merged(sources, tmp_path):
    write(sources, "intake", [("Send", "提交"), ("Back", "返回")])
    write(sources, "web", [("Back", "返回")])

    files = compile_catalogues(tmp_path / "out", sources)

    stored = Translations(BytesIO(files["zh_Hans"].read_bytes()))
    assert (stored.gettext("Send"), stored.gettext("Back")) == ("提交", "返回")


def test_two_areas_may_not_disagree(sources):
    write(sources, "intake", [("Back", "返回")])
    write(sources, "web", [("Back", "后退")])

    with pytest.raises(ConflictingTranslations, match="intake"):
        merge("zh_Hans", sources)


def test_a_changed_source_makes_the_compiled_file_stale(sources):
    write(sources, "web", [("Back", "返回")])
    before = digest("zh_Hans", sources)

    write(sources, "web", [("Back", "后退")])

    assert digest("zh_Hans", sources) != before


def test_an_empty_translation_counts_as_none(sources):
    write(sources, "web", [("Back", "")])

    assert "Back" not in merge("zh_Hans", sources)


def test_while_serving_the_first_of_two_translations_counts(sources):
    write(sources, "intake", [("Back", "返回")])
    write(sources, "web", [("Back", "后退")])

    assert merge("zh_Hans", sources, strict=False)["Back"].string == "返回"


@pytest.mark.parametrize(
    ("stale", "cut", "said"),
    [
        (False, None, "今天的话"),
        (True, None, "返回"),
        *((False, size, "返回") for size in (0, 10, 60)),
    ],
)
def test_a_process_reads_the_compiled_words_unless_they_are_stale_or_cut(
    stale, cut, said, monkeypatch, tmp_path
):
    monkeypatch.setenv("SUNLINE_VAR", str(tmp_path))
    settings.cache_clear()
    catalogue = Catalog(locale="zh_Hans", fuzzy=False)
    catalogue.add("Back", "今天的话")
    catalogue.version = "another" if stale else digest("zh_Hans")
    file = tmp_path / "translations" / "zh_Hans" / "messages.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as target:
        write_mo(target, catalogue)
        if cut is not None:
            target.truncate(cut)

    assert load.__wrapped__("zh_Hans").gettext("Back") == said
