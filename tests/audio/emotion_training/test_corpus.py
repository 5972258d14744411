import numpy as np
import pytest
import soundfile

from audio.emotion_training.corpus import EMOTIONS, EXCITED, LABELS, read
from audio.errors import AudioError


def test_a_file_name_tells_speaker_and_emotion(tmp_path):
    for name in ("16b10Td.wav", "03a01Fa.flac"):
        soundfile.write(tmp_path / name, np.zeros(22_050, np.int16), 22_050)
    happy, sad = read(tmp_path)
    assert (happy.speaker, happy.emotion) == ("03", "happy")
    assert (sad.speaker, sad.emotion) == ("16", "sad")
    assert len(happy.samples) == 16_000


def test_other_names_are_refused(tmp_path):
    soundfile.write(tmp_path / "LJ001-0001.wav", np.zeros(100, np.int16), 16_000)
    with pytest.raises(AudioError, match="LJ001-0001"):
        read(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(AudioError, match="no WAV or FLAC"):
        read(tmp_path)


def test_every_label_comes_from_the_corpus_and_has_an_arousal():
    assert set(LABELS) <= set(EXCITED) <= set(EMOTIONS.values())
