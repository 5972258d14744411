"""earshot.js in a page of somebody's own."""

import json

from tests.browser import kept


async def test_a_stream_of_their_own_is_heard_and_another_speaker_joins_in(visitor, server):
    await visitor.page.get_by_role(
        "heading", name="Earshot"
    ).click()  # browsers want a gesture before there is sound
    told = await visitor.page.evaluate(
        """async () => {
            const { Earshot } = await import('/earshot/earshot.js');
            const { voice_port } = await (await fetch('/api/server')).json();
            const earshot = new Earshot({ url: `ws://127.0.0.1:${voice_port}/v1/stream` });
            const states = [];
            const event = (type) => new Promise((resolve) =>
                earshot.addEventListener(type, ({ detail }) => resolve(detail), { once: true }));
            earshot.addEventListener('state', ({ detail }) => states.push(detail.state));
            const { stream } = new AudioContext().createMediaStreamDestination();
            const [ready, frame] = await Promise.all([earshot.start(stream, { user_id: 'ann' }), event('frame')]);
            const saved = event('message_saved');
            earshot.sendMessage({ role: 'assistant', content: 'Good morning.' });
            const { message_id } = await saved;
            const rated = event('feedback_saved');
            earshot.feedback(message_id, 5);
            const { rating } = await rated;
            await earshot.stop();
            return { states, rating, rate: ready.sample_rate, frame: frame.length_ms };
        }"""
    )
    assert told["states"] == ["connecting", "listening", "stopping", "idle"]
    assert told["rating"] == 5
    assert told["rate"] in (44_100, 48_000)
    assert told["frame"] == 20
    [row] = kept.messages(server)
    assert (row["role"], row["content"], row["user_feedback"]) == ("assistant", "Good morning.", 5)
    [conversation] = kept.conversations(server)
    assert conversation["user_id"] == "ann"
    assert "microphone" in json.loads(conversation["metadata"])


async def test_starting_can_be_given_up_while_the_browser_asks(visitor, server):
    error = await visitor.page.evaluate(
        """async () => {
            const { Earshot } = await import('/earshot/earshot.js');
            const { voice_port } = await (await fetch('/api/server')).json();
            let answer;
            navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => (answer = resolve));
            const earshot = new Earshot({ url: `ws://127.0.0.1:${voice_port}/v1/stream` });
            const failing = earshot.start('microphone').catch((error) => error.code);
            await earshot.stop();
            return [await failing, earshot.state];
        }"""
    )
    assert error == ["cancelled", "idle"]
    assert kept.conversations(server) == []
