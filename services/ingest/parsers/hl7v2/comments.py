"""NTE: what is remarked on the segment before it."""

from services.ingest.parsers.hl7v2.splitting import Segment


def comment(segment: Segment) -> str:
    """The lines of all comments, as they were written."""
    return "\n".join(line for note in segment.notes for line in note.texts(3) if line)
