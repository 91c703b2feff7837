"""A pack that is wrong says where, what, and what would be right; all of it at once."""

import shutil
from pathlib import Path

import pytest

from portal.jurisdiction.pack import check_pack, pack_folder, read_pack
from portal.jurisdiction.pack_files import PackInvalid, toml_lines


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the smaller shipped pack, to be spoilt."""
    return Path(shutil.copytree(pack_folder("en_ip_office"), tmp_path / "包 one"))


def replace(pack: Path, name: str, old: str, new: str) -> int:
    """Change the first occurrence of `old`; return the line it stands on."""
    before = (pack / name).read_text(encoding="utf-8")
    assert old in before
    (pack / name).write_text(before.replace(old, new, 1), encoding="utf-8")
    return before[: before.index(old)].count("\n") + 1


def add(pack: Path, name: str, text: str) -> None:
    with (pack / name).open("a", encoding="utf-8") as file:
        file.write(text)


def the_problem(pack: Path):
    problems = check_pack(pack)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


CASES = [
    ("regions.csv", "GB-BIR,伯明翰", "GB-XIR,伯明翰", "region", "'GB-BIR' is not a region"),
    ("departments.csv", "POLICE_IP,GB", "POLICE_IQ,GB", "kind", "'POLICE_IQ' is not known"),
    ("calendar.csv", "2024-12-25", "2024-13-25", "date", "'2024-13-25' is not a date"),
    ("calendar.csv", "holiday", "holliday", "kind", "'holliday' is not known"),
    ("categories.toml", 'urgency = "high"', 'urgency = "hi"', "urgency", "'hi' is not known"),
    ("categories.toml", '"pirated dvd" = 5', '"pirated dvd" = 50', "terms", "'50' is too large"),
    ("categories.toml", "offered = false", 'offered = "no way"', "offered", "neither true nor"),
    ("routing.toml", 'lead = "POLICE_IP"', 'lead = "POLIZEI"', "lead", "'POLIZEI' is not known"),
    ("routing.toml", 'category = ["other.spam"]', 'categry = ["x"]', "when", "is not known"),
    ("routing.toml", '["other.spam"]', '["other.spm"]', "when.category", "is no category"),
    ("routing.toml", 'flag = ["import"], ', 'kind = ["gift"], ', "when.kind", "is no kind"),
    ("clocks.toml", "n = 2", 'n = "two"', "n", "'two' is not a number"),
    ("clocks.toml", "n = 2", "n = -2", "n", "'-2' is too small"),
    ("clocks.toml", 'unit = "working"', 'unit = "months"', "unit", "'months' is not known"),
    ("pack.toml", "Europe/London", "Europe/Lundun", "zone", "is not a time zone"),
    ("pack.toml", '"OVERSIGHT"', '"OVERSITE"', "supervision", "'OVERSITE' is not known"),
    ("pack.toml", '"other.unclear"', '"other.dunno"', "unsure_category", "is not a category"),
    ("pack.toml", "first_year = 2024", "first_year = 2023", "calendar", "2023: no row"),
    ("reasons.toml", 'kind = "pause"', 'kind = "rest"', "kind", "'rest' is not known"),
    ("townships.csv", "Digbeth,GB-BIR", "Digbeth,GB-QQQ", "codes", "'GB-QQQ' is not a region"),
]


@pytest.mark.parametrize(("name", "old", "new", "field", "what"), CASES)
def test_a_wrong_value_is_named_with_file_line_and_field(pack, name, old, new, field, what):
    line = replace(pack, name, old, new)

    found = [problem for problem in check_pack(pack) if what in problem.what]

    assert found, [str(problem) for problem in check_pack(pack)]
    # A row that names the spoilt one is where the problem shows, in another file.
    if name != "regions.csv":
        assert (found[0].file, found[0].field.partition(".")[0]) == (name, field.partition(".")[0])
        assert abs(found[0].line - line) <= (4 if field == "calendar" else 0)
    assert found[0].would_be_right


def test_the_message_says_what_would_be_right(pack):
    line = replace(pack, "routing.toml", 'lead = "POLICE_IP"', 'lead = "POLIZEI"')

    assert str(the_problem(pack)) == (
        f"routing.toml line {line}, lead: 'POLIZEI' is not known; would be right: one of "
        "COMMS_REG, COPYRIGHT_OFF, CUSTOMS_EN, HOTLINE, OVERSIGHT, POLICE_IP, TRADING_STD, TRIAGE"
    )


def test_all_problems_are_found_and_not_only_the_first(pack):
    replace(pack, "clocks.toml", "n = 2", "n = -2")
    replace(pack, "calendar.csv", "2024-12-25", "yule")
    replace(pack, "routing.toml", 'lead = "POLICE_IP"', 'lead = "POLIZEI"')

    with pytest.raises(PackInvalid) as refused:
        read_pack(pack)

    assert {p.file for p in refused.value.problems} == {
        "calendar.csv",
        "clocks.toml",
        "routing.toml",
    }


@pytest.mark.parametrize("name", [path.name for path in pack_folder("en_ip_office").glob("*.*")])
def test_a_missing_file_is_named(pack, name):
    (pack / name).unlink()

    found = [problem for problem in check_pack(pack) if problem.what == "is missing"]

    assert [problem.file for problem in found] == [name]


def test_of_a_folder_that_is_not_there_every_file_is_missing(tmp_path):
    assert len(check_pack(tmp_path / "nowhere")) == 21


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_text_that_lacks_a_language_is_found(pack, language):
    text = (pack / "routing.toml").read_text(encoding="utf-8")
    start = text.index("sentence = {")
    spoilt = text[start:].replace(f"{language} =", f"{language}x =", 1)
    (pack / "routing.toml").write_text(text[:start] + spoilt, encoding="utf-8")

    found = check_pack(pack)

    assert (f"sentence.{language}", "is missing") in {(p.field, p.what) for p in found}


def test_an_empty_name_is_missing(pack):
    line = replace(pack, "departments.csv", "英国版权局", "")

    problem = the_problem(pack)

    assert (problem.line, problem.field, problem.what) == (line, "name", "is missing")


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("regions.csv", "GB-BIR,伯明翰,Birmingham,Birmingham,subdivision,GB-ENG,mine,\n"),
        ("townships.csv", "Digbeth,GB-BIR\n"),
        ("department_kinds.csv", "TRIAGE,受理,Reception,受理,Takes reports,,,,\n"),
        ("departments.csv", "TRADING_STD,GB-BIR,又一个,Another\n"),
        ("calendar.csv", "2024-12-25,holiday,圣诞节,Christmas Day,\n"),
    ],
)
def test_a_duplicate_row_names_the_line_of_the_first(pack, name, row):
    add(pack, name, row)

    problem = the_problem(pack)

    assert problem.file == name
    assert "is there twice, first on line" in problem.what


def test_a_duplicate_block_is_found(pack):
    replace(pack, "reasons.toml", "contest.wrong-place", "contest.still-going-on")

    assert "'contest.still-going-on' is there twice" in the_problem(pack).what


def test_a_region_with_an_unknown_parent_is_found(pack):
    line = replace(pack, "regions.csv", "subdivision,GB-WLS", "subdivision,GB-WALES")

    problem = the_problem(pack)

    assert (problem.file, problem.line, problem.field) == ("regions.csv", line, "parent")
    assert problem.what == "'GB-WALES' is not a region"


def test_regions_that_contain_each_other_are_found(pack):
    replace(pack, "regions.csv", "England,England,province,GB,", "England,England,province,GB-BIR,")

    assert "the parents go round in a circle" in {problem.what for problem in check_pack(pack)}


def test_a_second_widest_region_is_found(pack):
    replace(pack, "regions.csv", "Wales,Wales,province,GB,", "Wales,Wales,province,,")

    assert "has no parent" in the_problem(pack).what


def test_a_row_that_an_earlier_one_always_precedes_is_found(pack):
    add(
        pack,
        "routing.toml",
        '\n[[rule]]\nid = "late"\nwhen = { category = ["piracy.online"], flag = ["import"] }\n'
        'lead = "TRIAGE"\nsentence = { zh = "晚", en = "late" }\n',
    )

    problem = the_problem(pack)

    assert problem.field == "when"
    assert "'online-piracy' above always holds before it" in problem.what


def test_a_table_without_a_last_row_for_everything_is_found(pack):
    replace(pack, "routing.toml", "when = {}", 'when = { flag = ["spam"] }')

    found = {(problem.what, problem.would_be_right) for problem in check_pack(pack)}

    assert ("no row holds for everything", "a last row with when = {}") in found


def test_a_leading_kind_without_a_unit_for_the_whole_place_is_found(pack):
    replace(pack, "departments.csv", "CUSTOMS_EN,GB,", "CUSTOMS_EN,GB-KEN,")

    assert {"'CUSTOMS_EN' has no unit for the whole place"} == {p.what for p in check_pack(pack)}


def test_a_clock_that_an_earlier_one_always_precedes_is_found(pack):
    add(
        pack,
        "clocks.toml",
        '\n[[clock]]\nid = "late"\nstage = "verify"\nn = 3\nunit = "working"\n'
        'starts = "accepted"\nkind = ["tip"]\n',
    )

    assert "'verify_30_calendar_days' above always runs before it" in the_problem(pack).what


def test_a_stage_without_a_clock_for_every_report_is_found(pack):
    replace(pack, "clocks.toml", 'stage = "contest"', 'kind = ["tip"]\nstage = "contest"')

    assert the_problem(pack).what == "no clock of stage 'contest' runs for every report"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('starts = "answered"', 'starts = "received"', "cannot start with 'received'"),
        ("warn_share = 80", "warn_share = 80\nwarn_days = 2", "says when to warn twice"),
        ("pause_cap = 30", "pause_cap = 0", "and suspends_on belong together"),
        (
            'category = ["child_abuse.material"]',
            'category = ["child_abuse"]',
            "'child_abuse' is not a category",
        ),
    ],
)
def test_a_clock_that_contradicts_itself_or_names_what_is_not_there_is_found(pack, old, new, what):
    replace(pack, "clocks.toml", old, new)

    assert what in the_problem(pack).what


def test_what_a_clock_stands_still_for_has_a_reason_that_people_are_told(pack):
    replace(pack, "reasons.toml", 'code = "pause.expert"', 'code = "pause.other"')

    assert {p.what for p in check_pack(pack)} == {
        "'expert' has no reason that people are told",
    }


@pytest.mark.requirement("F15")
def test_a_calendar_with_a_year_missing_in_between_is_found(pack):
    path = pack / "calendar.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("2025")), "utf-8")

    assert the_problem(pack).what == "2025: no row in the calendar"


def test_a_day_outside_the_known_years_is_found(pack):
    add(pack, "calendar.csv", "2028-12-25,holiday,圣诞节,Christmas Day,\n")

    assert the_problem(pack).what == "2028-12-25 is outside 2024-2027"


def test_a_make_up_day_on_a_plain_working_day_is_found(pack):
    add(pack, "calendar.csv", "2026-11-24,make-up-workday,补班,Make-up,\n")

    assert "working day of the plain week anyway" in the_problem(pack).what


def test_years_that_end_before_they_begin_are_found(pack):
    replace(pack, "pack.toml", "last_year = 2027", "last_year = 2020")

    assert "ends before it begins" in {problem.what for problem in check_pack(pack)}


def test_a_link_only_category_must_be_restricted_and_never_rewarded(pack):
    replace(pack, "categories.toml", "restricted = true", "reward_allowed = true")

    assert {problem.field for problem in check_pack(pack)} == {"restricted", "reward_allowed"}


@pytest.mark.parametrize("word", ["低俗", "非法宗教", "意识形态"])
def test_a_reserved_word_warns_and_does_not_keep_the_pack_from_loading(pack, word):
    replace(pack, "categories.toml", '"pirated dvd" = 5', f'"{word}光盘" = 5')

    problems = check_pack(pack)

    assert problems
    assert all(problem.warning and word[-2:] in str(problems) for problem in problems)
    assert read_pack(pack).categories


def test_a_file_with_a_byte_order_mark_and_dos_lines_is_read_the_same(pack):
    before = read_pack(pack)
    for path in pack.iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    assert read_pack(pack) == before


def test_a_file_in_gb18030_is_recognised(pack):
    text = (pack / "regions.csv").read_text(encoding="utf-8")
    (pack / "regions.csv").write_bytes(text.encode("gb18030"))

    found = [problem for problem in check_pack(pack) if problem.file == "regions.csv"]

    assert found[0].what == "is not UTF-8 text (it looks like GB18030)"
    assert found[0].would_be_right == "the file saved as UTF-8"


def test_a_file_that_is_no_text_at_all_is_recognised(pack):
    (pack / "clocks.toml").write_bytes(b"\x80\xff\xff\x00\x81")

    assert "is not UTF-8 text" in {problem.what for problem in check_pack(pack)}


@pytest.mark.parametrize(
    ("name", "text"),
    [("routing.toml", "# nothing yet\n"), ("calendar.csv", "date,kind,name,name_en\n")],
)
def test_a_file_with_nothing_in_it_is_found(pack, name, text):
    (pack / name).write_text(text, encoding="utf-8")

    assert (the_problem(pack).file, the_problem(pack).what) == (name, "has nothing in it")


def test_a_place_may_have_no_townships(pack):
    (pack / "townships.csv").write_text("name,codes\n", encoding="utf-8")

    assert read_pack(pack).townships == {}


def test_a_row_with_too_many_cells_is_found(pack):
    replace(pack, "departments.csv", "COMMS_REG,GB,", "COMMS_REG,GB,surplus,")

    found = check_pack(pack)

    assert found[0].what == "has 5 cells"
    assert found[0].would_be_right == "4 cells, as in the first row"


def test_a_first_row_that_lacks_a_column_is_found(pack):
    replace(pack, "calendar.csv", "date,kind,name,name_en", "day,kind,name,name_en")

    problem = next(problem for problem in check_pack(pack) if problem.file == "calendar.csv")

    assert (problem.line, problem.would_be_right) == (1, "date,kind,name,name_en")


def test_quotes_that_do_not_close_are_found(pack):
    add(pack, "calendar.csv", '2026-12-24,holiday,"平安夜,Christmas Eve\n')

    assert "is not CSV" in the_problem(pack).what


def test_toml_that_does_not_parse_is_named_with_its_line(pack):
    line = replace(pack, "clocks.toml", "n = 2", "n = = 2")

    problem = the_problem(pack)

    assert (problem.file, problem.line) == ("clocks.toml", line)


def test_an_unknown_field_and_an_unknown_block_are_found(pack):
    replace(pack, "clocks.toml", "n = 2", "n = 2\ncolour = 3")
    add(pack, "reasons.toml", "\n[[excuse]]\ncode = 'x'\n")

    assert {(p.file, p.field, p.what) for p in check_pack(pack)} == {
        ("clocks.toml", "colour", "is not a field of this file"),
        ("reasons.toml", "excuse", "is not known here"),
    }


def test_a_block_written_as_a_single_table_is_explained(pack):
    (pack / "clocks.toml").write_text('[clock]\nid = "x"\n', encoding="utf-8")

    assert "[[clock]]" in {problem.would_be_right for problem in check_pack(pack)}


def test_the_lines_of_a_toml_file_are_known_by_block_and_key():
    text = (
        'a = 1\n\n[[rule]]\nid = "x"\n[rule.terms]\n"碟 片" = 3\n[[rule]]\nid = "y"\n[b]\nc = 1\n'
    )

    lines = toml_lines(text)

    assert lines["a"] == 1
    assert lines["rule.0.id"] == 4
    assert lines["rule.0.terms.碟 片"] == 6
    assert (lines["rule.1"], lines["rule.1.id"]) == (7, 8)
    assert lines["b.c"] == 10


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("pack.toml", 'supervision = "OVERSIGHT"', 'supervision = "TRIAGE"', "come back to it"),
        ("routing.toml", 'lead = "HOTLINE"', 'lead = "HOTLIEN"', "'HOTLIEN' is not known"),
        ("pack.toml", "last_year = 2027", "last_year = 2127", "2028, 2029"),
        ("pack.toml", "last_year = 2027", "last_year = 999999999999", "too large"),
    ],
)
def test_one_cause_is_said_once(pack, name, old, new, what):
    replace(pack, name, old, new)

    assert what in the_problem(pack).what


def test_a_rule_that_is_there_twice_is_said_once(pack):
    text = (pack / "routing.toml").read_text(encoding="utf-8")
    _head, rule, rest = text.split("[[rule]]", 2)

    twice = f"[[rule]]{rule}[[rule]]{rule}[[rule]]{rest}"
    (pack / "routing.toml").write_text(twice, encoding="utf-8")

    assert "is there twice" in the_problem(pack).what
