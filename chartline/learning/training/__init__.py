"""Trains projector and adapter of the conditioned LLM on generated examples."""
