"""Speech to words. `base` is the port; every other file but `choose` is one recognizer behind it."""
