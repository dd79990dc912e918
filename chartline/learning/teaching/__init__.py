"""A teacher, any causal LM, adds to generated data what rules can prove: other wordings and questions on notes."""
