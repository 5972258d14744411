import pytest

from audio.recognizers.vosk import VoskEngine
from tests.fixtures.speech_files import MODEL


@pytest.fixture(scope="session")
def vosk():
    """The tiny model, loaded once."""
    engine = VoskEngine(MODEL)
    yield engine
    engine.close()
