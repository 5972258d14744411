"""Hearing: sound in, speech events out. Blocking, deterministic, no asyncio; time is a sample count.

Read in this order: `values` (what travels), `decode`, `resample`, `framer` (bytes to 20 ms frames), `vad` and
`endpointer` (who speaks, and when an utterance begins and ends), `pitch`, `quality`, `emotion` (the voice
annotations), `recognizers` (speech to words), and `pipeline`, which puts them in a row.
"""
