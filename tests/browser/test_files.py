"""Sound files instead of a microphone, and what the library makes of samples."""

import struct

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import kept
from tests.browser.page import Visitor, recording, write_wav
from tests.fixtures.speech_files import speech
from tests.running import running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def workshop(browser, tmp_path_factory, vosk):
    """A page in which the library's modules can be tried."""
    async with (
        running(tmp_path_factory.mktemp("workshop"), vosk) as server,
        Visitor.opening(await browser.new_context(), server.http) as visitor,
    ):
        yield visitor.page


async def test_a_wav_file_gives_its_transcript_and_exactly_its_sound(visitor, server, tmp_path):
    said = recording(speech("digits-16k").samples.tobytes(), before=0.3)
    await visitor.play(write_wav(tmp_path / "digits.wav", said))
    await expect(visitor.finals).to_have_text(["three one four one five nine"])
    await visitor.state("Not listening")  # a file ends by itself
    [row] = kept.messages(server)
    sound = kept.audio(server, row)
    start = row["start_ms"] * 16
    assert sound.tobytes() == np.frombuffer(said, np.int16)[start : start + len(sound)].tobytes()
    assert visitor.complaints == []
    assert visitor.hosts == {"127.0.0.1"}


async def test_a_file_that_is_dropped_anywhere_is_played(visitor, tmp_path):
    path = write_wav(tmp_path / "digits.wav", recording(speech("digits-16k").samples.tobytes(), before=0.3))
    await visitor.page.evaluate(
        """(bytes) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([Uint8Array.from(bytes)], 'digits.wav'));
            document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        list(path.read_bytes()),
    )
    await expect(visitor.finals).to_have_text(["three one four one five nine"])
    await visitor.state("Not listening")


def wav(kind: int, bits: int, channels: int, data: bytes, rate: int = 22_050) -> list[int]:
    """A WAV file with an odd chunk before its data, as recorders write them."""
    stride = channels * bits // 8
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * stride, stride, bits)
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", fmt), (b"LIST", b"odd"), (b"data", data))
    )
    return list(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


TRUTH = [0, 100, -100, 32767, -32768, 12345]
FLOATS = np.array(TRUTH, np.float64) / 32768


@pytest.mark.parametrize(
    ("kind", "bits", "channels", "data"),
    [
        (1, 16, 1, np.array(TRUTH, "<i2").tobytes()),
        (1, 16, 2, np.repeat(np.array(TRUTH, "<i2"), 2).tobytes()),
        (1, 24, 1, b"".join((value << 8).to_bytes(3, "little", signed=True) for value in TRUTH)),
        (3, 32, 1, FLOATS.astype("<f4").tobytes()),
    ],
)
async def test_every_kind_of_wav_is_read_to_the_sample(workshop, kind, bits, channels, data):
    read = await workshop.evaluate(
        """async (bytes) => {
            const { readWav } = await import('/earshot/sound-file.js');
            const { samples, rate } = readWav(Uint8Array.from(bytes).buffer);
            return { samples: [...samples], rate };
        }""",
        wav(kind, bits, channels, data),
    )
    assert read == {"samples": TRUTH, "rate": 22_050}


async def test_a_device_beyond_48_khz_is_brought_down_without_a_seam(workshop):
    heard = await workshop.evaluate(
        """async () => {
          const render = async () => {
            const context = new OfflineAudioContext(1, 96000, 96000);
            await context.audioWorklet.addModule('/earshot/capture-worklet.js');
            const node = new AudioWorkletNode(context, 'earshot-capture', {numberOfOutputs: 1});
            const tone = new OscillatorNode(context, {frequency: 1000});
            const far = new OscillatorNode(context, {frequency: 30000});
            const { port1, port2 } = new MessageChannel();
            const samples = [];
            const over = new Promise((resolve) => {
                port2.onmessage = ({ data }) => data.end ? resolve() : samples.push(...data.pcm);
            });
            node.port.postMessage({ to: port1 }, [port1]);
            const half = new GainNode(context, {gain: 0.5});
            tone.connect(half); far.connect(half); half.connect(node);
            tone.start(); far.start();
            await context.startRendering();
            node.port.postMessage({ end: true });
            await over;
            return samples;
          };
          // An offline context doesn't wait: on a busy machine it may be done before the node learns of its port.
          let samples = [];
          for (let i = 0; i < 20 && samples.length <= 45_000; i++) samples = await render();
          return samples;
        }"""
    )
    samples = np.array(heard[480:], float)
    assert len(heard) > 45_000
    time = np.arange(len(samples)) / 48_000
    basis = np.stack([np.sin(2 * np.pi * 1000 * time), np.cos(2 * np.pi * 1000 * time)], axis=1)
    fit = basis @ np.linalg.lstsq(basis, samples, rcond=None)[0]
    assert np.abs(fit).max() == pytest.approx(16384, rel=0.01)
    assert np.std(samples - fit) < 20  # of 16384: 58 dB down, the tone of 30 kHz and any seam


async def test_audio_that_is_not_acknowledged_is_sent_again_and_the_oldest_given_up_at_the_limit(workshop):
    told = await workshop.evaluate(
        """async () => {
            const { Backlog } = await import('/earshot/backlog.js');
            const backlog = new Backlog(10);
            const frame = (value, length = 4) => new Int16Array(length).fill(value);
            const drain = () => { const all = []; for (let f; (f = backlog.next()); ) all.push(f[0]); return all; };
            backlog.push(frame(1)); backlog.push(frame(2));
            const first = drain();
            backlog.release(5);
            backlog.push(frame(3));
            const more = drain();
            backlog.rewind();
            const again = drain();
            backlog.rewind(6);
            const exact = [backlog.first, backlog.next().length];
            backlog.push(frame(4)); backlog.push(frame(5));
            return { first, more, again, exact, kept: backlog.length, lost: backlog.lost, from: backlog.first,
                sent: backlog.sent, rest: drain() };
        }"""
    )
    assert told == {
        "first": [1, 2],
        "more": [3],
        "again": [2, 3],
        "exact": [6, 2],
        "kept": 8,
        "lost": 6,
        "from": 12,
        "sent": 12,
        "rest": [4, 5],
    }
