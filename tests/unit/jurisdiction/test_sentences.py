"""What the checks of a place say can be said again in another language."""

from portal.jurisdiction.pack import check_pack, pack_folder
from portal.jurisdiction.sentences import Sentence, one_of, verbatim


def test_a_sentence_reads_as_english_and_keeps_what_a_translation_needs():
    said = Sentence("'%(code)s' is not a region", code="320412")

    assert said == "'320412' is not a region"
    assert (said.text, said.named) == ("'%(code)s' is not a region", {"code": "320412"})


def test_a_sign_of_percent_in_what_is_named_stays_as_it_is():
    assert Sentence("'%(value)s' is not a code", value="100%") == "'100%' is not a code"
    assert Sentence("100%") == "100%"


def test_what_may_stand_there_is_in_order_and_what_stands_in_files_is_as_it_is():
    assert one_of({"b", "a"}) == "one of a, b"
    assert verbatim("[[rule]]") == "[[rule]]"


def test_everything_a_check_says_is_a_sentence(tmp_path):
    found = check_pack(tmp_path)

    assert {type(one.what) for one in found} == {Sentence}
    assert check_pack(pack_folder("en_ip_office")) == []
