"""What goes into the tables and what comes out of them; field names are column names.

`New…` values are what callers give; `door` checks them. JSON columns take JSON text, already encoded.
"""

from storage.rows.agent_logs import AgentLog, NewAgentLog
from storage.rows.conversations import Conversation, NewConversation
from storage.rows.erased import Erased
from storage.rows.memories import TIERS, Memory, NewMemory, SavedMemory
from storage.rows.messages import ROLES, Message, MessageChange, NewMessage, Recording, Saved

__all__ = [
    "ROLES",
    "TIERS",
    "AgentLog",
    "Conversation",
    "Erased",
    "Memory",
    "Message",
    "MessageChange",
    "NewAgentLog",
    "NewConversation",
    "NewMemory",
    "NewMessage",
    "Recording",
    "Saved",
    "SavedMemory",
]
