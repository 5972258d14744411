"""`python -m audio`: what it prints is what a session would be told, and what it draws is what was heard."""

import json

import numpy as np
import pytest
import soundfile

from audio.__main__ import main
from audio.analysis import NoWords, analyse
from audio.pipeline import Pipeline
from audio.values import RATE, AudioChunk, AudioFormat, Final, Reason, from_ms
from tests.audio.damage import CLEAN, white
from tests.fixtures.speech_files import MODEL, RECORDINGS, speech

TWO = RECORDINGS / "two-utterances.wav"


@pytest.fixture
def told(capsys):
    """Run the program and return its lines; it must succeed."""

    def run(*arguments):
        assert main([str(argument) for argument in arguments]) == 0
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def refused(capsys):
    """Run the program and return its one line of complaint."""

    def run(*arguments):
        assert main([str(argument) for argument in arguments]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        return lines[0]

    return run


def records(lines):
    return [json.loads(line) for line in lines]


def heard(path, silence_ms=1000):
    return analyse(path, NoWords(), silence=from_ms(silence_ms))


# ---------------------------------------------------------------- what it says


def test_every_utterance_and_the_whole_file_are_described(told):
    lines = told(TWO)
    assert lines[0] == "two-utterances.wav: 4.70 s, 16000 Hz, mono"
    assert [line.split()[0] for line in lines[1:]] == [
        *("1.", "pitch", "emotion", "quality"),
        *("2.", "pitch", "emotion", "quality"),
        "whole",
    ]
    assert lines[1].endswith("ended by silence")
    assert lines[5].endswith("ended by the end of the file")
    assert lines[-1].startswith("whole file: 2 utterances, ")
    assert lines[-1].endswith("warnings: none")


def test_figures_are_those_of_a_session_fed_in_other_pieces(told):
    *utterances, whole = records(told(TWO, "--json"))
    pipeline = Pipeline(AudioFormat(), NoWords())
    events = pipeline.feed(AudioChunk(speech("two-utterances").samples.tobytes()))
    events += pipeline.finish(Reason.STOP, last=True)
    finals = [event for event in events if isinstance(event, Final)]
    assert [line["start_ms"] for line in utterances] == [final.start * 1000 // RATE for final in finals]
    assert [line["end_ms"] for line in utterances] == [final.end * 1000 // RATE for final in finals]
    for line, final in zip(utterances, finals, strict=True):
        assert final.voice.quality
        assert line["pitch_hz"] == pytest.approx(final.voice.pitch_hz, abs=0.05)
        assert line["audio_quality"] == pytest.approx(final.voice.quality.score, abs=0.0005)
        assert line["voiced_ratio"] == round(final.voice.voiced_ratio, 3)
        assert line["emotion"] is None
    assert whole["utterances"] == 2


def test_a_model_adds_the_words(told):
    *utterances, _ = records(told(TWO, "--json", "--model", MODEL))
    assert [line["text"] for line in utterances] == ["hello thank you", "goodbye"]


def test_a_long_utterance_has_an_emotion_with_all_its_scores(told, tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, CLEAN, RATE)
    emotion = records(told(path, "--json"))[0]["emotion"]
    assert set(emotion) == {"label", "confidence", "arousal", "scores"}
    assert sum(emotion["scores"].values()) == pytest.approx(1, abs=0.01)
    assert any(f"arousal {emotion['arousal']:.2f}" in line for line in told(path))


def test_the_silence_that_ends_an_utterance_can_be_chosen(told):
    path = RECORDINGS / "pauses-inside.wav"
    assert records(told(path, "--json"))[-1]["utterances"] == 1
    assert records(told(path, "--json", "--silence-ms", "400"))[-1]["utterances"] > 1


def test_a_warning_stands_with_the_utterance_it_fell_into(told, tmp_path):
    path = tmp_path / "noisy.wav"
    noisy = np.tile(white(3), 2)
    soundfile.write(path, np.concatenate((CLEAN, np.zeros(2 * RATE), noisy)) / 2, RATE)
    *utterances, whole = records(told(path, "--json"))
    noise = [line["utterance"] for line in utterances if "noise" in str(line["warnings"])]
    assert noise
    assert noise[0] > 1
    assert "noise" in whole["warnings"]
    assert any(line.strip().startswith("warning  noise: ") for line in told(path))


# ---------------------------------------------------------------- what it takes


@pytest.mark.parametrize("change", [("wav", "FLOAT", 1), ("flac", "PCM_16", 2), ("wav", "PCM_24", 6)])
def test_format_and_channels_change_nothing(told, tmp_path, change):
    ending, subtype, channels = change
    path = tmp_path / f"copy.{ending}"
    samples = speech("two-utterances").samples / 32768
    soundfile.write(path, np.column_stack([samples] * channels), RATE, subtype=subtype)
    assert records(told(path, "--json"))[:-1] == records(told(TWO, "--json"))[:-1]


@pytest.mark.parametrize("name", ["commands-8k", "real-printing"])
def test_times_are_right_at_other_rates(told, name):
    *utterances, whole = records(told(RECORDINGS / f"{name}.wav", "--json"))
    assert whole["sample_rate"] == speech(name).rate
    assert whole["length_ms"] == pytest.approx(1000 * len(speech(name).samples) / speech(name).rate, abs=1)
    assert len(utterances) == 1


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(RATE), np.full(RATE, np.nan)])
def test_a_file_without_speech_has_no_utterance(told, tmp_path, samples):
    path = tmp_path / "still.wav"
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    assert told(path)[-1] == "whole file: no speech"
    (whole,) = records(told(path, "--json"))
    assert whole["utterances"] == 0
    assert whole["pitch_hz"] is whole["audio_quality"] is None


def test_a_bad_file_is_one_line_and_exit_code_2(refused, tmp_path):
    text = tmp_path / "text.wav"
    text.write_text("no sound at all")
    assert refused(text) == f"python -m audio: {text}: not a sound file (Format not recognised)"
    assert "No such file" in refused(tmp_path / "missing.wav")
    assert "Is a directory" in refused(tmp_path)
    broken = tmp_path / "broken.wav"
    soundfile.write(broken, np.zeros(10), 900)
    assert "900 Hz" in refused(broken)


def test_a_bad_option_is_one_line_and_exit_code_2(refused, tmp_path, capsys):
    assert "not a Vosk model" in refused(TWO, "--model", tmp_path)
    assert "'xyz' is not supported" in refused(TWO, "--plot", tmp_path / "picture.xyz")
    for silence in ("199", "5001", "long"):
        with pytest.raises(SystemExit) as ended:
            main([str(TWO), "--silence-ms", silence])
        assert ended.value.code == 2
    assert "choose from 200 to 5000" in capsys.readouterr().err


# ---------------------------------------------------------------- what it draws


def test_the_pitch_worked_out_for_drawing_is_the_one_summed_up():
    analysis = heard(TWO)
    for utterance in analysis.utterances:
        final = utterance.final
        hertz = [
            frame.f0_hz for frame in analysis.pitch if final.start <= frame.at < final.end and frame.f0_hz
        ]
        assert np.median(hertz) == pytest.approx(final.voice.pitch_hz, rel=0.005)


def test_a_picture_is_written(told, tmp_path):
    pytest.importorskip("matplotlib")
    told(TWO, "--plot", tmp_path / "two.png")
    assert (tmp_path / "two.png").read_bytes().startswith(b"\x89PNG")


def test_no_line_joins_what_no_voice_joined():
    pytest.importorskip("matplotlib")
    from audio.plot import draw

    analysis = heard(TWO)
    axes = draw(analysis).axes[1]
    (line,) = axes.get_lines()
    voiced = {frame.at / RATE for frame in analysis.pitch if frame.f0_hz}
    at, hertz = (np.asarray(values) for values in line.get_data())
    assert {time for time, value in zip(at.tolist(), hertz.tolist(), strict=True) if value > 0} == voiced
    assert np.isnan(hertz).sum() == len(hertz) - len(voiced)
    assert axes.get_yscale() == "log"


@pytest.mark.parametrize(("name", "silence_ms"), [("two-utterances", 1000), ("all-words", 200)])
def test_every_utterance_is_shaded_and_no_two_notes_overlap(name, silence_ms):
    pytest.importorskip("matplotlib")
    from audio.plot import draw

    analysis = heard(RECORDINGS / f"{name}.wav", silence_ms)
    figure = draw(analysis)
    figure.draw_without_rendering()
    notes = figure.axes[3].texts
    assert len(notes) == len(analysis.utterances)
    assert all(len(axes.patches) == len(notes) for axes in (figure.axes[0], figure.axes[3]))
    boxes = [note.get_window_extent() for note in notes]
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert not any(a.overlaps(b) for a, b in pairs)
    assert all(box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in boxes)
