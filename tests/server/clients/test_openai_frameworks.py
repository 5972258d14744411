"""Voice-agent frameworks that speak OpenAI Realtime, unmodified. They are heavy and not installed with the tests: pip
install pipecat-ai[openai] livekit-plugins-openai into the environment to run these."""

import asyncio

import pytest

from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import DEADLINE_S, running
from tests.server.clients.frameworks import THEIRS, installed, pieces

pytestmark = THEIRS


async def test_livekit_hears_speech_begin_interims_finals_and_its_end(tmp_path, vosk):
    openai = installed("livekit.plugins.openai", "livekit-plugins-openai")
    rtc, http = (
        installed("livekit.rtc", "livekit"),
        installed("livekit.agents.utils.http_context", "livekit-agents"),
    )
    clip = speech("two-utterances")
    async with running(tmp_path, vosk) as server, http.open():
        url = f"{server.voice.replace('ws://', 'http://')}/v1"
        hearing = openai.STT(
            api_key="any",
            base_url=url,
            use_realtime=True,
            model="gpt-4o-transcribe",
            turn_detection={"type": "server_vad", "silence_duration_ms": 600},
        )
        stream = hearing.stream()
        events = []

        async def listen():
            async for event in stream:
                events.append(event)
                finals = [e.type.name for e in events].count("FINAL_TRANSCRIPT")
                if finals == 2:
                    return
                if finals == 1:  # what it says while somebody is heard must not be an error
                    stream.update_options(language="de")
                    hearing.update_options(turn_detection={"type": "server_vad", "silence_duration_ms": 500})

        for piece in pieces(clip.samples.tobytes() + quiet(1)):
            stream.push_frame(rtc.AudioFrame(piece, 16000, 1, len(piece) // 2))
        async with asyncio.timeout(2 * DEADLINE_S):
            await listen()
        await stream.aclose()
        await hearing.aclose()
    kinds = [event.type.name for event in events if event.type.name != "RECOGNITION_USAGE"]
    assert kinds[0] == "START_OF_SPEECH"
    assert kinds.count("START_OF_SPEECH") == kinds.count("END_OF_SPEECH") == 2
    assert "INTERIM_TRANSCRIPT" in kinds
    finals = [event.alternatives[0].text for event in events if event.type.name == "FINAL_TRANSCRIPT"]
    assert finals == ["hello thank you", "goodbye"]


@pytest.mark.parametrize(
    "turns", [False, {"type": "server_vad"}], ids=["its own turns", "the server's turns"]
)
async def test_pipecat_gets_interims_and_the_transcript(tmp_path, vosk, turns):
    openai = installed("pipecat.services.openai.stt", "pipecat-ai[openai]")
    frames = installed("pipecat.frames.frames", "pipecat-ai")
    pipeline = installed("pipecat.pipeline.pipeline", "pipecat-ai")
    workers = installed("pipecat.pipeline.task", "pipecat-ai")
    runner = installed("pipecat.pipeline.runner", "pipecat-ai").PipelineRunner(handle_sigint=False)
    processors = installed("pipecat.processors.frame_processor", "pipecat-ai")
    clip = speech("digits-16k")
    seen, heard, ready = [], asyncio.Event(), asyncio.Event()

    class Hearing(openai.OpenAIRealtimeSTTService):
        async def _handle_session_updated(self, event):
            await super()._handle_session_updated(event)
            ready.set()

    class Listener(processors.FrameProcessor):
        async def process_frame(self, frame, direction):
            await super().process_frame(frame, direction)
            if isinstance(
                frame, frames.InterimTranscriptionFrame | frames.TranscriptionFrame | frames.ErrorFrame
            ):
                seen.append(frame)
            if isinstance(frame, frames.TranscriptionFrame):
                heard.set()
            await self.push_frame(frame, direction)

    async def talk(task):
        await ready.wait()
        for piece in pieces(clip.samples.tobytes() + quiet(1)):
            await task.queue_frame(frames.InputAudioRawFrame(audio=piece, sample_rate=16000, num_channels=1))
        if not turns:
            await task.queue_frame(frames.VADUserStoppedSpeakingFrame())
        await heard.wait()
        await task.queue_frame(frames.EndFrame())

    async with running(tmp_path, vosk) as server:
        hearing = Hearing(api_key="any", base_url=f"{server.voice}/v1/realtime", turn_detection=turns)
        task = workers.PipelineTask(
            pipeline.Pipeline([hearing, Listener()]),
            params=workers.PipelineParams(audio_in_sample_rate=16000),
            idle_timeout_secs=None,
        )
        async with asyncio.timeout(2 * DEADLINE_S):
            await asyncio.gather(runner.run(task), talk(task))
    assert not [frame for frame in seen if isinstance(frame, frames.ErrorFrame)]
    [final] = [frame for frame in seen if isinstance(frame, frames.TranscriptionFrame)]
    assert final.text == clip.text
    assert "".join(frame.text for frame in seen[:-1]) == clip.text
    assert final.result["earshot"]["message_id"]
