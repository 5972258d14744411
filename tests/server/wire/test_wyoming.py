"""The rules are those of the Python package wyoming, whose own reader, writer and types speak here for the client."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.recognizers.base import RecognizerInfo
from audio.recognizers.scripted import ScriptedEngine
from audio.values import AudioFormat
from server.events import Audio, Mistake, Start, Stop
from server.replies import Trouble
from server.wire import wyoming_events, wyoming_info
from server.wire.wyoming import WyomingWire
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.talk import Talk
from tests.wyoming_package import (
    AsrModel,
    AsrProgram,
    Attribution,
    AudioChunk,
    AudioChunkConverter,
    AudioStart,
    AudioStop,
    Describe,
    Error,
    Event,
    Info,
    Ping,
    Pong,
    Transcribe,
    Transcript,
    VadSensitivity,
    VoiceStarted,
    VoiceStopped,
    chunks,
    frame,
    told,
)

WHO = RecognizerInfo("vosk", "a-model", "en-us")
CLIP = speech("digits-16k")
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
DATA = st.dictionaries(st.text(max_size=9), JSON, max_size=4)


def sound(data=b"", rate=16000, width=2, channels=1, timestamp=None):
    return AudioChunk(rate, width, channels, data, timestamp)


def wire():
    return WyomingWire(WHO)


def start(*events):
    """What the wire makes of events up to the start, and of the first audio."""
    mine = wire()
    return next(e for event in (*events, sound()) for e in mine.decode(frame(event)) if isinstance(e, Start))


def stream(*, keeps=True):
    """A client's stream, with nothing between it and its session."""
    engine = ScriptedEngine(("one", "two", "three", "four", "five"))
    return Talk(WyomingWire(engine.info), engine, keeps=keeps, write=frame, read=told)


# ---------------------------------------------------------------- frames


@PATIENT
@given(st.text(min_size=1, max_size=20), DATA, st.binary(max_size=50))
def test_what_the_package_writes_is_read(kind, data, payload):
    assert wyoming_events.read(frame(Event(kind, data, payload))) == wyoming_events.Event(kind, data, payload)


@PATIENT
@given(DATA.filter(lambda data: "kind" not in data))
def test_what_is_written_the_package_reads(data):
    [event] = told(wyoming_events.write("some-kind", **data))
    assert (event.type, event.data, event.payload) == ("some-kind", data, None)


@PATIENT
@given(DATA, DATA)
def test_data_after_the_header_goes_over_that_in_it(first, second):
    after = json.dumps(second).encode()
    header = {"type": "t", "version": "9", "data": first, "data_length": len(after), "payload_length": None}
    found = wyoming_events.read(json.dumps(header).encode() + b"\n" + after)
    assert found == wyoming_events.Event("t", {**first, **second})


@PATIENT
@given(DATA.filter(bool), st.binary(min_size=1, max_size=20), st.data())
def test_a_part_of_an_event_is_known_for_one(data, payload, draw):
    whole = frame(Event("t", data, payload))
    header = whole.index(b"\n") + 1
    assert header + wyoming_events.following(whole[:header]) == len(whole)
    part = whole[: draw.draw(st.integers(0, len(whole) - 1))]
    [mistake] = wire().decode(part)
    assert (mistake.code, mistake.close_code) == ("incomplete", 1002)


BOUND = wyoming_events.MOST_HEADER


@pytest.mark.parametrize(
    ("event", "code", "message"),
    [
        (b"x" * (BOUND + 1), "too_large", "a header of more than 65536 bytes"),
        (b'{"type":"t","data_length":65537}\n', "too_large", "data_length = 65537: at most 65536"),
        (b'{"type":"t","payload_length":1048577}\n', "too_large", "payload_length = 1048577: at most 1048576"),
        (b"GET / HTTP/1.1\r\n", "invalid", "not valid JSON"),
        (b"\n", "invalid", "not valid JSON"),
        (b"[1]\n", "invalid", "expected `object`, got `array`"),
        (b"{}\n", "invalid", "type is missing"),
        (b'{"type":3}\n', "invalid", "type = 3"),
        (b'{"type":"t","data_length":-1}\n', "invalid", "data_length = -1"),
        (b'{"type":"t","data":[]}\n', "invalid", "data = []"),
        (b'{"type":"t","data_length":2}\n[]', "invalid", "data is an object"),
        (b'{"type":"t","data_length":2}\n{{', "invalid", "not valid JSON"),
        (b'{"type":"t","data_length":4}\n"\xff\xff"', "invalid", "not valid JSON"),
        (frame(sound(rate=96_000)), "invalid", "audio-chunk: rate = 96000: "),
        (frame(sound(rate=96_000)), "invalid", "send rates of 8000 to 48000 Hz, samples 1, 2 or 4 bytes wide"),
        (frame(sound(width=3)), "invalid", "audio-chunk: width = 3: choose from 1, 2, 4"),
        (frame(AudioStart(16000, 2, 6)), "invalid", "audio-start: channels = 6: choose from 1, 2"),
        (frame(Event("audio-chunk", {"rate": 16000, "width": 2})), "invalid", "audio-chunk: channels is missing"),
        (frame(Transcribe(language="../en")), "invalid", "transcribe: language = '../en'"),
        (frame(Event("transcribe", {"transcript_names": [3]})), "invalid", "transcribe: transcript_names[0] = 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_closes(event, code, message):
    [mistake] = wire().decode(event)
    assert isinstance(mistake, Mistake)
    assert (mistake.code, mistake.close_code) == (code, 1002)
    assert message in mistake.message


def test_what_is_as_long_as_may_be_is_read():
    header = b'{"type":"t","data_length":65536,"payload_length":1048576' + b" " * 65_536
    whole = header[: BOUND - 2] + b"}\n" + b"{" + b" " * 65_534 + b"}" + bytes(1 << 20)
    assert wyoming_events.read(whole).payload == bytes(1 << 20)


# ---------------------------------------------------------------- what a client asks


def test_info_is_typed_and_tells_who_listens():
    [aside] = wire().decode(frame(Describe()))
    [event] = told(aside.text)
    model = AsrModel(
        name="a-model",
        attribution=Attribution("Alpha Cephei", "https://alphacephei.com/vosk/"),
        installed=True,
        description="a-model, heard by vosk",
        version=None,
        languages=["en-us"],
    )
    [program] = Info.from_event(event).asr
    assert program.models == [model]
    assert (program.name, program.installed, program.supports_transcript_streaming) == ("earshot", True, True)
    assert event.data.keys() == Info(asr=[program]).event().data.keys()
    assert event.data["asr"][0].keys() == AsrProgram(**vars(program)).to_dict().keys()


def test_the_version_is_the_projects():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["version"] == wyoming_info.VERSION


@pytest.mark.parametrize("text", [None, "", "hällo\n{}"])
def test_a_ping_is_answered_with_its_text(text):
    [aside] = wire().decode(frame(Ping(text)))
    [event] = told(aside.text)
    assert Pong.is_type(event.type)
    assert Pong.from_event(event).text == text


def test_without_a_word_about_it_a_stream_is_the_operators():
    assert start() == Start(platform="wyoming", stall_ms=3000, empty_finals=True, words=True)


@pytest.mark.parametrize(
    ("asked", "field", "value"),
    [
        (Transcribe(language="de-AT"), "language", "de-AT"),
        (Transcribe(language=""), "language", None),
        (Transcribe(name="large"), "metadata", b'{"name":"large"}'),
        (Transcribe(name="large"), "ignored", ("name",)),
        (Transcribe(name="a-model"), "ignored", ()),
        (Transcribe(vad_sensitivity=VadSensitivity.RELAXED), "silence_ms", 1250),
        (Transcribe(vad_sensitivity=VadSensitivity.AGGRESSIVE), "silence_ms", 250),
        (Transcribe(vad_sensitivity=VadSensitivity.DEFAULT), "silence_ms", None),
        (Transcribe(context={"id": 3}), "ignored", ("context",)),
        (Transcribe(context={}), "ignored", ()),
        (Transcribe(transcript_names=["Ann"], transcript_terms=["lamp"]), "phrases", ()),
        (Transcribe(transcript_names=["Ann"]), "ignored", ("transcript_names",)),
        (Transcribe(transcript_terms=["lamp"]), "ignored", ("transcript_terms",)),
        (Transcribe(transcript_names=[]), "ignored", ()),
        (AudioStart(8000, 2, 2), "format", AudioFormat(8000, channels=2)),
        (sound(rate=48_000, width=4), "format", AudioFormat(48_000)),
    ],
)  # fmt: skip
def test_a_wish_is_granted_or_named_as_not_done(asked, field, value):
    assert getattr(start(asked) if isinstance(asked, Transcribe) else wire_start(asked), field) == value


def wire_start(event):
    [found] = wire().decode(frame(event))
    return found


def test_names_and_terms_are_all_that_is_heard_where_the_client_says_so():
    asked = Transcribe(
        transcript_names=["Ann", " "],
        transcript_terms=["lamp", "Ann"],
        context={"earshot": {"phrases": "only"}},
    )
    found = start(asked)
    assert (found.phrases, found.ignored) == (("Ann", "lamp"), ())


def test_the_last_wish_before_the_audio_counts():
    assert start(Transcribe(language="de"), Transcribe(language="fr")).language == "fr"


# ---------------------------------------------------------------- audio


@PATIENT
@given(st.sampled_from([1, 4]), st.binary(max_size=64), st.data())
def test_other_widths_are_what_the_package_makes_of_them_however_they_are_cut(width, data, draw):
    data = data[: len(data) - len(data) % width]
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=4)))
    mine = wire()
    heard = b"".join(
        event.chunk.data
        for first, last in zip([0, *cuts], [*cuts, len(data)], strict=True)
        for event in mine.decode(frame(sound(data[first:last], width=width)))
        if isinstance(event, Audio)
    )
    assert heard == AudioChunkConverter(width=2).convert(sound(data, width=width)).audio


@PATIENT
@given(st.binary(max_size=200_000))
def test_two_bytes_a_sample_go_through_as_they_are(data):
    _, *heard = wire().decode(frame(sound(data)))
    assert b"".join(event.chunk.data for event in heard) == data
    assert all(len(event.chunk.data) <= 32_768 for event in heard)


@pytest.mark.parametrize("change", [{"rate": 8000}, {"width": 4}, {"channels": 2}])
@pytest.mark.parametrize("begun", [AudioStart(16000, 2, 1), sound()])
def test_a_streams_format_stays(begun, change):
    mine = wire()
    mine.decode(frame(begun))
    [mistake] = mine.decode(frame(sound(**change)))
    assert "it began with rate = 16000, width = 2, channels = 1" in mistake.message


def test_an_audio_start_in_the_midst_changes_nothing():
    mine = wire()
    mine.decode(frame(sound()))
    assert mine.decode(frame(AudioStart(16000, 2, 1))) == []


def test_wishes_come_before_the_audio():
    mine = wire()
    mine.decode(frame(sound()))
    [mistake] = mine.decode(frame(Transcribe()))
    assert mistake.message == "transcribe comes before audio-start"


def test_the_end_of_a_stream_is_its_last_event():
    mine = wire()
    assert not mine.ended
    assert [type(event) for event in mine.decode(frame(AudioStop()))] == [Start, Stop]
    assert mine.ended


@PATIENT
@given(st.text(max_size=20).map(lambda name: f"x-{name}"), DATA, st.binary(max_size=9))
def test_unknown_events_are_ignored(kind, data, payload):
    assert wire().decode(frame(Event(kind, data, payload))) == []


def test_events_of_other_services_are_ignored():
    for kind in ("select-program", "synthesize", "detect", "recognize", "transcript", "user-event", "info"):
        assert wire().decode(frame(Event(kind, {"name": "x"}))) == []


# ---------------------------------------------------------------- what a client is told


def spoken(*, timestamp=None):
    """Two utterances, with a second of silence between and after them."""
    said = CLIP.samples[: int((CLIP.end + 0.2) * 16000)].tobytes()
    data = said + quiet(1.6) + said + quiet(1.6)
    begin = AudioStart(16000, 2, 1, timestamp)
    return [begin, *chunks(data), AudioStop()]


def test_a_transcript_streams_as_the_protocol_has_it():
    talk = stream()
    events = talk.say(*spoken())
    kinds = [event.type for event in events]
    text = "".join(event.data["text"] for event in events if event.type == "transcript-chunk")
    assert kinds[:2] == ["voice-started", "transcript-start"]
    assert [kind for kind in kinds if kind.startswith("voice")] == ["voice-started", "voice-stopped"] * 2
    assert kinds.count("transcript-start") == 1
    assert kinds.index("transcript-start") < kinds.index("transcript-chunk")
    assert kinds[-2:] == ["transcript", "transcript-stop"]
    assert kinds.count("transcript-chunk") > 2, "words come while they are spoken"
    transcript = Transcript.from_event(events[-2])
    assert transcript.text == text
    assert transcript.language == "und"
    assert talk.wire.answered


def test_a_transcript_tells_what_was_kept_and_how_it_was_said():
    *_, transcript, _ = stream().say(*spoken())
    own = transcript.data["earshot"]
    assert [part["message_id"] for part in own["parts"]] == [1, 2]
    assert own["message_id"] == 1
    assert " ".join(part["text"] for part in own["parts"]) == transcript.data["text"]
    assert {"pitch_hz", "emotion", "audio_quality"} <= own["parts"][1]["voice"].keys()
    assert Transcript.from_event(transcript) == Transcript(transcript.data["text"], language="und")


def test_times_are_on_the_clients_clock():
    def times(events):
        return [
            (VoiceStarted if event.type == "voice-started" else VoiceStopped).from_event(event).timestamp
            for event in events
            if event.type.startswith("voice")
        ]

    plain = times(stream().say(*spoken()))
    assert plain[0] == pytest.approx(1000 * CLIP.onset, abs=350)
    assert plain[1] == pytest.approx(1000 * CLIP.end, abs=350)
    assert plain == sorted(plain)
    assert times(stream().say(*spoken(timestamp=70_000))) == [70_000 + time for time in plain]


def test_a_cut_at_the_longest_utterance_is_no_pause():
    talk = stream()
    said = CLIP.samples[int(CLIP.onset * 16000) : int(CLIP.end * 16000)].tobytes()
    events = talk.say(*[sound(said)] * 30, AudioStop())
    assert [event.type for event in events if event.type.startswith("voice")] == [
        "voice-started",
        "voice-stopped",
    ]
    assert len(events[-2].data["earshot"]["parts"]) > 1


@pytest.mark.parametrize("before", [[], [AudioStart(16000, 2, 1)], [sound(quiet(1))]])
def test_silence_has_an_empty_transcript(before):
    events = stream().say(*before, AudioStop())
    assert [event.type for event in events] == ["transcript-start", "transcript", "transcript-stop"]
    assert Transcript.from_event(events[1]).text == ""


def test_what_could_not_be_kept_is_an_error_and_half_a_transcript_is_none():
    talk = stream(keeps=False)
    events = talk.say(*spoken())
    assert Error.from_event(events[-1]) == Error("the disk is full", "not_saved")
    assert "transcript" not in [event.type for event in events]
    assert talk.closed
    assert not talk.wire.answered, "so the connection is closed, too"


def test_a_session_that_is_broken_off_has_no_transcript():
    mine = wire()
    mine.decode(frame(sound()))
    [text] = mine.encode(Trouble("going_away", "the server is stopping", fatal=True))
    [event] = told(text)
    assert Error.from_event(event) == Error("the server is stopping", "going_away")
    assert not mine.answered


def test_describe_and_ping_are_answered_amid_audio():
    *before, last = spoken()
    talk = stream()
    talk.say(*before)
    assert [event.type for event in talk.say(Describe(), Ping("x"))] == ["info", "pong"]
    assert talk.say(last)[-1].type == "transcript-stop"


STREAMED = {"voice-started", "voice-stopped", "transcript-start", "transcript-chunk"}
EVENT = st.one_of(
    st.sampled_from([Describe(), Ping("x"), Transcribe(language="en"), AudioStart(16000, 2, 1)]).map(frame),
    st.sampled_from([sound(quiet(0.5)), sound(CLIP.samples.tobytes()), sound(bytes(999))]).map(frame),
    st.sampled_from([AudioStop(), sound(rate=8000), Transcribe(language="?")]).map(frame),
    st.builds(Event, st.sampled_from(["audio-start", "audio-chunk", "transcribe", "x"]), DATA).map(frame),
    st.binary(max_size=30),
)  # fmt: skip


@PATIENT
@given(st.lists(EVENT, max_size=8))
def test_any_sequence_gets_only_documented_answers(events):
    talk = stream()
    kinds = []
    for event in events:
        if talk.closed:
            break
        kinds += talk.say(event)
    names = [event.type for event in kinds]
    assert set(names) <= STREAMED | {"info", "pong", "transcript", "transcript-stop", "error"}
    assert names.count("error") <= 1
    assert {event.data["code"] for event in kinds if event.type == "error"} <= {
        "invalid",
        "too_large",
        "incomplete",
    }
    assert names.count("transcript") == talk.wire.answered
    assert bool(talk.closed) == ("error" in names or talk.wire.answered)
    if talk.wire.answered:
        assert names[-2:] == ["transcript", "transcript-stop"]
