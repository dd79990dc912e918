"""Serves the projector-conditioned LLM and the outcome heads on Triton."""
