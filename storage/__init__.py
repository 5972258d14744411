"""Keeping: one SQLite file, one writer, exports to train on. Imports nothing of ours but `storage`.

Read in this order: `schema` (the tables) and `rows` (what goes in and comes out), `scoring` (what is worked out
from a message), `writer` (how it becomes durable), `store` (the verbs), then `conversations`, `messages`,
`memories`, `agent_logs` and `erasure` (the SQL of each verb), and `exports` (one file a format).
"""
