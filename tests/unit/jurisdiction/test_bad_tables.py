"""What can be wrong with history, delegations, outside bodies, questions, measures and texts."""

import shutil
from pathlib import Path

import pytest

from portal.intake.states import PublicStage
from portal.jurisdiction.pack import check_pack, pack_folder, read_pack
from portal.jurisdiction.pack_files import toml_lines
from portal.jurisdiction.pack_tables import PublicStageName
from portal.jurisdiction.pack_writing import write_pack
from portal.jurisdiction.tables import Text

REGIONS, UNITS, KINDS = "regions.csv", "departments.csv", "department_kinds.csv"
CATEGORIES, DELEGATIONS, RULES = "categories.toml", "delegations.csv", "routing.toml"
CN = "cn_culture_market"

# file, what stands there, what is written instead (None: added at the end), field, what is wrong
MANY = """code = "many-copies"
sentence = { zh = "涉案侵权盗版或者非法出版物五百件以上", en = "500 copies or more are involved" }
copies = 500
"""
CASES = [
    (
        REGIONS,
        ",武进,county,320400,,2002-04-30,state-council-2002-04,,320412",
        ",武进,county,320400,,2002-04-30,state-council-2002-04,,320499",
        "successors",
        "'320499' is not a region",
    ),
    (
        REGIONS,
        ",武进,county,320400,,2002-04-30,state",
        ",武进,county,320400,,,state",
        "valid_to",
        "'320483' has successors but no end",
    ),
    (
        REGIONS,
        ",武进,county,320400,,2002-04-30,state-council-2002-04,,320412",
        ",武进,county,320400,,2002-04-30,state-council-2002-04,,320483",
        "successors",
        "what became of '320483' becomes '320483' again",
    ),
    (
        REGIONS,
        ",武进,county,320400,,2002-04-30",
        ",武进,county,320400,2003-01-01,2002-04-30",
        "valid_to",
        "ends on 2002-04-30, before it begins",
    ),
    (
        REGIONS,
        ",莱城,county,371200,,2018-12-31",
        ",莱城,county,371200,,2019-12-31",
        "parent",
        "'371200' ended on 2018-12-31, and '371202' did not",
    ),
    (
        REGIONS,
        ",武进,county,320400,,2002-04-30",
        ",武进,county,320483,,2002-04-30",
        "parent",
        "the parents go round in a circle",
    ),
    (DELEGATIONS, None, "PRES,CULTURE_ENF,320000,,x,,,\n", "from", "'PRES' is not known"),
    (DELEGATIONS, None, "PRESS_PUB,CULTUR,320000,,x,,,\n", "to", "'CULTUR' is not known"),
    (
        DELEGATIONS,
        None,
        "PRESS_PUB,CULTURE_ENF,329999,,x,,,\n",
        "region",
        "'329999' is not a region",
    ),
    (
        DELEGATIONS,
        None,
        "PRESS_PUB,CULTURE_ENF,320000,piracy.prnt,x,,,\n",
        "categories",
        "'piracy.prnt' is not a category",
    ),
    (DELEGATIONS, None, "PRESS_PUB,CULTURE_ENF,320000,,,,,\n", "basis", "is missing"),
    (
        DELEGATIONS,
        None,
        "PRESS_PUB,CULTURE_ENF,320000,,x,2026-02-01,2026-01-01,\n",
        "valid_to",
        "ends on 2026-01-01, before it begins",
    ),
    (
        DELEGATIONS,
        None,
        "PRESS_PUB,CULTURE_ENF,320000,,x,,,\nCULTURE_ENF,PRESS_PUB,320412,,x,,,\n",
        "to",
        "'CULTURE_ENF' gets back what it gave away",
    ),
    (
        DELEGATIONS,
        None,
        "PRESS_PUB,CULTURE_ENF,320000,,x,,,\nPRESS_PUB,CULTURE_ENF,320000,,y,,,\n",
        "from",
        "is there twice, first on line 2",
    ),
    (
        KINDS,
        ",true,print,送同级公安",
        ",true,,送同级公安",
        "receives_by",
        "does not say how it receives",
    ),
    (
        KINDS,
        ",true,print,送同级公安机关，附移送函一式两份，取回执",
        ",true,print,",
        "contact",
        "is missing",
    ),
    (
        KINDS,
        ",true,print,送同级公安",
        ",true,pigeon,送同级公安",
        "receives_by",
        "'pigeon' is not known",
    ),
    (
        KINDS,
        ",true,print,送同级公安",
        ",perhaps,print,送同级公安",
        "outside",
        "neither true nor false",
    ),
    (
        CATEGORIES,
        'code = "vendor_spot"',
        'code = "vendor_time"',
        "question",
        "'vendor_time' is asked twice, first in 'licence.unlicensed_vendor'",
    ),
    (CATEGORIES, 'code = "book_course"', 'code = "Kurs 1"', "question", "'Kurs 1' is not a code"),
    (
        CATEGORIES,
        'code = "vendor_time"\nkind = "text"',
        'code = "vendor_time"\nkind = "choice"',
        "question",
        "a choice has 0 answers",
    ),
    (
        CATEGORIES,
        'code = "import_way"\nkind = "choice"',
        'code = "import_way"\nkind = "number"',
        "question",
        "a question of kind 'number' has no list of answers",
    ),
    (CATEGORIES, '{ code = "parcel"', '{ code = "luggage"', "question", "'luggage' is there twice"),
    (
        CATEGORIES,
        'code = "vendor_time"\nkind = "text"',
        'code = "vendor_time"\nkind = "essay"',
        "question",
        "'essay' is not known",
    ),
    ("measures.toml", 'code = "interview"', 'code = "rectify"', "code", "'rectify' is there twice"),
    ("measures.toml", "needs_legal_basis = true", "# it does", "needs_legal_basis", "is missing"),
    (
        "papers.toml",
        'code = "sampling"',
        'code = "approval"',
        "code",
        "'approval' is there twice",
    ),
    (
        "papers.toml",
        'parts = ["facts", "evidence", "law", "intended"]',
        "",
        "parts",
        "a paper that is served says nothing",
    ),
    (
        "papers.toml",
        'signed_by = ["officers", "head"]',
        'periods = [{ name = { zh = "期", en = "T" }, days = 3, unit = "working" }]',
        "served",
        "a time runs from the service of a paper that is not served",
    ),
    (
        "letterheads.toml",
        None,
        '[[letterhead]]\ndepartment = "NOBODY"\naddress = { zh = "路", en = "Rd" }\nphone = "1"\n',
        "department",
        "'NOBODY' is not known",
    ),
    (
        "case_steps.toml",
        '"case-filing"',
        '"case-fileing"',
        "papers",
        "'case-fileing' is not a paper",
    ),
    ("case_steps.toml", 'move = "notify"', 'move = "file"', "move", "'file' is there twice"),
    (
        "case_steps.toml",
        'carries = ["inspection-record"',
        'carries = ["case-filing"',
        "carries",
        "'case-filing' is not a paper of this step",
    ),
    (
        "letterheads.toml",
        None,
        (
            '[[letterhead]]\ndepartment = "CULTURE_ENF"\nphone = "1"\npicture = "seal.png"\n'
            'address = { zh = "路", en = "Rd" }\n'
        ),
        "picture",
        "the picture is neither PNG nor SVG",
    ),
    (
        "case_steps.toml",
        'notice = "advance-notice"',
        'notice = "case-filing"',
        "notice",
        "'case-filing' is not a paper that is served",
    ),
    (
        "case_steps.toml",
        'move = "refer"',
        'move = "refer"\nnotice = "advance-notice"',
        "notice",
        "only a step that asks for a decision has a notice before it",
    ),
    (
        "case_steps.toml",
        'move = "open"',
        'move = "open"\nunit = "working"',
        "unit",
        "the time of a case runs in calendar days",
    ),
    ("major_cases.toml", "copies = 500", "copies = 0", "copies", "0"),
    (
        "major_cases.toml",
        MANY,
        MANY.replace("copies = 500\n", ""),
        "",
        "says nothing that must hold",
    ),
    ("major_cases.toml", '"minors-reached"', '"minors"', "factors", "'minors' is not known"),
    (
        "retention.toml",
        None,
        """
[[series]]
code = "some"
name = { zh = "几", en = "Some" }
record = "report"
basis = "x"
""",
        "months",
        "nobody says after how long",
    ),
    (
        "retention.toml",
        "months = 36",
        'months = 36\naction = "keep"',
        "months",
        "is kept for good, and has a period",
    ),
    (
        "retention.toml",
        "identity_months = 3\n",
        "identity_months = 7\n",
        "identity_months",
        "the identity would outlast its record",
    ),
    (
        "retention.toml",
        '"unrouted.spam", "unrouted.test"',
        '"unrouted.spam", "unrouted.tests"',
        "endings",
        "'unrouted.tests' is not an ending of such a record",
    ),
    (
        "retention.toml",
        '"penalty-carried-out"',
        '"close.barred"',
        "endings",
        "'close.barred' is not an ending of such a record",
    ),
    (
        "retention.toml",
        None,
        """
[[series]]
code = "late"
name = { zh = "迟", en = "Late" }
record = "case"
endings = ["no-breach"]
months = 12
basis = "x"
""",
        "code",
        "an earlier row takes everything that would fit this one",
    ),
    ("texts.toml", '"being-checked"', '"being-read"', "stage", "'being-read' is not known"),
    (
        "texts.toml",
        'category = "piracy.online"',
        'category = "piracy.onlin"',
        "category",
        "'piracy.onlin' is not a category",
    ),
    ("pack.toml", "last_year = 2026", "last_year = 2027", "calendar", "2027: no row"),
]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the larger shipped pack, without the names below its counties."""
    ignored = shutil.ignore_patterns("townships.csv")
    folder = Path(shutil.copytree(pack_folder(CN), tmp_path / CN, ignore=ignored))
    (folder / "townships.csv").write_text("name,codes\n", encoding="utf-8")
    return folder


def spoil(pack: Path, name: str, old: str | None, new: str) -> int:
    """Put `new` in the place of `old`, or at the end; return the line where it begins."""
    text = (pack / name).read_text(encoding="utf-8")
    at = len(text) if old is None else text.index(old)
    (pack / name).write_text(text[:at] + new + text[at + len(old or "") :], encoding="utf-8")
    return text[:at].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "field", "what"), CASES, ids=[case[4][:60] for case in CASES]
)
def test_a_mistake_is_named_with_file_line_and_field(pack, name, old, new, field, what):
    line = spoil(pack, name, old, new)

    found = [problem for problem in check_pack(pack) if what in problem.what]

    assert found, [str(problem) for problem in check_pack(pack)]
    assert (found[0].file, found[0].field.partition(".")[0]) == (name, field)
    assert line - 1 <= found[0].line <= line + 6 or name in {
        "measures.toml",
        "papers.toml",
        "texts.toml",
        "pack.toml",
    }
    assert found[0].would_be_right


OWN_ROW = """[[rule]]
id = "child-abuse"
when = { category = ["child_abuse.material"] }
lead = "POLICE"
"""


@pytest.mark.requirement("F21")
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (RULES, 'lead = "POLICE"', 'lead = "CULTURE_ENF"', "before a row of its own does"),
        (RULES, OWN_ROW, OWN_ROW.replace("when = {", 'when = { urgency = ["low"],'), "own does"),
        (
            RULES,
            OWN_ROW,
            OWN_ROW.replace("child-abuse", "all")
            .replace("category", "flag")
            .replace("child_abuse.material", "minors_affected"),
            "before a row of its own does",
        ),
        (CATEGORIES, "link_only = true", "link_only = false", "nobody may hold such material"),
        ("pack.toml", 'supervision = "SUPERVISION"', 'supervision = "POLICE"', "cannot supervise"),
    ],
    ids=["another desk", "only some", "another row first", "files taken", "outside"],
)
def test_no_change_of_the_place_opens_the_way_of_what_nobody_may_hold(pack, name, old, new, said):
    spoil(pack, name, old, new)

    assert any(said in problem.what for problem in check_pack(pack))


def test_somebody_who_acts_for_others_has_a_unit_there_or_above(pack):
    spoil(pack, UNITS, "URBAN,000000,", "URBAN,320000,")
    line = spoil(pack, DELEGATIONS, None, "PRESS_PUB,URBAN,110000,,x,,,\n")

    found = [problem for problem in check_pack(pack) if problem.file == DELEGATIONS]

    assert [(p.line, p.field, p.what) for p in found] == [
        (line, "to", "'URBAN' has no unit in '110000' or above it")
    ]


@pytest.mark.parametrize(
    "rows",
    [
        "PRESS_PUB,CULTURE_ENF,320000,piracy.print,x,,,\nCULTURE_ENF,PRESS_PUB,320412,venue.performance,x,,,\n",
        "PRESS_PUB,CULTURE_ENF,320000,,x,,,\nCULTURE_ENF,PRESS_PUB,330000,,x,,,\n",
        "PRESS_PUB,COPYRIGHT,320000,,x,,,\nCOPYRIGHT,CULTURE_ENF,320412,,x,,,\n",
    ],
    ids=["other matters", "other places", "a chain"],
)
def test_delegations_that_never_meet_or_only_lead_on_are_no_circle(pack, rows):
    spoil(pack, DELEGATIONS, None, rows)

    assert check_pack(pack) == []


def test_a_question_that_is_wrong_is_named_by_its_own_line(pack):
    line = spoil(
        pack,
        CATEGORIES,
        'code = "vendor_spot"\nkind = "choice"',
        'code = "vendor_spot"\nkind = "x"',
    )

    assert [(p.line, p.field) for p in check_pack(pack)] == [(line + 1, "question.1.kind")]


def test_the_questions_of_each_category_are_counted_apart():
    lines = toml_lines(
        '[[category]]\ncode = "a"\n[[category.question]]\ncode = "x"\n[[category]]\n'
        '[category.terms]\n"碟" = 1\n[[category.question]]\ncode = "y"\n'
    )

    assert lines["category.0.question.0.code"] == 4
    assert lines["category.1.terms.碟"] == 7
    assert lines["category.1.question.0.code"] == 9


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ('basis = "某办法"', Text("某办法", "")),
        ('basis = { zh = "某办法" }', Text("某办法", "")),
        ('basis = { en = "some measures" }', Text("", "some measures")),
        ('basis = { zh = " 某办法 ", en = "some measures" }', Text("某办法", "some measures")),
    ],
)
def test_a_basis_is_a_text_in_both_languages_or_in_one_for_both(pack, said, reads):
    spoil(pack, RULES, 'basis = { zh = "著作权法 第七条', f"{said}  # ")

    cited = [rule.basis for rule in read_pack(pack).rules if rule.basis == reads]

    assert len(cited) == 1
    assert cited[0].in_("zh-Hans")
    assert cited[0].in_("en")


NOTHING = ['""', '" "', "{}", '{ zh = "", en = " " }']


@pytest.mark.parametrize("said", NOTHING)
def test_rules_and_clocks_that_rest_on_nothing_may_say_so_with_an_empty_basis(pack, said):
    cited = sum(rule.basis is not None for rule in read_pack(pack).rules)
    spoil(pack, RULES, "basis = ", f"basis = {said}  # ")
    spoil(pack, "clocks.toml", "[[clock]]", f"[[clock]]\nbasis = {said}")

    place = read_pack(pack)

    assert sum(rule.basis is not None for rule in place.rules) == cited - 1
    assert {clock.basis for clock in place.clocks} == {None}


@pytest.mark.parametrize("said", NOTHING)
def test_what_has_to_rest_on_something_does_not_say_so_with_an_empty_basis(pack, said):
    line = spoil(pack, "retention.toml", "basis = ", f"basis = {said}  # ")

    [problem] = check_pack(pack)

    assert (problem.line, problem.field, problem.what) == (line, "basis", "is empty")


@pytest.mark.parametrize(
    ("row", "basis", "begins"),
    [
        (
            "PRESS_PUB,CULTURE_ENF,320000,,令,2026-01-01,,Order 1",
            Text("令", "Order 1"),
            "2026-01-01",
        ),
        ("PRESS_PUB,CULTURE_ENF,320000,,,,,Order 1", Text("", "Order 1"), "None"),
        ("PRESS_PUB,CULTURE_ENF,320000,,令,2026-01-01,,", Text("令", ""), "2026-01-01"),
    ],
)
def test_a_delegation_is_cited_in_either_language(pack, tmp_path, row, basis, begins):
    spoil(pack, DELEGATIONS, None, f"{row}\n")

    place = read_pack(pack)
    write_pack(place, tmp_path / "written")
    again = read_pack(tmp_path / "written")

    [one] = place.delegations
    assert (one.basis, str(one.valid_from)) == (basis, begins)
    assert again.delegations == place.delegations


def test_a_status_text_may_be_for_every_stage_that_the_reporter_sees():
    assert {str(stage) for stage in PublicStageName} == {str(stage) for stage in PublicStage}


@pytest.mark.parametrize(
    ("second", "overlaps"),
    [
        ("PRESS_PUB,COPYRIGHT,320000,,文号二,2026-01-01,,", True),
        ("PRESS_PUB,COPYRIGHT,320000,,文号二,2027-01-01,,", False),
        ("PRESS_PUB,COPYRIGHT,320412,,文号二,2026-01-01,,", False),  # the narrower region decides
        ("PRESS_PUB,COPYRIGHT,320000,piracy.print,文号二,2026-01-01,,", False),  # so does a matter
    ],
)
def test_of_one_matter_at_one_place_two_delegations_do_not_hold_at_once(pack, second, overlaps):
    first = "PRESS_PUB,CULTURE_ENF,320000,,文号一,2026-01-01,2026-12-31,"

    spoil(pack, DELEGATIONS, None, f"{first}\n{second}\n")

    found = [(one.field, one.line, str(one.what)) for one in check_pack(pack)]
    said = ("to", 3, "'CULTURE_ENF' acts for it in the same matters already")
    assert found == ([said] if overlaps else [])


@pytest.mark.parametrize(
    ("row", "field", "what"),
    [
        (
            "320499,武进区,Some District,某,county,320400",
            "name",
            "'320412' beside it has this name",
        ),
        ("320499,某区,Wujin District,某,county,320400", "name_en", "'320412' beside it has this"),
        ("320499,某区,Some District,某,county,320412", "parent", "'320412' is of no wider level"),
    ],
)
def test_a_region_has_a_name_of_its_own_where_it_lies_and_lies_in_a_wider_one(
    pack, row, field, what
):
    rows = [line for line in (pack / REGIONS).read_text(encoding="utf-8").splitlines() if line]
    columns = rows[0].split(",")
    given = ("code", "name", "name_en", "short", "level", "parent")
    cells = dict(zip(given, row.split(","), strict=True))
    cells["source"] = "test"

    spoil(pack, REGIONS, None, ",".join(cells.get(name, "") for name in columns) + "\n")

    [problem] = check_pack(pack)
    assert (problem.field, problem.line) == (field, len(rows) + 1)
    assert what in str(problem.what)
    assert problem.would_be_right
