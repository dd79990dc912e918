"""Measures answers: what is right, and what each part of the model adds; no service imports it."""
