from pathlib import Path

import pytest

from server.config import Config, load
from server.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_the_shipped_file_is_the_defaults():
    assert load(SHIPPED, {}) == Config() == load(None, {})


def test_the_shipped_file_names_every_setting():
    text = SHIPPED.read_text()
    for section in Config.__struct_fields__:
        assert f"[{section}]" in text
        for key in getattr(Config(), section).__struct_fields__:
            assert f"\n{key} = " in text


def test_the_environment_overrides_the_file(tmp_path):
    path = write(tmp_path, "[server]\nvoice_port = 1\nhttp_port = 2\n")
    environment = {
        "EARSHOT_SERVER_VOICE_PORT": "0",
        "EARSHOT_STORAGE_RECORD": "false",
        "EARSHOT_SERVER_ALLOWED_HOSTS": "a.example, b.example",
        "EARSHOT_AUDIO_MAX_LAG_S": "2.5",
        "EARSHOT_TOKEN": "secret",
        "PATH": "/bin",
    }
    config = load(path, environment)
    assert config.server.voice_port == 0
    assert config.server.http_port == 2
    assert config.storage.record is False
    assert config.server.allowed_hosts == ("a.example", "b.example")
    assert config.audio.max_lag_s == 2.5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nvoice_prot = 1", "unknown field 'server.voice_prot'; choose from host, voice_port"),
        ("[sever]", "unknown field 'sever'; choose from server, session"),
        ("[audio]\nsilence_ms = 50", "audio.silence_ms = 50: expected `int` >= 200"),
        ('[audio]\nsilence_ms = "1000"', "audio.silence_ms = '1000': expected `int`, got `str`"),
        ('[recognizer]\nengine = "whisper"', "recognizer.engine = 'whisper': choose from auto, pocketsphinx"),
        ("[server", "is not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), {})
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("EARSHOT_SEVER_HOST", "x", "no section 'sever'; choose from server"),
        ("EARSHOT_SERVER_HOTS", "x", "no key 'hots'; choose from host"),
        ("EARSHOT_SERVER_VOICE_PORT", "many", "server.voice_port = 'many': expected `int`"),
        ("EARSHOT_SERVER_VOICE_PORT", "70000", "<= 65535"),
        ("EARSHOT_STORAGE_RECORD", "perhaps", "storage.record = 'perhaps': expected `bool`"),
    ],
)
def test_a_mistake_in_the_environment_is_named(variable, value, told):
    with pytest.raises(ConfigError) as caught:
        load(None, {variable: value})
    assert told in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read .*none\.toml"):
        load(tmp_path / "none.toml", {})
