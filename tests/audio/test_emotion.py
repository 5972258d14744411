import math
from dataclasses import replace

import numpy as np
import pytest

from audio.emotion import CONFIDENT, MIN_SPEECH_S, UNCERTAIN, EmotionMeter
from audio.emotion_model import EmotionModel, Network, Temperature, load
from audio.pitch import PitchTracker
from audio.values import RATE
from tests.audio.talker import talk


def track(samples):
    tracker = PitchTracker()
    return [*tracker.push(samples), *tracker.flush()]


def judge(meter, samples, portion=1600):
    for start in range(0, len(samples), portion):
        meter.push(samples[start : start + portion])
    return meter.utterance(track(samples))


def sure_of(label):
    """A model that hears nothing and is certain of `label`."""
    shipped = load()
    outputs = len(shipped.labels) + 1
    bias = np.where(np.arange(outputs) == shipped.labels.index(label), 9.0, 0.0)
    return deaf(bias)


def deaf(bias):
    """A model whose logits are `bias` whatever it hears."""
    shipped = load()
    network = Network(
        np.zeros((len(shipped.features) + 1, 1)), np.zeros(1), np.zeros((1, len(bias))), np.asarray(bias)
    )
    one = Temperature(1.0, 1.0)
    return EmotionModel(shipped.labels, shipped.features, shipped.prior, network, one, one)


def test_an_utterance_gets_a_label_a_confidence_arousal_and_all_scores():
    emotion = judge(EmotionMeter(), talk())
    assert emotion.label in {"angry", "happy", "neutral", "sad", UNCERTAIN}
    assert [label for label, _ in emotion.scores] == ["angry", "happy", "neutral", "sad"]
    assert sum(score for _, score in emotion.scores) == pytest.approx(1)
    assert emotion.confidence == max(score for _, score in emotion.scores)
    assert 0 <= emotion.arousal <= 1


def test_the_label_is_the_likeliest_one_if_the_confidence_suffices():
    for seed in range(6):
        emotion = judge(EmotionMeter(), talk(pitch_hz=100 + 40 * seed, seed=seed))
        best = max(emotion.scores, key=lambda pair: pair[1])[0]
        assert emotion.label == (best if emotion.confidence >= CONFIDENT else UNCERTAIN)


def test_a_sure_model_names_its_label():
    assert judge(EmotionMeter(sure_of("sad")), talk()).label == "sad"


def test_an_undecided_model_is_uncertain():
    emotion = judge(EmotionMeter(deaf(np.zeros(len(load().labels) + 1))), talk())
    assert emotion.label == UNCERTAIN
    assert emotion.confidence == pytest.approx(0.25)
    assert emotion.arousal == pytest.approx(0.5)


def test_the_same_audio_is_judged_the_same():
    assert judge(EmotionMeter(), talk()) == judge(EmotionMeter(), talk())


@pytest.mark.parametrize("portion", [1, 160, 320, 1600, 7777, 10**6])
def test_chunking_does_not_matter(portion):
    samples = talk(2.1)
    assert judge(EmotionMeter(), samples, portion) == judge(EmotionMeter(), samples)


def test_judging_early_changes_nothing_later():
    samples = talk(4)
    eager, patient = EmotionMeter(), EmotionMeter()
    judge(eager, samples[:40_000])
    eager.push(samples[40_000:])
    assert eager.utterance(track(samples)) == judge(patient, samples)
    eager.reset()
    patient.reset()
    assert judge(eager, talk(seed=2)) == judge(patient, talk(seed=2))


@pytest.mark.parametrize("seconds", [0.02, 0.5, MIN_SPEECH_S - 0.2])
def test_too_little_speech_is_not_judged(seconds):
    assert judge(EmotionMeter(), talk(seconds)) is None


def test_pauses_do_not_count_as_speech():
    pause = np.zeros(RATE, np.int16)
    word = talk(0.5)
    assert judge(EmotionMeter(), np.concatenate((word, pause, word, pause))) is None


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(3 * RATE, np.int16),
        np.full(3 * RATE, 12_000, np.int16),
        (np.random.default_rng(1).standard_normal(3 * RATE) * 3000).astype(np.int16),
        (np.sin(2 * np.pi * 200 * np.arange(3 * RATE) / RATE) * 8000).astype(np.int16),
    ],
    ids=["silence", "direct current", "white noise", "whistle"],
)
def test_what_is_no_voice_is_not_judged(samples):
    assert judge(EmotionMeter(), samples) is None


@pytest.mark.parametrize("gain", [2.0, 0.25, 0.05])
def test_gain_does_not_matter(gain):
    samples = talk()
    quiet = np.round(samples * gain).astype(np.int16)
    loud, soft = judge(EmotionMeter(), samples), judge(EmotionMeter(), quiet)
    assert soft.arousal == pytest.approx(loud.arousal, abs=0.03)
    assert dict(soft.scores) == pytest.approx(dict(loud.scores), abs=0.03)


def test_an_utterance_is_judged_by_the_ones_before_it():
    meter = EmotionMeter()
    first = judge(meter, talk())
    for seed in range(8):
        meter.reset()
        judge(meter, talk(pitch_hz=220, tilt=0.9, seed=seed))
    meter.reset()
    assert judge(meter, talk()) != first


def test_what_was_said_in_a_mood_is_not_taken_for_the_talkers_usual():
    # Arousal is the height of the voice here. Who was angry usually speaks lower; who was sad, higher.
    arousal = {}
    for label in ("angry", "sad"):
        sure = sure_of(label)
        height = np.zeros((len(sure.features) + 1, 1))
        height[sure.features.index("pitch_mean")] = 0.1
        output = np.where(np.arange(len(sure.labels) + 1) == len(sure.labels), 1.0, 0.0)[None]
        network = replace(sure.network, hidden=height, output=output)
        meter = EmotionMeter(replace(sure, network=network))
        judge(meter, talk())
        meter.reset()
        arousal[label] = judge(meter, talk(seed=2)).arousal
    assert arousal["angry"] > arousal["sad"] + 0.005


def test_a_stranger_is_judged_with_more_doubt_than_somebody_known():
    doubtful = replace(deaf([2.0, 0.0, 0.0, 0.0, 2.0]), temperature=Temperature(2.0, 1.0))
    meter = EmotionMeter(replace(doubtful, arousal_temperature=Temperature(4.0, 1.0)))
    heard = []
    for seed in range(6):
        heard.append(judge(meter, talk(seed=seed)))
        meter.reset()
    confidences, arousals = [e.confidence for e in heard], [e.arousal for e in heard]
    assert confidences == sorted(confidences)
    assert arousals == sorted(arousals)
    assert confidences[0] + 0.05 < confidences[-1]


@pytest.mark.parametrize("pitch_hz", [95.0, 125.0, 180.0, 230.0])
@pytest.mark.parametrize("tilt", [0.9, 0.985])
def test_an_even_voice_of_a_stranger_is_given_no_mood(pitch_hz, tilt):
    # Low and dull is sad in the corpus, and simply a man at a cheap microphone anywhere else.
    assert judge(EmotionMeter(), talk(6, pitch_hz, tilt=tilt)).label in {"neutral", UNCERTAIN}


def test_an_unjudged_utterance_leaves_the_baseline_alone():
    meter = EmotionMeter()
    judge(meter, talk(0.5, pitch_hz=300))
    meter.reset()
    assert judge(meter, talk()) == judge(EmotionMeter(), talk())


def test_reset_without_a_judgement_forgets_the_audio():
    meter = EmotionMeter()
    meter.push(talk(seed=5))
    meter.reset()
    assert judge(meter, talk()) == judge(EmotionMeter(), talk())


def test_an_excited_voice_is_more_aroused_than_a_calm_one_of_the_same_talker():
    meter = EmotionMeter()
    for seed in range(6):
        judge(meter, talk(pitch_hz=125, seed=seed))
        meter.reset()
    calm = judge(meter, talk(pitch_hz=110, swing=0.03, syllables_per_s=3, tilt=0.985, seed=9))
    meter.reset()
    excited = judge(meter, talk(pitch_hz=230, swing=0.3, syllables_per_s=5.5, tilt=0.7, seed=9))
    assert excited.arousal > calm.arousal + 0.3


@pytest.mark.parametrize("weird", ["square wave", "clipped", "one sample loud"])
def test_weird_input_gives_finite_numbers_or_nothing(weird):
    time = np.arange(3 * RATE) / RATE
    samples = {
        "square wave": np.where(np.sin(2 * np.pi * 200 * time) >= 0, 32767, -32768),
        "clipped": np.clip(talk(3).astype(int) * 50, -32768, 32767),
        "one sample loud": np.where(np.arange(3 * RATE) == RATE, -32768, talk(3)),
    }[weird].astype(np.int16)
    meter = EmotionMeter()
    for _ in range(3):
        emotion = judge(meter, samples)
        assert emotion is None or all(math.isfinite(score) for _, score in emotion.scores)
        meter.reset()
