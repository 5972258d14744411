"""Topics from counting words."""

from storage.topics import topics_of


def test_topics_are_the_words_said_most_but_for_the_common_ones():
    said = ["My garden needs rain.", "Rain is coming to the garden, and then the garden will be green."]
    assert topics_of(said) == ["garden", "rain"]


def test_a_word_said_once_is_no_topic():
    assert topics_of(["Volcanoes erupt."]) == []


def test_case_and_typographic_apostrophes_make_no_difference():
    assert topics_of(["Garden GARDEN don’t don't DON’T"]) == ["garden"]


def test_five_at_most_the_earlier_said_first_among_equals():
    words = "alpha bravo charlie delta echo foxtrot"
    assert topics_of([words, words]) == ["alpha", "bravo", "charlie", "delta", "echo"]


def test_work_can_be_a_topic():
    assert topics_of(["work and work and hobbies, hobbies"]) == ["work", "hobbies"]
