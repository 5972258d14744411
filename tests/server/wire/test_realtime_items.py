"""What a Realtime client is told of what was heard: the order, the times and the text of its items."""

import json

import pytest

from audio.recognizers.scripted import ScriptedEngine
from audio.values import Final, Partial, Reason, SpeechStarted, VoiceWarning, Word
from server.replies import Stopped, Transcript
from server.wire.realtime import RealtimeWire
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.server.wire.openai_rules import check
from tests.server.wire.realtime_talk import (
    COMPLETED,
    DELTA,
    SESSION_ID,
    SPOKEN,
    TURN,
    append,
    clear,
    commit,
    kinds,
    of,
    send,
    talk,
    update,
)

# ---------------------------------------------------------------- turns ended by the server


def test_a_turn_is_told_in_openais_order():
    told = send(talk(), SPOKEN + quiet(1, 24_000))
    for message in told:
        check(message)
    assert [kind for kind in kinds(told) if kind != DELTA] == TURN
    assert len({message["event_id"] for message in told}) == len(told)
    assert {message.get("item_id") or message["item"]["id"] for message in told} == {
        "item_81d301082e506d8a0001"
    }
    [completed] = of(told, COMPLETED)
    assert completed["content_index"] == 0
    assert of(told, "conversation.item.added")[0]["item"]["content"][0]["transcript"] is None
    assert of(told, "conversation.item.done")[0]["item"] == {
        "id": "item_81d301082e506d8a0001",
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": completed["transcript"]}],
    }


def test_deltas_come_while_the_talker_speaks_and_add_up_to_the_transcript():
    told = send(talk(), SPOKEN + quiet(1, 24_000))
    [completed] = of(told, COMPLETED)
    assert "".join(message["delta"] for message in of(told, DELTA)) == completed["transcript"]
    assert kinds(told).index(DELTA) < kinds(told).index("input_audio_buffer.speech_stopped")


def test_a_turn_begins_with_the_padding_and_ends_with_the_silence():
    turns = {"type": "server_vad", "prefix_padding_ms": 200, "silence_duration_ms": 600}
    lead = quiet(1, 24_000)
    told = send(talk(turn_detection=turns), lead + SPOKEN + quiet(1, 24_000))
    clip = speech("digits-16k")
    started, stopped = of(told, TURN[0])[0]["audio_start_ms"], of(told, TURN[1])[0]["audio_end_ms"]
    assert 0 <= 1000 + 1000 * clip.onset - 200 - started <= 200
    assert abs(1000 + 1000 * clip.end + 600 - stopped) <= 200
    heard = of(told, COMPLETED)[0]["earshot"]
    assert heard["start_ms"] == started
    assert heard["end_ms"] == stopped - 600 + 300  # the recognizer is given 300 ms of the silence
    assert of(told, COMPLETED)[0]["usage"] == {
        "type": "duration", "seconds": (heard["end_ms"] - heard["start_ms"]) / 1000
    }  # fmt: skip


def test_a_turn_longer_than_an_utterance_may_be_goes_on_in_the_next_item():
    turns = {"type": "server_vad", "silence_duration_ms": 1500}
    told = send(talk(turn_detection=turns), SPOKEN * 13 + quiet(2, 24_000), size=48_000)
    assert [kind for kind in kinds(told) if kind != DELTA] == TURN * 2
    first, second = of(told, COMPLETED)
    assert first["earshot"]["reason"] == "max_length"
    assert of(told, TURN[1])[0]["audio_end_ms"] == of(told, TURN[0])[1]["audio_start_ms"]
    assert first["earshot"]["end_ms"] == second["earshot"]["start_ms"]


def test_a_client_that_stops_sending_has_its_turn_ended_where_its_sound_ends():
    wire = RealtimeWire(SESSION_ID)
    heard = [SpeechStarted(8000), Transcript(Final(1, "one", 3200, 16_000, Reason.STALLED), None, 0)]
    told = [json.loads(text) for event in heard for text in wire.encode(event)]
    assert [kind for kind in kinds(told) if kind != DELTA] == TURN
    assert told[1]["audio_end_ms"] == 1000


def test_items_are_a_chain():
    told = send(talk(), (SPOKEN + quiet(1, 24_000)) * 3)
    committed = of(told, "input_audio_buffer.committed")
    ids = [message["item_id"] for message in committed]
    assert [message["previous_item_id"] for message in committed] == [None, *ids[:-1]]
    assert len(set(ids)) == 3


def test_a_client_may_commit_in_the_middle_of_a_turn():
    conversation = talk()
    told = send(conversation, SPOKEN) + conversation.say(commit())
    assert [kind for kind in kinds(told) if kind != DELTA] == [kind for kind in TURN if "stopped" not in kind]
    [error] = conversation.say(commit())
    assert error["error"]["code"] == "input_audio_buffer_commit_empty"


def test_a_committed_silence_is_an_item_without_words():
    conversation = talk()
    told = send(conversation, quiet(0.5, 24_000)) + conversation.say(commit())
    assert kinds(told) == TURN[2:]
    assert told[2]["transcript"] == ""
    assert told[2]["usage"]["seconds"] == 0.5


def test_a_commit_right_after_a_turn_finds_only_what_came_since():
    conversation = talk()
    told = send(conversation, SPOKEN + quiet(1, 24_000))
    passed = len(SPOKEN + quiet(1, 24_000)) / 48 - of(told, TURN[1])[0]["audio_end_ms"]
    told = conversation.say(commit())
    assert told[2]["usage"]["seconds"] == pytest.approx(passed / 1000, abs=0.002)


def test_a_turn_without_words_ends_for_the_client_too():
    told = send(talk(ScriptedEngine(("never",), samples_per_word=10**9)), SPOKEN + quiet(1, 24_000))
    assert kinds(told) == TURN
    assert of(told, COMPLETED)[0]["transcript"] == ""
    assert of(told, COMPLETED)[0]["earshot"]["message_id"] is None


# ---------------------------------------------------------------- turns ended by the client


def test_without_turn_detection_nothing_but_text_is_told_until_the_commit():
    conversation = talk(turn_detection=None)
    told = send(conversation, SPOKEN + quiet(3, 24_000) + SPOKEN + quiet(3, 24_000))
    assert set(kinds(told)) == {DELTA}
    told = conversation.say(commit())
    assert [kind for kind in kinds(told) if kind != DELTA] == TURN[2:]
    for message in conversation.told:
        check(message)


def test_an_item_holds_everything_since_the_last_commit():
    conversation = talk(turn_detection=None)
    send(conversation, SPOKEN)
    first = of(conversation.say(commit()), COMPLETED)[0]
    assert first["usage"]["seconds"] == pytest.approx(len(SPOKEN) / 48_000, abs=0.001)
    send(conversation, quiet(1, 24_000) + SPOKEN)
    second = of(conversation.say(commit()), COMPLETED)[0]
    assert second["usage"]["seconds"] == pytest.approx(len(SPOKEN) / 48_000 + 1, abs=0.001)
    assert first["transcript"]
    assert second["transcript"]


def test_what_is_longer_than_an_utterance_may_be_is_one_item_with_parts():
    conversation = talk(turn_detection=None)
    told = send(conversation, SPOKEN * 15, size=48_000)
    told += conversation.say(commit())
    [completed] = of(told, COMPLETED)
    parts = completed["earshot"]["parts"]
    assert len(parts) == 2
    assert completed["transcript"] == " ".join(part["text"] for part in parts)
    assert "".join(message["delta"] for message in of(told, DELTA)) == completed["transcript"]
    assert [part["message_id"] for part in parts] == [1, 2]
    assert completed["earshot"]["message_id"] == 1
    check(completed)


@pytest.mark.parametrize(("milliseconds", "shown"), [(0, "0.00"), (50, "50.00"), (99, "99.00")])
def test_less_than_a_tenth_of_a_second_cannot_be_committed(milliseconds, shown):
    conversation = talk(turn_detection=None)
    conversation.say(append(bytes(48 * milliseconds)))
    [error] = conversation.say(commit(event_id="c1"))
    assert error["error"] == {
        "type": "invalid_request_error",
        "code": "input_audio_buffer_commit_empty",
        "message": "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        f"but buffer only has {shown}ms of audio.",
        "param": None,
        "event_id": "c1",
    }
    conversation.say(append(bytes(48 * (100 - milliseconds))))
    assert kinds(conversation.say(commit())) == TURN[2:]  # what was there still is


@pytest.mark.parametrize("turns", [None, {"type": "server_vad"}])
def test_what_is_cleared_was_never_said(turns):
    conversation = talk(turn_detection=turns)
    send(conversation, SPOKEN)
    assert kinds(conversation.say(clear())) == ["input_audio_buffer.cleared"]
    [error] = conversation.say(commit())
    assert error["error"]["code"] == "input_audio_buffer_commit_empty"
    told = send(conversation, quiet(0.3, 24_000)) + conversation.say(commit())
    assert of(told, COMPLETED)[0]["transcript"] == ""
    assert of(told, COMPLETED)[0]["usage"]["seconds"] == 0.3


def test_a_buffer_can_be_cleared_before_there_is_any():
    assert kinds(talk().say(clear())) == ["input_audio_buffer.cleared"]


@pytest.mark.parametrize("turns", [None, {"type": "server_vad"}])
def test_a_transcript_that_could_not_be_kept_is_not_told(turns):
    conversation = talk(keeps=False, turn_detection=turns)
    told = send(conversation, SPOKEN + quiet(1, 24_000))
    if turns is None:
        told += conversation.say(commit())
    [failed] = of(told, "conversation.item.input_audio_transcription.failed")
    check(failed)
    assert failed["error"]["message"] == "the disk is full"
    assert not of(told, COMPLETED)
    assert conversation.closed is None


def test_what_a_stopping_server_kept_is_told_though_nobody_committed():
    wire = RealtimeWire(SESSION_ID)
    wire.decode(json.dumps(update(turn_detection=None)))
    final = Final(1, "one two", 0, 16_000, Reason.STOP)
    told = [
        json.loads(text)
        for event in (Transcript(final, None, 0), Stopped(0, 1, 0))
        for text in wire.encode(event)
    ]
    assert kinds(told) == [DELTA, *TURN[2:]]
    assert of(told, DELTA)[0]["delta"] == of(told, COMPLETED)[0]["transcript"] == "one two"


# ---------------------------------------------------------------- turns that change hands


def test_a_client_may_take_the_turns_over_in_the_middle_of_one():
    conversation = talk()
    told = send(conversation, SPOKEN)
    told += conversation.say(update(turn_detection=None))
    told += send(conversation, quiet(1, 24_000) + SPOKEN + quiet(1, 24_000))
    assert [kind for kind in kinds(told) if kind != DELTA] == [TURN[0], "session.updated"]
    told = conversation.say(commit())
    assert of(told, COMPLETED)[0]["item_id"] == conversation.told[1]["item_id"]
    assert len(of(told, COMPLETED)[0]["transcript"].split()) > 10


def test_a_client_may_leave_the_turns_to_the_server_in_the_middle_of_one():
    conversation = talk(turn_detection=None)
    send(conversation, SPOKEN)
    turns = {"type": "server_vad", "silence_duration_ms": 500}
    told = conversation.say(update(turn_detection=turns)) + send(conversation, quiet(1, 24_000))
    assert [kind for kind in kinds(told) if kind != DELTA] == ["session.updated", *TURN[1:]]
    told = send(conversation, SPOKEN + quiet(1, 24_000))
    assert [kind for kind in kinds(told) if kind != DELTA] == TURN


def test_another_silence_holds_from_then_on():
    conversation = talk(turn_detection={"type": "server_vad", "silence_duration_ms": 2000})
    assert TURN[1] not in kinds(send(conversation, SPOKEN + quiet(1, 24_000)))
    conversation.say(update(turn_detection={"type": "server_vad", "silence_duration_ms": 300}))
    assert TURN[1] in kinds(send(conversation, quiet(0.1, 24_000)))


# ---------------------------------------------------------------- what a transcript carries


def test_log_probabilities_are_the_words_confidences_for_who_asks():
    wire = RealtimeWire(SESSION_ID)
    words = (Word("one", 0, 8000, 1.0), Word("zwö", 8000, 16_000, 0.5))
    spoken = Transcript(Final(1, "one zwö", 0, 16_000, Reason.SILENCE, words=words), None, 0)
    [completed] = of([json.loads(text) for text in wire.encode(spoken)], COMPLETED)
    assert "logprobs" not in completed
    wire.decode(json.dumps(update(include=["item.input_audio_transcription.logprobs"])))
    [completed] = of([json.loads(text) for text in wire.encode(spoken)], COMPLETED)
    assert completed["logprobs"] == [
        {"token": "one", "bytes": [111, 110, 101], "logprob": 0.0},
        {"token": " zwö", "bytes": [32, 122, 119, 195, 182], "logprob": -0.693147},
    ]
    check(completed)


def test_without_confidences_there_are_no_log_probabilities():
    wire = RealtimeWire(SESSION_ID)
    wire.decode(json.dumps(update(include=["item.input_audio_transcription.logprobs"])))
    spoken = Transcript(Final(1, "one", 0, 9, Reason.SILENCE, words=(Word("one", 0, 9),)), None, 0)
    [completed] = of([json.loads(text) for text in wire.encode(spoken)], COMPLETED)
    assert "logprobs" not in completed


def test_earshots_own_rides_in_a_key_of_its_own():
    told = send(talk(), SPOKEN + quiet(1, 24_000))
    [completed] = of(told, COMPLETED)
    own = completed["earshot"]
    assert (own["message_id"], own["uid"], own["reason"]) == (1, "uid-1", "silence")
    assert own["text"] == completed["transcript"] == " ".join(word["word"] for word in own["words"])
    assert 150 < own["voice"]["pitch_hz"] < 300
    assert set(own["voice"]["emotion"]) == {"label", "confidence", "arousal", "scores"}
    assert 0 <= own["voice"]["audio_quality"] <= 1


def test_warnings_come_with_the_next_transcript_once():
    wire = RealtimeWire(SESSION_ID)
    assert list(wire.encode(VoiceWarning("recognizer", "language 'de' isn't installed"))) == []
    spoken = Transcript(Final(1, "one", 0, 9, Reason.SILENCE), None, 0)
    first, second = (of([json.loads(t) for t in wire.encode(spoken)], COMPLETED)[0] for _ in range(2))
    assert first["earshot"]["warnings"] == ["language 'de' isn't installed"]
    assert "warnings" not in second["earshot"]


def test_a_word_that_changes_is_corrected_in_the_transcript_only():
    wire = RealtimeWire(SESSION_ID)
    heard = [
        SpeechStarted(0),
        *(Partial(1, text, 0) for text in ("to", "two", "two four", "two for", "too for")),
    ]
    told = [json.loads(text) for event in heard for text in wire.encode(event)]
    assert [message["delta"] for message in of(told, DELTA)] == ["two"]
    told = [
        json.loads(t) for t in wire.encode(Transcript(Final(1, "too four", 0, 9, Reason.SILENCE), None, 0))
    ]
    assert kinds(told) == TURN[1:]
    assert of(told, COMPLETED)[0]["transcript"] == "too four"


def test_after_a_correction_the_next_utterance_of_an_item_is_told_again():
    wire = RealtimeWire(SESSION_ID)
    wire.decode(json.dumps(update(turn_detection=None)))
    first = [Partial(1, "two", 0), Partial(1, "two", 0)]
    ended = Transcript(Final(1, "too four", 0, 9, Reason.MAX_LENGTH), None, 0)
    heard = [*first, ended, Partial(2, "five", 9), Partial(2, "five six", 9)]
    told = [json.loads(text) for event in heard for text in wire.encode(event)]
    assert [message["delta"] for message in told] == ["two", " five"]
