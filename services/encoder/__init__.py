"""Keeps the record, embeds it, searches it, makes the blocks of the patient prefix."""
