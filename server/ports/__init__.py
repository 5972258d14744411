"""Where clients come in: sockets, handshakes, limits. The first hop of a frame and its first refusals."""
