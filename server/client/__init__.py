"""Earshot's client for a terminal: `python -m server.client FILE`, `--mic`, or `-` for raw PCM on standard input.

In reading order: `arguments` says what is wanted, `choose_source` opens what is heard, `line`, `opening` and
`client` speak the protocol, `unheard` and `backoff` bring a session over a lost line, `pacing` keeps time, `talking`
sends and listens at once, `display` and `subtitles` show what came back.
"""
