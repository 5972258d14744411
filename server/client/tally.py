"""Counts what came of a session, for its last line."""

from __future__ import annotations

import statistics

from server.client.messages import Final, Heard
from server.client.talking import Talk


class Tally:
    """Listens along."""

    def __init__(self) -> None:
        self._latencies_ms: list[int] = []
        self._utterances = 0

    def hear(self, heard: Heard) -> None:
        """Count one message."""
        match heard.message:
            case Final(text=text, latency_ms=latency_ms) if text:
                self._utterances += 1
                if latency_ms is not None:
                    self._latencies_ms.append(latency_ms)

    def summary(self, talk: Talk, now: float) -> str:
        """Write what was sent, what came of it, and how late."""
        parts = [
            f"{talk.sent_s:.2f} s of sound in {now - talk.began:.2f} s",
            "1 utterance" if self._utterances == 1 else f"{self._utterances} utterances",
        ]
        if self._latencies_ms:
            middle, most = statistics.median(self._latencies_ms), max(self._latencies_ms)
            parts.append(f"latency {middle:.0f} ms, at most {most} ms")
        if talk.losses:
            parts.append("the line was lost " + ("once" if talk.losses == 1 else f"{talk.losses} times"))
        if talk.acknowledged_s < talk.sent_s:
            parts.append(f"only {talk.acknowledged_s:.2f} s acknowledged")
        elif talk.hushed is not None:
            parts.append(f"done {now - talk.hushed:.2f} s after the last sound")
        return "; ".join(parts)
