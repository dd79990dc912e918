"""How long a call to another part may take: what the caller's time leaves, less what the answer itself needs."""

from chartline.errors import DeadlineExceeded
from chartline.rpc.context import remaining_seconds

#: Kept back of the caller's time, so that a final message still arrives when a part takes all of its own.
MARGIN_SECONDS = 0.1


def time_left(limit: float) -> float:
    """Seconds, at most `limit`. Raises DeadlineExceeded when nothing is left."""
    left = min(limit, remaining_seconds() - MARGIN_SECONDS)
    if left <= 0:
        raise DeadlineExceeded("The time of the call is up; ask again with a longer deadline")
    return left
