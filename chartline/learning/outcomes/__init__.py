"""Outcomes of hospital stays: labels from declared tasks, models that predict them, one harness that compares them."""
