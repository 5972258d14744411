"""What the tests of voice-agent frameworks share: the frameworks, where they are installed, and sound in frames."""

import pytest

THEIRS = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]
"""Their warnings are theirs."""

_PIECE = 640
"""Bytes: 20 ms of 16 kHz PCM16."""


def installed(module, package):
    return pytest.importorskip(module, reason=f"{package} isn't installed")


def pieces(data):
    return [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
