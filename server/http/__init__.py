"""The HTTP side-port: the page, exports, conversations, health. Routes by topic, one file each."""
