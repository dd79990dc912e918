"""Outcome tasks as data: when a patient is predicted on, what is asked, and labels made from canonical events."""
