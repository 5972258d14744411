"""PocketSphinx in processes of its own. `audio.recognizers.pocketsphinx` is the front; only `decoders` imports it."""
