"""The style sheets as we serve them: no foreign fonts, no arms, Chinese families."""

import pytest

from workers.launcher import assets
from workers.launcher.terminal import Stop

SHEET = (
    '@charset "UTF-8";:root{--govuk-x:1}'
    "@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}"
    "p{font-family:GDS Transport,arial,sans-serif}"
    ".crest{background-image:url(/assets/images/govuk-crest.svg)}"
    ".icon{background:url(/assets/images/icon-document.svg)}"
    "/*# sourceMappingURL=x.min.css.map */"
)


def test_a_style_sheet_loses_fonts_and_arms_and_points_at_its_neighbours():
    adapted = assets.adapt(SHEET, "x.css")

    assert adapted.startswith('@charset "UTF-8";:root{--sunline-font:')
    assert "p{font-family:var(--sunline-font)}" in adapted
    assert ".crest{background-image:none}" in adapted
    assert "url(images/icon-document.svg)" in adapted
    assert not {"GDS", "font-face", "/assets/", "sourceMappingURL"} & set(adapted.split())
    assert "Noto Sans CJK SC" in adapted


def test_a_style_sheet_of_another_shape_is_refused_rather_than_served():
    with pytest.raises(Stop, match=r"x\.css has changed its shape"):
        assets.adapt("p{font-family:'GDS Transport'}", "x.css")


def test_copying_replaces_what_was_there_and_leaves_out_what_belongs_to_others(tmp_path):
    modules, vendor = tmp_path / "node_modules", tmp_path / "static" / "vendor"
    for path in (*assets.SHEETS, *assets.SCRIPTS):
        (modules / path).parent.mkdir(parents=True, exist_ok=True)
        (modules / path).write_text("")
    for folder in assets.IMAGES:
        (modules / folder).mkdir(parents=True)
        (modules / folder / "icon-document.svg").write_text("<svg/>")
        (modules / folder / "govuk-crest.svg").write_text("<svg/>")
    vendor.mkdir(parents=True)
    (vendor / "old.css").write_text("")

    assets.copy(modules, vendor)

    names = {path.name for path in vendor.rglob("*") if path.is_file()}
    assert names == {
        *(path.name for path in (*assets.SHEETS, *assets.SCRIPTS)),
        "icon-document.svg",
    }
    assert [path.name for path in vendor.parent.iterdir()] == ["vendor"]
