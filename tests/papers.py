"""What stands on a paper that typst has made, read back for the tests."""

import re

import pikepdf


def words_of(paper: pikepdf.Pdf) -> str:
    """The text of a PDF, read through the fonts' own tables."""
    return "\n".join(words_of_page(page) for page in paper.pages)


def words_of_page(page: pikepdf.Object | pikepdf.Page) -> str:
    """What stands on a page, or in a drawing that is laid over it."""
    resources = page.get("/Resources", pikepdf.Dictionary())
    maps = {name: _unicode_map(font) for name, font in resources.get("/Font", {}).items()}
    out: list[str] = []
    current: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            current = maps[str(operands[0])]
        elif str(operator) == "Do":
            drawn = resources.XObject[operands[0]]
            out.append(words_of_page(drawn) if drawn.Subtype == "/Form" else "")
        elif str(operator) in {"Tj", "TJ"}:
            parts = operands[0] if str(operator) == "TJ" else operands
            for part in parts:
                if isinstance(part, pikepdf.String):
                    raw = bytes(part)
                    out += [current.get(raw[at : at + 2], "") for at in range(0, len(raw), 2)]
    return "".join(out)


def _unicode_map(font: pikepdf.Object) -> dict[bytes, str]:
    """What each two-byte code of a font means."""
    table = bytes(font.ToUnicode.read_bytes()).decode("latin-1")
    pairs = re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", table)
    return {bytes.fromhex(a): bytes.fromhex(b).decode("utf-16-be") for a, b in pairs}
