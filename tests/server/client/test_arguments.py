import math
from pathlib import Path

import pytest

from audio.values import AudioFormat, Encoding
from server.client.arguments import Microphone, Pipe, Recording, parse
from server.client.errors import Mistake

SIXTEEN = AudioFormat(16_000)


def parsed(*arguments, **environment):
    options = parse(arguments, environment)
    assert options
    return options


def wishes(*arguments):
    """What of `start` differs from what an empty one says, the format aside."""
    return {key: value for key, value in parsed(*arguments).wishes.items() if key != "platform"}


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        (["a.wav"], Recording(Path("a.wav"), 1)),
        (["a.wav", "--loop", "0"], Recording(Path("a.wav"), 0)),
        (["-"], Pipe(AudioFormat(16_000, Encoding.PCM_S16LE, 1))),
        (
            ["-", "--rate", "8000", "--encoding", "mulaw", "--channels", "2"],
            Pipe(AudioFormat(8000, Encoding.MULAW, 2)),
        ),
        (["--mic"], Microphone(None, None, 1)),
        (["--mic", "--device", "3", "--rate", "44100"], Microphone(3, 44_100, 1)),
        (["--mic", "--device", "Yeti"], Microphone("Yeti", None, 1)),
    ],
)
def test_a_source_is_named_in_one_of_three_ways(arguments, source):
    assert parsed(*arguments).source == source


@pytest.mark.parametrize(
    ("arguments", "speed"),
    [
        (["a.wav"], 1),
        (["a.wav", "--speed", "2.5"], 2.5),
        (["a.wav", "--speed", "0"], math.inf),
        (["-"], math.inf),
        (["-", "--speed", "1"], 1),
        (["--mic"], math.inf),
    ],
)
def test_only_a_file_is_paced_unless_asked_for(arguments, speed):
    assert parsed(*arguments).speed == speed


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ws://127.0.0.1:2700", "ws://127.0.0.1:2700/v1/stream"),
        ("ws://127.0.0.1:2700/", "ws://127.0.0.1:2700/v1/stream"),
        ("wss://voice.example/ears/v1/stream?x=1", "wss://voice.example/ears/v1/stream?x=1"),
        ("ws://[::1]:2700", "ws://[::1]:2700/v1/stream"),
    ],
)
def test_a_server_is_named_as_it_announces_itself(url, address):
    assert parsed("a.wav", "--url", url).url == address


def test_the_default_server_is_this_machine():
    assert parsed("a.wav").url == "ws://127.0.0.1:2700/v1/stream"


def test_only_the_list_of_devices_needs_no_source():
    assert parse(["--list-devices"], {}) is None


def test_the_token_comes_from_the_command_line_or_else_the_environment():
    assert parsed("a.wav").token is None
    assert parsed("a.wav", EARSHOT_TOKEN="one").token == "one"
    assert parsed("a.wav", "--token", "two", EARSHOT_TOKEN="one").token == "two"


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "schlüssel"])
def test_a_token_that_fits_no_header_is_refused_and_not_repeated(token):
    with pytest.raises(Mistake) as refusal:
        parsed("a.wav", EARSHOT_TOKEN=token)
    assert token not in str(refusal.value)


@pytest.mark.parametrize(("arguments", "seconds"), [([], 30), (["--resume-window", "0"], 0)])
def test_a_lost_line_is_dialled_again_for_as_long_as_wanted(arguments, seconds):
    assert parsed("a.wav", *arguments).resume_window_s == seconds


def test_the_server_decides_what_is_not_asked_for():
    assert wishes("a.wav") == {"words": False}
    start = parsed("a.wav").start(SIXTEEN, partials=True)
    assert (start.record, start.training, start.silence_ms, start.language) == (None, None, None, None)


def test_every_wish_reaches_the_start_message():
    options = parsed(
        *("a.wav", "--user", "ann", "--conversation", "7", "--language", "en-us", "--silence-ms", "500"),
        *("--phrase", "lights on", "--phrase", "lights off", "--words", "--no-record", "--no-training"),
    )
    start = options.start(AudioFormat(8000, Encoding.PCM_F32LE, 2), partials=False)
    assert (start.sample_rate, start.encoding, start.channels) == (8000, Encoding.PCM_F32LE, 2)
    assert (start.user_id, start.conversation_id, start.language) == ("ann", 7, "en-us")
    assert start.phrases == ("lights on", "lights off")
    assert (start.silence_ms, start.words, start.partials) == (500, True, False)
    assert (start.record, start.training) == (False, False)


@pytest.mark.parametrize("option", ["--srt", "--vtt"])
def test_subtitles_ask_for_the_times_of_words(option):
    assert wishes("a.wav", option, "out")["words"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name what to hear, one of: FILE, - for standard input, --mic"),
        (["a.wav", "--mic"], "name what to hear, one of"),
        (["a.wav", "--rate", "8000"], "--rate has no meaning with a file"),
        (["-", "--loop", "2"], "--loop has no meaning with standard input"),
        (["--mic", "--speed", "2"], "--speed has no meaning with --mic"),
        (["-", "--rate", "96000"], "'96000'; from 8000 to 48000 is allowed"),
        (["-", "--rate", "fast"], "'fast'; from 8000 to 48000 is allowed"),
        (["-", "--channels", "3"], "'3'; from 1 to 2 is allowed"),
        (["-", "--encoding", "mp3"], "invalid choice: 'mp3'"),
        (["a.wav", "--speed", "-1"], "'-1'; from 0 to 1000 is allowed"),
        (["a.wav", "--speed", "nan"], "'nan'; from 0 to 1000 is allowed"),
        (["a.wav", "--resume-window", "-1"], "'-1'; from 0 to 86400 is allowed"),
        (["a.wav", "--frame-ms", "0"], "'0'; from 5 to 1000 is allowed"),
        (["a.wav", "--sped", "2"], "unrecognized arguments: --sped 2; --help explains"),
        (["a.wav", "--url", "http://127.0.0.1:2701"], "write ws://HOST:PORT or wss://HOST:PORT"),
        (["a.wav", "--url", "ws://"], "write ws://HOST:PORT"),
        (["a.wav", "--url", "ws://h:99999"], "write ws://HOST:PORT"),
        (["a.wav", "--url", "ws://[::1"], "write ws://HOST:PORT"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(arguments, said):
    with pytest.raises(Mistake) as refusal:
        parsed(*arguments)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--silence-ms", "3"], "silence_ms = 3: expected `int` >= 200"),
        (["--language", "english!"], "language = 'english!'"),
        (["--conversation", "0"], "conversation_id = 0"),
        (["--user", ""], "user_id = ''"),
    ],
)
def test_what_the_server_would_refuse_is_refused_here_already(arguments, said):
    with pytest.raises(Mistake) as refusal:
        parsed("a.wav", *arguments).start(SIXTEEN, partials=True)
    assert said in str(refusal.value)
