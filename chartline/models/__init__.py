"""Where torch lives: text encoder, projector, conditioned LLM, engine."""
