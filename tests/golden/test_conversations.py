import pytest

from tests.golden.conversation import WIRES, read, replay


@pytest.mark.parametrize("name", WIRES)
def test_a_conversation_is_what_it_was(name):
    recorded = read(name)
    said = [message for who, message in recorded if who == ">"]
    assert len(said) < len(recorded)
    assert replay(name, said) == recorded
