"""The microphone, through PortAudio. The one importer of sounddevice, and only when a microphone is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack
from typing import Any

from audio.values import AudioFormat
from server.client.errors import Failed, Mistake
from server.client.loss import Loss
from server.client.source import HIGHEST_RATE, PATIENCE_S, Tell


def load() -> Any:
    """Return the sounddevice module. Raises: Mistake saying what to install."""
    try:
        import sounddevice
    except ImportError:
        raise Mistake("--mic needs the sounddevice package: pip install sounddevice") from None
    except OSError:  # the package is there, PortAudio is not
        raise Mistake("--mic needs the PortAudio library: sudo apt install libportaudio2") from None
    return sounddevice


def list_devices(sound: Any) -> str:
    """Name every input device, a line each. Raises: Mistake where there is none."""
    found = [
        f"{number:3}  {device['name']}  ({device['max_input_channels']} channels, "
        f"{device['default_samplerate']:.0f} Hz)"
        for number, device in enumerate(sound.query_devices())
        if device["max_input_channels"] > 0
    ]
    if not found:
        raise Mistake("no microphone found")
    return "\n".join(found)


class Microphone:
    """An input device, heard from the moment `blocks` is iterated."""

    def __init__(
        self,
        sound: Any,
        *,
        device: int | str | None,
        rate: int | None,
        channels: int,
        frame_ms: int,
        tell: Tell,
    ) -> None:
        """`sound` is what `load` returned; without `rate` the device's own is taken. Raises: Mistake."""
        self._sound = sound
        self._device = device
        self._tell = tell
        try:
            info = sound.query_devices(device, "input")
        except (ValueError, sound.PortAudioError) as error:
            which = "no microphone found" if device is None else f"--device {device!r}: {error}"
            raise Mistake(f"{which}; --list-devices names those there are") from None
        own = min(int(info["default_samplerate"]), HIGHEST_RATE)  # PortAudio converts
        self.format = AudioFormat(rate or own, channels=channels)
        self._frames = self.format.sample_rate * frame_ms // 1000
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(int(PATIENCE_S * 1000 / frame_ms))
        self._loss = Loss(self.format, tell)
        self._overflowed = False

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield what the microphone hears until the device goes away; see `source.Source`."""
        loop = asyncio.get_running_loop()

        def heard(data: Any, _frames: int, _time: Any, status: Any) -> None:
            # PortAudio's thread: copy and leave, or the device overflows.
            loop.call_soon_threadsafe(self._take, bytes(data), bool(status.input_overflow))

        def finished() -> None:
            loop.call_soon_threadsafe(self._end)

        with ExitStack() as stack:
            self._open(stack, heard, finished)
            try:
                while (data := await self._queue.get()) is not None:
                    yield data
            finally:
                self._loss.over()
        raise Failed("the microphone stopped")

    def _open(self, stack: ExitStack, heard: Callable[..., None], finished: Callable[[], None]) -> None:
        try:
            stream = self._sound.RawInputStream(
                samplerate=self.format.sample_rate,
                channels=self.format.channels,
                dtype="int16",
                blocksize=self._frames,
                device=self._device,
                callback=heard,
                finished_callback=finished,
            )
            stack.enter_context(stream)
        except (ValueError, self._sound.PortAudioError) as error:
            raise Mistake(f"the microphone can't be opened: {error}; try --rate or --channels") from None

    def _take(self, data: bytes, overflowed: bool) -> None:
        if overflowed and not self._overflowed:
            self._overflowed = True
            self._tell("the microphone lost sound, it doesn't say how much: this machine can't keep up")
        if self._queue.full():
            self._loss.count(len(data))
            return
        self._queue.put_nowait(data)
        if self._queue.qsize() < self._queue.maxsize // 2:
            self._loss.over()

    def _end(self) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)
