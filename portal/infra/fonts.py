"""Where the typefaces of our papers are: in a package, so that every machine prints the same."""

from functools import cache
from importlib.resources import files


@cache
def font_paths() -> list[str]:
    """The folders typst looks into for Noto Sans and Noto Serif SC."""
    return [str(files("pylopdf_fonts_zh_cn"))]
