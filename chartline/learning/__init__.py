"""Training data, training and evaluation; no service imports it."""
