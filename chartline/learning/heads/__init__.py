"""Trains the calibrated heads that PredictOutcomes serves."""
