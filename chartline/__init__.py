"""Chartline keeps every patient's chart live and lets software ask it."""

__version__ = "0.1.0"
