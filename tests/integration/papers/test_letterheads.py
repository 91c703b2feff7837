"""What stands at the head of a paper, and that it is the same after the pack was loaded."""

import io
from dataclasses import replace
from datetime import date

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from portal.cases.states import PartyRole
from portal.infra.database import db
from portal.jurisdiction.change_models import PlaceChange
from portal.jurisdiction.emblems import emblem_of
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.rows import head_of, place_of, rows_of
from portal.jurisdiction.tables import Letterhead, Text
from portal.kernel.actor import Role
from portal.papers.sheets import PartyOnPaper, Sheet, paper_pdf
from tests.factories.packs import shipped
from tests.papers import words_of

pytestmark = pytest.mark.usefixtures("app")
UNIT = "CULTURE_ENF@320412"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
)
OWN = Letterhead(
    UNIT,
    Text("示例大队", "Example Brigade"),
    Text("示例路1号", "1 Example Rd"),
    "000-1",
    emblem_of(SVG),
)
KINDS = Letterhead("CULTURE_ENF", None, Text("示例路2号", "2 Example Rd"), "000-2")


def png(width, height):
    written = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(written, "PNG")
    return written.getvalue()


def paper_on(place, language="zh-Hans", form="penalty-decision"):
    party = PartyOnPaper(PartyRole.SELLER, "某店", "")
    said = {"facts": "事实"}
    sheet = Sheet(place.papers[form], "C-1", UNIT, date(2026, 11, 26), said, "N-1", party)
    return paper_pdf(sheet, place, language)


def words_on(*asked):
    with pikepdf.open(io.BytesIO(paper_on(*asked))) as paper:
        return words_of(paper)


def keys_of(one):
    return one.keys() if isinstance(one, pikepdf.Dictionary) else ()


def drafted():
    """What is drafted for the letterhead of the kind."""
    db.session.expire_all()
    return db.session.scalars(select(PlaceChange.after)).one().get("picture", "")


def test_the_letterhead_of_the_unit_goes_before_that_of_its_kind_and_that_before_its_name():
    bare = current_place()
    of_kind = replace(bare, letterheads={"CULTURE_ENF": KINDS})
    of_unit = replace(bare, letterheads={"CULTURE_ENF": KINDS, UNIT: OWN})
    name = bare.departments[UNIT].name.zh

    assert words_on(bare).startswith(f"{name}行政处罚决定书")
    assert words_on(of_kind).startswith(f"{name}示例路2号   000-2")
    assert words_on(of_unit).startswith("示例大队示例路1号   000-1")
    assert words_on(of_unit, "en").startswith("Example Brigade1 Example Rd   000-1")


@pytest.mark.parametrize("raw", [SVG, png(9, 9)])
def test_the_picture_of_a_letterhead_stands_on_the_paper_and_is_called_by_the_office(raw):
    own = replace(OWN, picture=emblem_of(raw))
    place = replace(current_place(), letterheads={UNIT: own})

    with pikepdf.open(io.BytesIO(paper_on(place))) as paper:
        said = [str(one.Alt) for one in paper.objects if "/Alt" in keys_of(one)]
        assert said == ["示例大队"]
        assert b"pdfuaid" in paper.Root.Metadata.read_bytes()


@pytest.mark.requirement("F22")
def test_the_picture_is_sent_on_the_page_of_the_place_kept_and_taken_out(desk):
    pages, _official = desk(Role.ADMINISTRATOR)
    new = pages.get("/desk/place/tables/letterheads/new")
    said = {"f_department": "CULTURE_ENF", "f_address_zh": "示例路3号"}
    said |= {
        "f_address_en": "3 Example Rd",
        "f_phone": "000-3",
        "f_picture": (io.BytesIO(b"%PDF-1.7"), "emblem.pdf"),
    }

    refused = pages.post(new, said | {"f_picture": (io.BytesIO(b"%PDF-1.7"), "emblem.pdf")})
    assert refused.status == 422
    page = pages.post(refused, said | {"f_picture": (io.BytesIO(SVG), "emblem.svg")})
    assert page.status == 200
    assert drafted() == emblem_of(SVG)
    row = pages.get("/desk/place/tables/letterheads/change/CULTURE_ENF")
    pages.post(row, {"f_phone": "000-4"})
    assert drafted() == emblem_of(SVG)
    pages.post(row, {"f_picture_none": "y"})
    assert drafted() == ""


def test_a_paper_in_english_says_everything_of_its_own_in_english():
    words = words_on(current_place(), "en", "advance-notice")

    for said in ("Seller", "Facts", "within 5 working days from service", "Office (seal)"):
        assert said in words, said
    for part in current_place().papers["advance-notice"].parts:
        assert f"PaperPart.{part}" not in words


def test_letterheads_and_what_papers_say_are_the_same_after_they_were_stored():
    place = replace(shipped("cn_culture_market"), letterheads={"CULTURE_ENF": KINDS, UNIT: OWN})

    stored = place_of(0, head_of(place), rows_of(place))

    assert stored.letterheads == place.letterheads
    assert stored.papers == place.papers


@pytest.mark.parametrize("pack", ["cn_culture_market", "en_ip_office"])
def test_every_kind_of_paper_can_be_printed(pack):
    place = shipped(pack)
    for form in place.papers.values():
        if form.parts:
            sheet = Sheet(form, "C-1", UNIT, date(2026, 11, 26), {}, "N-1")
            assert paper_pdf(sheet, place, "zh-Hans").startswith(b"%PDF")
