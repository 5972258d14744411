"""How audio/emotion_weights.json came to be. Not used by the running server.

Reading order: corpus (EmoDB's clips), channels (what microphones and lines do to them), unheard (damage that only
tests know), listening (clips to features), histories (what a session has heard before), fitting (the network),
validation (on speakers it never heard), calibration (how sure it may be), scores, transfer and tables (the figures
of the model card), __main__.
"""
