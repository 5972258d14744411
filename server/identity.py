"""Who a session is, also to a server that was started anew: the owner of its token, and the ids of what it says."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

from storage.stamps import uuid7_of


@dataclass(frozen=True, slots=True)
class Identity:
    """One session."""

    session_id: str
    digest: str
    """SHA-256 of the resume token, hexadecimal: it tells the owner, and tells nobody the token."""
    began: str
    """When the conversation did, ISO 8601 in UTC."""

    @classmethod
    def of(cls, session_id: str, resume_token: str, began: str) -> Identity:
        """Make the identity of a session from what its client is told."""
        return cls(session_id, _digest(resume_token), began)

    def owned_by(self, token: str) -> bool:
        """Tell, in constant time, whether this is the session's token."""
        return hmac.compare_digest(self.digest, _digest(token))

    def uid(self, utterance: int, channel: int | None = None) -> str:
        """Return the public id of an utterance's message; `channel` where each is heard on its own.

        It is the same however often the utterance is heard, so that what is heard again after a crash isn't kept
        twice.
        """
        of = "" if channel is None else f" {channel}"
        return uuid7_of(self.began, f"{self.digest} {utterance}{of}", order=utterance)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
