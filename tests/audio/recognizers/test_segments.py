from audio.recognizers.segments import Reading, Segment, join
from audio.values import Alternative, Word


def word(text, start=0):
    return Word(text, start, start + 1, 0.5)


def segment(*readings):
    return Segment(
        tuple(Reading(text, tuple(word(part) for part in text.split()), score) for text, score in readings)
    )


def test_no_segments_are_no_words():
    assert join([], alternatives=3).text == ""


def test_words_follow_each_other():
    joined = join([segment(("one two", 1.0)), segment(("three", 1.0))], alternatives=0)
    assert joined.text == "one two three"
    assert [found.text for found in joined.words] == ["one", "two", "three"]
    assert joined.alternatives == ()


def test_the_answer_is_the_first_reading_whatever_the_scores_say():
    joined = join([segment(("one", 1.0), ("won", 9.0))], alternatives=1)
    assert joined.text == "one"
    assert joined.alternatives == (Alternative("won", 9.0, (word("won"),)),)


def test_other_readings_of_the_whole_differ_in_a_segment_and_come_best_first():
    joined = join(
        [segment(("one", 5.0), ("won", 3.0)), segment(("two", 5.0), ("too", 4.0), ("to", 1.0))],
        alternatives=3,
    )
    assert [(other.text, other.confidence) for other in joined.alternatives] == [
        ("one too", 9.0),
        ("won two", 8.0),
        ("won too", 7.0),
    ]


def test_no_reading_is_listed_twice():
    joined = join([segment(("one", 5.0), ("won", 4.0), ("won", 3.0), ("one", 2.0))], alternatives=5)
    assert [(other.text, other.confidence) for other in joined.alternatives] == [("won", 4.0)]


def test_a_reading_without_times_leaves_the_whole_without():
    timed = Reading("one", (word("one"),), 2.0)
    untimed = Reading("won", None, 1.0)
    joined = join([Segment((timed, untimed)), Segment((timed,))], alternatives=1)
    assert joined.words == (word("one"), word("one"))
    assert joined.alternatives == (Alternative("won one", 3.0, ()),)


def test_many_segments_stay_quick():
    joined = join([segment(("a", 2.0), ("b", 1.0), ("c", 0.0))] * 200, alternatives=3)
    assert len(joined.words) == 200
    assert len(joined.alternatives) == 3
