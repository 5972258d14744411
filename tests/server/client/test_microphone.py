import asyncio
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from audio.values import AudioFormat
from server.client.errors import Failed, Mistake
from server.client.microphone import Microphone, list_devices, load
from server.client.source import PATIENCE_S

DEVICES = [
    {"name": "Speakers", "max_input_channels": 0, "default_samplerate": 48_000.0},
    {"name": "Blue Yeti", "max_input_channels": 2, "default_samplerate": 44_100.0},
    {"name": "Studio", "max_input_channels": 8, "default_samplerate": 192_000.0},
]


class PortAudioError(Exception):
    pass


class Hardware:
    """sounddevice as far as a microphone needs it: devices, and a stream that another thread speaks into."""

    PortAudioError = PortAudioError

    def __init__(self, devices=DEVICES, *, busy=False):
        self.devices = devices
        self.busy = busy
        self.opened: dict[str, Any] = {}
        self.open = False
        self.opening = asyncio.Event()

    def query_devices(self, device=None, kind=None):
        if kind is None:
            return self.devices
        found = [d for i, d in enumerate(self.devices) if device in (None, i) or str(device) in d["name"]]
        inputs = [d for d in found if d["max_input_channels"]]
        if not inputs:
            raise ValueError(f"No input device matching {device!r}")
        return inputs[0]

    def RawInputStream(self, **options):
        self.opened = options
        return self

    def __enter__(self):
        if self.busy:
            raise PortAudioError("Device unavailable")
        self.open = True
        self.opening.set()
        return self

    def __exit__(self, *_):
        self.open = False
        self.opened["finished_callback"]()

    def speak(self, *pieces, overflow=False):
        """Call back from a thread of its own, as PortAudio does, and wait until it has."""
        status = SimpleNamespace(input_overflow=overflow)

        def run():
            for piece in pieces:
                self.opened["callback"](memoryview(piece), len(piece) // 2, None, status)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()


def microphone(hardware, tell=print, **wishes):
    wanted = {"device": None, "rate": None, "channels": 1, "frame_ms": 20, **wishes}
    return Microphone(hardware, tell=tell, **wanted)


async def listening(hardware, source):
    """Begin to listen; returns the blocks and the first of them."""
    blocks = source.blocks()
    first = asyncio.ensure_future(anext(blocks))
    await hardware.opening.wait()
    return blocks, first


async def test_what_is_spoken_is_heard_in_order():
    hardware = Hardware()
    blocks, first = await listening(hardware, microphone(hardware))
    hardware.speak(b"one!", b"two!", b"three!")
    assert [await first, await anext(blocks), await anext(blocks)] == [b"one!", b"two!", b"three!"]
    await blocks.aclose()
    assert not hardware.open


async def test_a_device_is_asked_for_its_own_rate_and_20_ms_at_a_time():
    hardware = Hardware()
    source = microphone(hardware, device="Yeti")
    blocks, first = await listening(hardware, source)
    hardware.speak(b"x")
    await first
    await blocks.aclose()
    assert source.format == AudioFormat(44_100)
    asked = {
        name: hardware.opened[name] for name in ("samplerate", "channels", "dtype", "blocksize", "device")
    }
    assert asked == {
        "samplerate": 44_100,
        "channels": 1,
        "dtype": "int16",
        "blocksize": 882,
        "device": "Yeti",
    }


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"device": 2}, AudioFormat(48_000)),  # 192 kHz is more than the protocol takes
        ({"rate": 16_000, "channels": 2}, AudioFormat(16_000, channels=2)),
    ],
)
def test_the_rate_is_one_that_can_be_sent(wishes, expected):
    assert microphone(Hardware(), **wishes).format == expected


async def test_sound_beyond_what_is_kept_is_counted_and_said_to_be_lost():
    hardware = Hardware()
    said: list[str] = []
    blocks, first = await listening(hardware, microphone(hardware, said.append, frame_ms=1000))
    hardware.speak(b"a")
    await first
    second, kept = bytes(2 * 44_100), int(PATIENCE_S)
    hardware.speak(*[second] * (kept + 3))
    heard = [await anext(blocks) for _ in range(kept)]
    hardware.speak(b"c")
    assert (heard, await anext(blocks)) == ([second] * kept, b"c")
    assert said == [
        "sound is being lost: the line or the server has been behind for too long",
        "3.00 s of sound were lost",
    ]
    await blocks.aclose()
    assert len(said) == 2


async def test_an_overflow_in_the_device_is_told():
    hardware = Hardware()
    said: list[str] = []
    blocks, first = await listening(hardware, microphone(hardware, said.append))
    hardware.speak(b"a", overflow=True)
    assert await first == b"a"
    await blocks.aclose()
    assert said == ["the microphone lost sound, it doesn't say how much: this machine can't keep up"]


async def test_a_device_that_goes_away_is_a_failure_after_all_that_it_heard():
    hardware = Hardware()
    blocks, first = await listening(hardware, microphone(hardware))
    hardware.speak(b"last")
    hardware.opened["finished_callback"]()
    assert await first == b"last"
    with pytest.raises(Failed, match="the microphone stopped"):
        await anext(blocks)


async def test_a_device_that_is_busy_is_a_mistake():
    with pytest.raises(Mistake, match=r"can't be opened: Device unavailable; try --rate or --channels"):
        await anext(microphone(Hardware(busy=True)).blocks())


@pytest.mark.parametrize(
    ("hardware", "device", "said"),
    [
        (Hardware([]), None, "no microphone found; --list-devices"),
        (Hardware(DEVICES[:1]), None, "no microphone found; --list-devices"),
        (Hardware(), "Rode", "--device 'Rode': No input device matching 'Rode'; --list-devices"),
    ],
)
def test_a_device_that_is_not_there_is_named(hardware, device, said):
    with pytest.raises(Mistake, match=said):
        microphone(hardware, device=device)


def test_the_list_names_inputs_by_the_number_that_device_takes():
    assert list_devices(Hardware()) == (
        "  1  Blue Yeti  (2 channels, 44100 Hz)\n  2  Studio  (8 channels, 192000 Hz)"
    )


def test_an_empty_list_is_said():
    with pytest.raises(Mistake, match="no microphone found"):
        list_devices(Hardware(DEVICES[:1]))


def test_without_the_package_its_name_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # import takes None for "not there"
    with pytest.raises(Mistake, match="pip install sounddevice"):
        load()


def test_without_the_library_the_command_that_installs_it_is_said(monkeypatch, tmp_path):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Mistake, match="sudo apt install libportaudio2"):
        load()
