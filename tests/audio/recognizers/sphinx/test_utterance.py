from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audio.recognizers.segments import Reading, Segment
from audio.recognizers.sphinx.messages import Mean, Open
from audio.recognizers.sphinx.utterance import Steady, Utterance
from audio.values import RATE, Word

SECOND = bytes(2 * RATE)
KNOWN = Mean((1.0,), 100)


class FakeDecoders:
    """Each second of audio is one word; everything asked of it is written down."""

    def __init__(self, *, free=True):
        self.free = free
        self.lent = 0
        self.streams: list[tuple[Mean | None, list[int]]] = []
        self.finals: list[tuple[int, int, Mean | None]] = []

    def mean(self, pcm):
        return Mean((2.0,), len(pcm) // 320)

    def take(self, mean, grammar):
        if not self.free:
            return None
        self.lent += 1
        fed: list[int] = []
        self.streams.append((mean, fed))
        return SimpleNamespace(
            process_raw=lambda pcm: fed.append(len(pcm)),
            hyp=lambda: SimpleNamespace(hypstr=" ".join(["so"] * (sum(fed) // len(SECOND)))),
        )

    def give(self, decoder):
        self.lent -= 1

    def decode(self, pcm, *, mean, grammar, at, alternatives):
        self.finals.append((at, len(pcm), mean))
        yield
        words = [
            Word(f"w{second}", at + second * RATE, at + (second + 1) * RATE)
            for second in range(len(pcm) // len(SECOND))
        ]
        return Segment((Reading(" ".join(word.text for word in words), tuple(words)),))


def utterance(mean: Mean | None = KNOWN, **options) -> tuple[Utterance, Any]:
    decoders: Any = FakeDecoders(**options)
    return Utterance(decoders, Open(1, mean, None, 0)), decoders


def finish(heard):
    work = heard.finish()
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def test_an_unknown_talker_is_measured_after_half_a_second_and_again_after_one():
    heard, decoders = utterance(mean=None)
    for _ in range(12):
        heard.hear(bytes(RATE // 5))
    assert [(mean.frames, sum(fed)) for mean, fed in decoders.streams] == [
        (50, 9 * RATE // 5),
        (100, 12 * RATE // 5),
    ]
    assert decoders.lent == 1


def test_a_known_talker_is_heard_from_the_first_sample():
    heard, decoders = utterance()
    heard.hear(bytes(RATE // 5))
    assert decoders.streams == [(KNOWN, [RATE // 5])]


def test_a_short_prepared_text_is_thrown_away_when_speech_resumes():
    heard, decoders = utterance()
    heard.hear(SECOND * 2)
    assert finish(heard).recognition.text == "w0 w1"
    heard.hear(SECOND)
    assert finish(heard).recognition.text == "w0 w1 w2"
    assert [(at, size) for at, size, _ in decoders.finals] == [(0, 2 * len(SECOND)), (0, 3 * len(SECOND))]
    assert len(decoders.streams) == 1


def test_a_long_prepared_text_is_kept_and_its_sound_not_decoded_again():
    heard, decoders = utterance()
    heard.hear(SECOND * 10)
    finish(heard)
    words = " ".join(f"w{second}" for second in range(10))
    assert heard.hear(SECOND) == words
    finished = finish(heard)
    assert finished.recognition.text == f"{words} w0"
    assert finished.recognition.words[10] == Word("w0", 10 * RATE, 11 * RATE)
    assert finished.mean == Mean((2.0,), 1100)
    assert [(at, size) for at, size, _ in decoders.finals] == [
        (0, 10 * len(SECOND)),
        (10 * RATE, len(SECOND)),
    ]
    assert decoders.lent == 1


def test_finish_twice_decodes_once():
    heard, decoders = utterance()
    heard.hear(SECOND)
    assert finish(heard) == finish(heard)
    assert len(decoders.finals) == 1


def test_without_a_free_decoder_there_are_finals_and_later_partials():
    heard, decoders = utterance(free=False)
    assert heard.hear(SECOND * 3) == ""
    assert finish(heard).recognition.text == "w0 w1 w2"
    decoders.free = True
    for _ in range(8):
        text = heard.hear(bytes(RATE // 5))
    assert text == "so so so"
    assert decoders.streams[0][1][:3] == [len(SECOND)] * 3


def test_close_gives_the_decoder_back():
    heard, decoders = utterance()
    heard.hear(SECOND)
    heard.close()
    heard.close()
    assert decoders.lent == 0


def shown(*texts, step=1600):
    steady = Steady()
    for number, text in enumerate(texts, 1):
        steady.see(text.split(), at=number * step)
    return " ".join(steady.words)


def test_a_word_is_shown_when_it_has_stood_for_a_fifth_of_a_second():
    assert shown("one") == ""
    assert shown("one", "one") == ""
    assert shown("one", "one", "one") == "one"
    assert shown("one", "one", "one two") == "one"


def test_a_changing_word_holds_back_what_follows():
    assert shown("one two six", "one too six", "one two six") == "one"


def test_a_shrinking_text_shrinks():
    assert shown("one two", "one two", "one two", "one") == "one"


def test_long_calls_show_words_from_the_second_on():
    assert shown("one two", step=16000) == ""
    assert shown("one two", "one two three", step=16000) == "one two"


@given(st.lists(st.sampled_from(["", "a", "a b", "a b c", "b c"]), min_size=1))
def test_what_is_shown_is_never_ahead_of_the_text(texts):
    assert texts[-1].startswith(shown(*texts))
