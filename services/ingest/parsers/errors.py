"""What parsers raise: a record that cannot be understood, or that carries no event."""


class UnreadableRecord(ValueError):
    """`str` says what is wrong, in words fit for logs and metrics: no content of the record."""


class RecordWithoutEvents(ValueError):
    """The record was understood; `str` says why no event comes of it."""
