"""What an operator sees and says: figures, logs, signals, new settings, health."""
