"""Stamps: what has been done with the same inputs is not done again."""

from workers.launcher.stamps import fingerprint, is_fresh, leave


def test_a_step_is_fresh_only_for_the_inputs_it_was_done_with(tmp_path):
    stamp = tmp_path / "deep" / "stamp"

    leave(stamp, fingerprint("one"))

    assert is_fresh(stamp, fingerprint("one"))
    assert not is_fresh(stamp, fingerprint("two"))
    assert not is_fresh(tmp_path / "none", fingerprint("one"))


def test_a_changed_file_anywhere_in_a_folder_changes_its_fingerprint(tmp_path):
    inner = tmp_path / "pack" / "regions.csv"
    inner.parent.mkdir()
    inner.write_text("a")
    before = fingerprint(tmp_path)

    inner.write_text("b")

    assert fingerprint(tmp_path) != before


def test_two_texts_are_not_one_long_text():
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
