"""The root of what can go wrong in hearing."""


class AudioError(Exception):
    """Base of all errors that are raised here."""
