import pytest

from audio.recognizers.pocketsphinx import PocketSphinxEngine


@pytest.fixture(scope="session")
def pocketsphinx():
    """One worker for all tests that don't harm it."""
    engine = PocketSphinxEngine(workers=1)
    yield engine
    engine.close()
