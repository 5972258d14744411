from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.decode import Decoder
from audio.values import AudioFormat, Encoding

# G.711 anchors: (code, linear) from the tables of ITU-T G.191's reference implementation.
MULAW = {0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xF0: 120, 0x70: -120, 0xCE: 988, 0x9A: 10876}
ALAW = {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0x80: 5504, 0xC5: 264}


@pytest.mark.parametrize(("encoding", "table"), [(Encoding.MULAW, MULAW), (Encoding.ALAW, ALAW)])
def test_g711_matches_the_standard(encoding, table):
    decoded = Decoder(AudioFormat(8000, encoding)).push(bytes(table))
    assert decoded.tolist() == list(table.values())


@pytest.mark.parametrize("encoding", [Encoding.MULAW, Encoding.ALAW])
def test_g711_codes_are_symmetric_and_distinct(encoding):
    decoded = Decoder(AudioFormat(8000, encoding)).push(bytes(range(256))).astype(int)
    assert (decoded[:128] == -decoded[128:]).all()
    assert len(set(decoded.tolist())) >= 255  # mu-law has two zeros


def test_float_is_scaled_clipped_and_never_nan():
    samples = np.array([0.0, 0.5, -1.0, 1.0, 7.0, -7.0, np.nan, np.inf, -np.inf], "<f4")
    decoded = Decoder(AudioFormat(encoding=Encoding.PCM_F32LE)).push(samples.tobytes())
    assert decoded.tolist() == [0, 16384, -32768, 32767, 32767, -32768, 0, 32767, -32768]


def test_stereo_is_averaged():
    pairs = np.array([[100, 200], [-32768, -32768], [32767, 32767]], "<i2")
    assert Decoder(AudioFormat(channels=2)).push(pairs.tobytes()).tolist() == [150, -32768, 32767]


@given(
    data=st.binary(max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=6),
    audio_format=st.builds(
        AudioFormat, st.just(16000), st.sampled_from(list(Encoding)), st.sampled_from([1, 2])
    ),
)
def test_cutting_anywhere_changes_nothing(data, cuts, audio_format):
    whole = Decoder(audio_format).push(data)
    cut = Decoder(audio_format)
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    parts = [cut.push(data[a:b]) for a, b in pairwise(edges)]
    assert np.concatenate(parts).tolist() == whole.tolist()
