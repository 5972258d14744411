"""Voice-agent frameworks that speak Deepgram, unmodified. They are heavy and not installed with the tests: pip install
pipecat-ai[deepgram] livekit-plugins-deepgram into the environment to run these."""

import asyncio

import pytest

from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import DEADLINE_S, running
from tests.server.clients.frameworks import THEIRS, installed, pieces

pytestmark = THEIRS


async def test_livekit_hears_speech_begin_interims_finals_and_its_end(tmp_path, vosk):
    deepgram = installed("livekit.plugins.deepgram", "livekit-plugins-deepgram")
    rtc, aiohttp = installed("livekit.rtc", "livekit"), installed("aiohttp", "livekit")
    clip = speech("two-utterances")
    async with running(tmp_path, vosk) as server, aiohttp.ClientSession() as session:
        hearing = deepgram.STT(
            api_key="any",
            base_url=f"{server.voice.replace('ws://', 'http://')}/v1/listen",
            sample_rate=16000,
            endpointing_ms=500,
            http_session=session,
        )
        stream = hearing.stream()
        for piece in pieces(clip.samples.tobytes() + quiet(1)):
            stream.push_frame(rtc.AudioFrame(piece, 16000, 1, len(piece) // 2))
        stream.end_input()
        async with asyncio.timeout(DEADLINE_S):
            events = [event async for event in stream]
        await hearing.aclose()
    kinds = [event.type.name for event in events if event.type.name != "RECOGNITION_USAGE"]
    assert kinds[0] == "START_OF_SPEECH"
    assert kinds.count("START_OF_SPEECH") == kinds.count("END_OF_SPEECH") == 2
    assert "INTERIM_TRANSCRIPT" in kinds
    finals = [event.alternatives[0] for event in events if event.type.name == "FINAL_TRANSCRIPT"]
    assert [final.text for final in finals] == ["hello thank you", "goodbye"]
    assert finals[1].start_time == pytest.approx(clip.words[-1].start, abs=0.2)


async def test_pipecats_final_is_finalized_when_its_vad_says_so(tmp_path, vosk):
    deepgram = installed("pipecat.services.deepgram.stt", "pipecat-ai[deepgram]")
    frames = installed("pipecat.frames.frames", "pipecat-ai")
    pipeline = installed("pipecat.pipeline.pipeline", "pipecat-ai")
    workers = installed("pipecat.pipeline.task", "pipecat-ai")
    runner = installed("pipecat.pipeline.runner", "pipecat-ai").PipelineRunner(handle_sigint=False)
    processors = installed("pipecat.processors.frame_processor", "pipecat-ai")
    clip = speech("digits-16k")
    said = clip.samples[: int(clip.end * clip.rate)].tobytes()
    seen, heard, began = [], asyncio.Event(), asyncio.Event()

    class Listener(processors.FrameProcessor):
        async def process_frame(self, frame, direction):
            await super().process_frame(frame, direction)
            if isinstance(frame, frames.InterimTranscriptionFrame | frames.TranscriptionFrame):
                seen.append(frame)
            if isinstance(frame, frames.TranscriptionFrame):
                heard.set()
            await self.push_frame(frame, direction)

    async def begin(task, frame):
        began.set()

    async def talk(task):
        await began.wait()
        for piece in pieces(said):
            await task.queue_frame(frames.InputAudioRawFrame(audio=piece, sample_rate=16000, num_channels=1))
        await task.queue_frame(frames.VADUserStoppedSpeakingFrame())
        await heard.wait()
        await task.queue_frame(frames.EndFrame())

    async with running(tmp_path, vosk) as server:
        hearing = deepgram.DeepgramSTTService(api_key="any", base_url=server.voice)
        task = workers.PipelineTask(
            pipeline.Pipeline([hearing, Listener()]),
            params=workers.PipelineParams(audio_in_sample_rate=16000),
            idle_timeout_secs=None,
        )
        task.add_event_handler("on_pipeline_started", begin)
        async with asyncio.timeout(2 * DEADLINE_S):
            await asyncio.gather(runner.run(task), talk(task))
    [final] = [frame for frame in seen if isinstance(frame, frames.TranscriptionFrame)]
    assert (final.text, final.finalized) == (clip.text, True)
    assert len(seen) > 1
    assert final.result.earshot["message_id"]
