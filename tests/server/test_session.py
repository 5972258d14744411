from dataclasses import replace

import pytest

from audio.recognizers.base import RecognizerInfo
from audio.values import (
    AudioChunk,
    AudioFormat,
    Encoding,
    Final,
    Partial,
    Reason,
    SpeechStarted,
    VoiceWarning,
    Word,
)
from server.bodies import Feedback, Message
from server.commands import Align, Close, End, Feed, Flush, HandOver, Open, Rate, Reply, Save, Secure
from server.events import (
    Abandoned,
    Answer,
    Audio,
    Dismissed,
    Finalize,
    Gone,
    Mistake,
    Opened,
    Ping,
    Receipt,
    Resume,
    Returned,
    Stalled,
    Start,
    Stop,
    Tune,
)
from server.replies import (
    Ack,
    Answered,
    FeedbackSaved,
    MessageSaved,
    Pong,
    Ready,
    Stopped,
    Transcript,
    Trouble,
)
from server.session import Session
from server.state import Restored, State

OPENED = Opened(
    session_id="s",
    conversation_id=7,
    resume_token="t",
    sample_rate=16000,
    silence_ms=1000,
    recognizer=RecognizerInfo("scripted", "m", "en-us"),
)
FINAL = Final(
    utterance=1, text="yes", start=0, end=9, reason=Reason.SILENCE, words=(Word("yes", 0, 9),), audio=b"x"
)
RECEIPT = Receipt(3, "u")
RESUME = Resume("s", "t")


def live(*, resumable=False, **wishes):
    session = Session(resumable=resumable)
    start = Start(platform="test", **wishes)
    assert session.client(start) == [Open(start)]
    assert session.opened(OPENED) == [Reply(Ready(OPENED))]
    return session


def test_audio_is_fed_and_acknowledged_twice_a_second():
    session = live()
    chunk = AudioChunk(bytes(2 * 4000))
    assert session.client(Audio(chunk)) == [Feed(chunk)]
    assert session.client(Audio(chunk)) == [Feed(chunk), Secure(), Reply(Ack(8000))]
    assert session.client(Audio(chunk)) == [Feed(chunk)]


def test_samples_are_counted_at_the_clients_own_rate_and_width():
    session = live(format=AudioFormat(48000, Encoding.PCM_F32LE, 2))
    session.client(Audio(AudioChunk(bytes(8 * 100 + 7))))
    assert session.received == 100


def test_a_final_with_words_is_saved_before_it_is_told():
    session = live()
    assert session.speech(FINAL) == [Save(FINAL)]
    told = Transcript(Final(1, "yes", 0, 9, Reason.SILENCE), RECEIPT, 12)
    assert session.saved(FINAL, RECEIPT, latency_ms=12) == [Reply(told)]


def test_words_are_told_to_who_asked_for_them():
    [reply] = live(words=True).saved(FINAL, RECEIPT)
    assert reply.event.final.words == FINAL.words


def test_a_final_without_words_is_kept_from_everybody():
    assert live().speech(Final(1, "", 0, 9, Reason.SILENCE)) == []


def test_a_partial_that_went_out_gets_its_final_even_without_words():
    session = live()
    partial = Partial(1, "ye", 0)
    empty = Final(1, "", 0, 9, Reason.SILENCE)
    assert session.speech(partial) == [Reply(partial)]
    assert session.speech(empty) == [Reply(Transcript(empty, None, 0))]
    assert session.speech(Final(2, "", 0, 9, Reason.SILENCE)) == []


def test_a_wire_may_ask_to_be_told_of_every_end():
    session = live(empty_finals=True)
    final = replace(FINAL, text="")
    assert session.speech(final) == [Reply(Transcript(replace(final, audio=None, words=()), None, 0))]


def test_partials_can_be_declined():
    assert live(partials=False).speech(Partial(1, "ye", 0)) == []


def test_what_was_heard_besides_words_is_told():
    session = live()
    for event in (SpeechStarted(5), VoiceWarning("clipping", "too loud")):
        assert session.speech(event) == [Reply(event)]


def test_a_message_is_saved_then_confirmed():
    session, message = live(), Message(role="assistant", content="hello")
    assert session.client(message) == [Save(message)]
    assert session.saved(message, RECEIPT) == [Reply(MessageSaved(RECEIPT))]


def test_feedback_is_saved_then_confirmed():
    session, feedback = live(), Feedback(message_id=3, rating=5)
    assert session.client(feedback) == [Rate(feedback)]
    assert session.rated(feedback) == [Reply(FeedbackSaved(feedback))]


def test_what_could_not_be_kept_is_an_error_and_the_session_goes_on():
    session = live()
    assert session.failed("not_saved", "full") == [Reply(Trouble("not_saved", "full"))]
    assert session.state is State.LIVE


def test_stop_hears_everything_keeps_it_and_says_goodbye():
    session = live()
    session.client(Audio(AudioChunk(bytes(32))))
    assert session.client(Stop()) == [Flush(Reason.STOP, last=True), End(), Close(1000, "stopped")]
    session.speech(FINAL)
    assert session.ended(160) == [Reply(Ack(16)), Reply(Stopped(16, 1, 160))]
    assert session.client(Audio(AudioChunk(b"xx"))) == []


@pytest.mark.parametrize(("event", "reason"), [(Finalize(), Reason.FINALIZE), (Stalled(), Reason.STALLED)])
def test_an_utterance_can_be_ended_and_the_session_go_on(event, reason):
    session = live()
    decide = session.client if isinstance(event, Finalize) else session.circumstance
    assert decide(event) == [Flush(reason)]
    assert session.state is State.LIVE


def test_an_open_session_can_be_tuned():
    assert live().client(Tune(300, 100)) == [Tune(300, 100)]


def test_a_lost_line_keeps_the_open_utterance():
    session = live()
    assert session.circumstance(Gone()) == [Flush(Reason.DISCONNECT, last=True), End()]
    assert session.state is State.OVER


def test_a_lost_line_before_the_start_leaves_nothing_to_do():
    assert Session().circumstance(Gone()) == []


def test_a_dismissed_session_is_told_why_and_keeps_what_it_heard():
    session = live()
    assert session.circumstance(Dismissed("idle", "nothing came", 1000)) == [
        Reply(Trouble("idle", "nothing came", fatal=True)),
        Flush(Reason.STOP, last=True),
        End(),
        Close(1000, "nothing came"),
    ]


def test_a_mistake_is_answered_and_the_session_goes_on():
    session = live()
    assert session.client(Mistake("invalid", "no")) == [Reply(Trouble("invalid", "no"))]
    assert session.state is State.LIVE


def test_a_fatal_mistake_keeps_what_was_heard():
    commands = live().client(Mistake("too_large", "no", 1009))
    assert commands[0] == Reply(Trouble("too_large", "no", fatal=True))
    assert commands[1:] == [Flush(Reason.STOP, last=True), End(), Close(1009, "no")]


@pytest.mark.parametrize(
    "early", [Audio(AudioChunk(b"xx")), Finalize(), Stop(), Message(role="user", content="x")]
)
def test_nothing_but_a_ping_comes_before_the_start(early):
    session = Session()
    assert session.client(Ping()) == [Reply(Pong())]
    assert session.client(early)[-1] == Close(1002, "send a start message first")
    assert session.state is State.OVER


def test_a_second_start_is_refused():
    session = live()
    [reply] = session.client(Start(platform="again"))
    assert reply.event.code == "already_started"


def test_a_session_that_could_not_open_is_over():
    session = Session()
    session.client(Start(platform="test"))
    assert session.refused("unavailable", "no model")[-1] == Close(1002, "no model")


def test_a_lock_step_client_is_answered_in_its_place():
    assert live().client(Answer(final=True)) == [Reply(Answered(final=True))]


def test_a_resumable_session_outlives_its_line():
    session = live(resumable=True)
    session.client(Audio(AudioChunk(bytes(33))))
    assert session.circumstance(Gone()) == []
    assert session.state is State.ADRIFT
    assert session.circumstance(Returned(RESUME)) == [Align(), Reply(Ready(OPENED, 16))]
    assert session.received == 16
    assert session.state is State.LIVE


def test_a_client_that_stays_away_ends_its_session():
    session = live(resumable=True)
    session.circumstance(Gone())
    assert session.circumstance(Abandoned()) == [Flush(Reason.DISCONNECT, last=True), End()]


def test_a_client_whose_line_breaks_before_the_goodbye_may_come_back_for_it():
    session = live(resumable=True)
    session.client(Stop())
    [*_, stopped] = session.ended(160)
    session.unparted()
    assert session.state is State.ADRIFT
    assert session.circumstance(Gone()) == []
    assert session.circumstance(Returned(RESUME))[1:] == [
        Reply(Ready(OPENED, 0)),
        stopped,
        Close(1000, "stopped"),
    ]
    assert session.state is State.OVER


@pytest.mark.parametrize("event", [Abandoned(), Dismissed("going_away", "bye", 1001)])
def test_a_client_that_does_not_come_for_its_goodbye_is_not_waited_for(event):
    session = live(resumable=True)
    session.client(Stop())
    session.ended(160)
    session.unparted()
    assert session.circumstance(event) == []
    assert session.state is State.OVER


def test_a_session_that_the_server_ended_waits_for_nobody():
    session = live(resumable=True)
    session.circumstance(Dismissed("going_away", "bye", 1001))
    session.ended(160)
    session.unparted()
    assert session.state is State.OVER


def test_a_session_goes_on_where_another_server_left_it():
    session = Session(resumable=True)
    told = Transcript(FINAL, RECEIPT, 0)
    session.restored(Restored(Start(platform="test"), OPENED, received=33, told=[told]))
    session.circumstance(Gone())
    back = session.circumstance(Returned(Resume("s", "token", after_utterance=0)))
    assert back[1] == Reply(Ready(replace(OPENED, resume_token="token"), 16))
    assert [command.event.final.utterance for command in back[2:]] == [1]


def test_finals_are_told_again_from_where_the_client_says():
    session = live(resumable=True)
    [first] = session.saved(FINAL, RECEIPT)
    [second] = session.saved(replace(FINAL, utterance=2), RECEIPT)
    session.circumstance(Gone())
    assert session.circumstance(Returned(replace(RESUME, after_utterance=1)))[2:] == [second]
    session.circumstance(Gone())
    assert session.circumstance(Returned(replace(RESUME, after_utterance=0)))[2:] == [first, second]


def test_without_a_word_only_undelivered_finals_are_told_again_and_once():
    session = live(resumable=True)
    session.saved(FINAL, RECEIPT)
    [lost] = session.saved(replace(FINAL, utterance=2), RECEIPT)
    session.undelivered(lost.event)
    session.circumstance(Gone())
    assert session.circumstance(Returned(RESUME))[2:] == [lost]
    session.circumstance(Gone())
    assert session.circumstance(Returned(RESUME))[2:] == []


def test_a_line_is_handed_to_the_session_that_the_client_comes_back_to():
    session, resume = Session(), Resume("s", "t")
    assert session.client(resume) == [HandOver(resume)]
    [reply] = session.unknown()
    assert (reply.event.code, reply.event.fatal) == ("not_resumable", False)
    session.handed_over()
    assert session.state is State.OVER


def test_a_session_that_started_cannot_become_another():
    [reply] = live().client(Resume("s", "t"))
    assert reply.event.code == "already_started"
