"""Whatever happens to lines and sessions, the server gets every sample, once a session, in order."""

from hypothesis import given
from hypothesis import strategies as st

from audio.values import AudioFormat
from server.client.unheard import WINDOW_S, Unheard

MONO, STEREO = AudioFormat(8000), AudioFormat(8000, channels=2)
DATA = bytes(range(251)) * 40

event = st.one_of(
    st.tuples(st.just("push"), st.integers(0, 999)),
    st.tuples(st.just("send"), st.integers(1, 999)),
    st.tuples(st.just("ack"), st.integers(0, 300)),
    st.tuples(st.just("resume"), st.integers(0, 999)),
    st.tuples(st.just("anew"), st.just(0)),
)


@given(events=st.lists(event, max_size=40), audio_format=st.sampled_from([MONO, STEREO]))
def test_every_sample_arrives_once_and_in_order(events, audio_format):
    """A server that has `has` bytes of the session, of which the last message may be lost on its way."""
    stride, unheard = audio_format.stride, Unheard(audio_format)
    pushed = began = 0
    has = bytearray()
    for what, size in events:
        match what:
            case "push":
                unheard.push(DATA[pushed : pushed + size])
                pushed = min(pushed + size, len(DATA))
            case "send":
                has += unheard.take(size)
            case "ack":
                unheard.acknowledge(max(0, len(has) // stride - size))
            case "resume":
                safe = unheard.acknowledged * stride - began
                received = max(safe, len(has) - size) // stride
                del has[received * stride :]
                unheard.resume(received)
            case "anew":
                unheard.begin_anew()
                began = unheard.acknowledged * stride
                has = bytearray()
        assert has == DATA[began : began + len(has)]
        assert began + len(has) >= unheard.acknowledged * stride
    while message := unheard.take(500):
        has += message
    assert has == DATA[began:pushed]


def test_samples_are_counted_whole():
    unheard = Unheard(STEREO)
    unheard.push(bytes(7))
    assert (unheard.pushed, unheard.acknowledged) == (1, 0)


def test_more_than_a_window_is_full():
    unheard = Unheard(MONO)
    window = int(WINDOW_S * 8000)
    unheard.push(bytes(2 * window))
    assert not unheard.full
    unheard.push(bytes(2))
    assert unheard.full
    unheard.acknowledge(1)
    assert not unheard.full


def test_a_pong_acknowledges_what_was_pushed_before_its_ping():
    unheard = Unheard(MONO)
    assert not unheard.ask()  # nothing to ask about
    unheard.push(bytes(20))
    assert unheard.ask()
    assert not unheard.ask()  # once is enough
    unheard.push(bytes(20))
    assert unheard.ask()
    unheard.answered()
    assert unheard.acknowledged == 10
    unheard.answered()
    unheard.answered()  # to a ping that was somebody else's
    assert unheard.acknowledged == 20


def test_pings_are_lost_with_their_line():
    unheard = Unheard(MONO)
    unheard.push(bytes(20))
    assert unheard.ask()
    unheard.resume(0)
    unheard.answered()
    assert unheard.acknowledged == 0
    assert unheard.ask()


def test_acknowledgements_never_go_back_nor_beyond_what_there_is():
    unheard = Unheard(MONO)
    unheard.push(bytes(20))
    unheard.acknowledge(8)
    unheard.acknowledge(3)
    assert unheard.acknowledged == 8
    unheard.acknowledge(99)
    assert unheard.acknowledged == 10


def test_a_new_session_has_a_clock_of_its_own():
    unheard = Unheard(MONO)
    unheard.push(bytes(16_000))
    unheard.acknowledge(4000)
    unheard.begin_anew()
    assert unheard.began_ms == 500
    unheard.acknowledge(1000)
    assert unheard.acknowledged == 5000
