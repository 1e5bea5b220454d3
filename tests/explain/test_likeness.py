"""What explain proposes where no signature holds."""

from bringup.explain import explain
from bringup.explain.library import library
from bringup.explain.likeness import likeness, words_of_log
from bringup.explain.rank import THRESHOLD

NEW_WORDING = (
    "EngineError: quota reached while saving the checkpoint: the file system of /data has no "
    "blocks left, the disk is full\n"
)


def test_a_wording_that_no_signature_knows_still_finds_its_cause():
    answer = explain(NEW_WORDING)
    proposed = [cause for cause in answer.causes if cause.alike]
    assert "disk_full" in [cause.label for cause in answer.causes]
    assert all(cause.confidence < THRESHOLD for cause in proposed)
    assert answer.to_json()["causes"][-1]["by"] in {"likeness", "signature"}


def test_likeness_alone_is_never_a_failure():
    for cause in library().causes:
        words = f"error: {cause.title.en} {cause.why.en}\n"
        answer = explain(words)
        if all(found.alike for found in answer.causes):
            assert answer.verdict != "failure"


def test_a_cause_is_most_like_its_own_words():
    like = likeness(library())
    first = 0
    for cause in library().causes:
        closest = like.closest(words_of_log([f"error: {cause.title.en} {cause.why.en}"], {}))
        first += closest[0][0] == cause.label
    assert first > 0.9 * len(library().causes)


def test_a_log_without_any_known_word_is_like_nothing():
    assert likeness(library()).closest(words_of_log(["zork frobnicates"], {})) == []
    assert explain("ZorkError: frob\n").causes == ()
