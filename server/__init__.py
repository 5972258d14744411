"""The server: composes hearing (`audio`) and keeping (`storage`) behind sockets.

Read in this order: `events` (everything that can be said to and by a session), `session` (the pure machine that
decides), `wire` (one file per protocol), `connection` (does what a session decided), `app` (puts it together).
"""
