"""The rules are vosk-server's own: one reply per message, in the shapes that its clients parse."""

import json

import pytest

from audio.values import Alternative, AudioChunk, AudioFormat, Final, Partial, Reason, Word
from server.events import Answer, Audio, Finalize, Mistake, Start, Stop
from server.replies import Ack, Answered, Stopped, Transcript
from server.wire.vosk import VoskWire

WORDS = (Word("one", 13440, 16320, 1.0), Word("two", 16320, 20800, 0.5))


def final(text="one two", words=WORDS, **more):
    return Transcript(Final(1, text, 0, 32000, Reason.SILENCE, words=words, **more), None, 0)


def replies(wire, *events):
    return [json.loads(text) for event in events for text in wire.encode(event)]


def test_audio_begins_a_session_at_vosk_servers_default_rate():
    chunk = AudioChunk(b"1234")
    assert list(VoskWire().decode(b"1234")) == [
        Start(format=AudioFormat(8000), platform="vosk", words=True),
        Audio(chunk),
        Answer(),
    ]


def test_a_config_is_taken_over_without_a_reply():
    wire = VoskWire()
    config = {"sample_rate": 16000.0, "words": 0, "max_alternatives": 3, "phrase_list": ["turn on", "[unk]"]}
    assert list(wire.decode(json.dumps({"config": config}))) == []
    start = wire.decode(b"12")[0]
    assert start == Start(
        format=AudioFormat(16000), platform="vosk", phrases=("turn on",), alternatives=3, words=False
    )


@pytest.mark.parametrize("spelling", ['{"eof" : 1}', '{"eof":1}', ' { "eof": 1 } ', '{"eof":true}'])
def test_the_end_is_understood_in_any_spelling(spelling):
    wire = VoskWire()
    wire.decode(b"12")
    assert list(wire.decode(spelling)) == [Stop()]


@pytest.mark.parametrize("spelling", ['{"reset" : 1}', '{"reset":1}'])
def test_a_reset_ends_the_utterance_and_wants_its_final(spelling):
    wire = VoskWire()
    wire.decode(b"12")
    assert list(wire.decode(spelling)) == [Finalize(), Answer(final=True)]


def test_every_audio_message_gets_the_words_so_far():
    wire = VoskWire()
    assert replies(wire, Ack(1), Answered(False)) == [{"partial": ""}]
    assert replies(wire, Partial(1, "one", 0), Answered(False), Answered(False)) == [{"partial": "one"}] * 2


def test_a_final_takes_the_place_of_the_partial_once():
    wire = VoskWire()
    wire.encode(Partial(1, "one two", 0))
    result = [
        {"conf": 1.0, "end": 1.02, "start": 0.84, "word": "one"},
        {"conf": 0.5, "end": 1.3, "start": 1.02, "word": "two"},
    ]
    assert replies(wire, final(), Answered(False)) == [{"result": result, "text": "one two"}]
    assert replies(wire, Answered(False)) == [{"partial": ""}]


def test_several_finals_in_one_message_are_one_reply():
    wire = VoskWire()
    [reply] = replies(wire, final("one", WORDS[:1]), final("two", WORDS[1:]), Answered(False))
    assert reply["text"] == "one two"
    assert [word["word"] for word in reply["result"]] == ["one", "two"]


def test_the_end_is_always_answered():
    assert replies(VoskWire(), Stopped(0, 0, 0)) == [{"text": ""}]
    assert replies(VoskWire(), final("one", ()), Stopped(0, 0, 0)) == [{"text": "one"}]
    assert replies(VoskWire(), Answered(final=True)) == [{"text": ""}]


def test_alternatives_have_likelihoods_and_words_without_confidence():
    wire = VoskWire()
    wire.decode('{"config": {"max_alternatives": 2}}')
    readings = (Alternative("one", 233.4, WORDS[:1]), Alternative("won", 230.0))
    [reply] = replies(wire, final("one", WORDS[:1], alternatives=readings), Answered(False))
    assert reply == {
        "alternatives": [
            {"confidence": 233.4, "result": [{"end": 1.02, "start": 0.84, "word": "one"}], "text": "one"},
            {"confidence": 230.0, "text": "won"},
        ]
    }
    assert replies(wire, Stopped(0, 0, 0)) == [{"alternatives": [{"text": "", "confidence": 1.0}]}]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("{", "not valid JSON"),
        ('{"what": 1}', "choose from"),
        ("[]", "choose from"),
        ('{"config": 3}', "expected `object`"),
        ('{"config": {"sample_rate": 0}}', "sample_rate = 0: expected `float` >= 8000"),
        ('{"config": {"sample_rate": 1e9}}', "<= 48000"),
        ('{"config": {"max_alternatives": 20000}}', "<= 20"),
        ('{"config": {"model": "/etc"}}', "isn't on this server's list (small)"),
    ],
)
def test_what_is_not_understood_closes_with_the_reason(message, told):
    [mistake] = VoskWire(["small"]).decode(message)
    assert isinstance(mistake, Mistake)
    assert mistake.close_code == 1003
    assert told in mistake.message


def test_an_allowed_model_may_be_named():
    assert list(VoskWire(["small"]).decode('{"config": {"model": "small"}}')) == []


def test_a_flag_written_as_text_means_what_it_says():
    wire = VoskWire()
    wire.decode('{"config": {"words": "false"}}')
    assert wire.decode(b"12")[0].words is False
    [mistake] = VoskWire().decode('{"config": {"words": "maybe"}}')
    assert "choose from true and false" in mistake.message
