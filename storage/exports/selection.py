"""What an export is asked for: which conversations, which of their messages, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

from storage import door
from storage.rows import ROLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which conversations and messages; None asks for nothing in particular.

    Whatever is asked for, a conversation whose user said no and a message that is not flagged stay out.
    """

    conversation_id: int | None = None
    """One conversation, also while it is active; without it, those that have ended."""
    limit: int | None = None
    """Conversations at most, those without a fitting message not counted."""
    after_id: int = 0
    """Conversations after this id: where the last export with a `limit` stopped."""
    include_active: bool = False
    since: str | None = None
    """Conversations begun at this time or later, ISO 8601."""
    until: str | None = None
    """Conversations begun before this time."""
    user_id: str | None = None
    platform: str | None = None
    model_used: str | None = None
    exported: bool | None = None
    """Only those that are marked as exported, or only those that are not."""
    min_conversation_quality: float | None = None
    min_quality: float | None = None
    """Of a message."""
    emotion: str | None = None
    """Of a message, by its words or by its voice."""
    role: str | None = None
    has_voice: bool | None = None
    """Only messages with a detected pitch, or only those without."""
    verified: bool | None = None
    """Only memories that a person has checked, or only those that nobody has."""
    flagged: bool = False
    """Leaves out unflagged answers even where a format could carry them as context that isn't learnt."""

    def filters_messages(self) -> bool:
        """Tell whether anything but the flag keeps messages out."""
        asked = (self.min_quality, self.emotion, self.role, self.has_voice)
        return any(value is not None for value in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the conversations are written, where a format offers a choice."""

    single: bool = False
    """json: one object in place of an array."""
    embeddings: bool = False
    """json, jsonl: with `context_embedding`."""
    strings: bool = False
    """json, jsonl: JSON columns as text, for readers that want the same type in every row."""
    csv_safe: bool = False
    """csv: a ' before cells that a spreadsheet would run as a formula. It changes the data."""
    bom: bool = False
    """csv: a byte order mark, which Excel wants."""
    audio: bool = False
    """parquet: with the sound of each message."""


def checked(selection: Selection) -> Selection:
    """Return the selection if it can be answered. Raises: Invalid."""
    door.whole("conversation_id", selection.conversation_id)
    door.whole("limit", selection.limit, low=1)
    door.whole("after_id", selection.after_id)
    for field in ("user_id", "platform", "model_used", "emotion"):
        door.name(field, getattr(selection, field))
    for field in ("min_conversation_quality", "min_quality"):
        door.share(field, getattr(selection, field))
    for field in ("since", "until"):
        if getattr(selection, field) is not None:
            door.moment(field, getattr(selection, field))
    if selection.role is not None:
        door.choice("role", selection.role, ROLES)
    return selection


def conditions(selection: Selection, through_id: int) -> tuple[str, list[object]]:
    """Return the condition for rows of `conversations` and its parameters; ids end at `through_id`."""
    asked: list[tuple[str, object]] = [
        ("id > ?", selection.after_id),
        ("id <= ?", through_id),
        ("id = ?", selection.conversation_id),
        ("started_at >= ?", None if selection.since is None else door.moment("since", selection.since)),
        ("started_at < ?", None if selection.until is None else door.moment("until", selection.until)),
        ("user_id = ?", selection.user_id),
        ("platform = ?", selection.platform),
        ("model_used = ?", selection.model_used),
        ("training_data_exported = ?", selection.exported),
        ("conversation_quality >= ?", selection.min_conversation_quality),
    ]
    chosen = [(condition, value) for condition, value in asked if value is not None]
    fixed = ["coalesce(training_consent, 1) = 1"]
    if selection.conversation_id is None and not selection.include_active:
        fixed.append("is_active = 0")
    return " AND ".join([*fixed, *(condition for condition, _ in chosen)]), [value for _, value in chosen]
