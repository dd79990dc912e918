"""Days in everyday words, each beside the window of plan text that it means, for `windows`."""

import random

from chartline.learning.generation.dates import day_words
from chartline.learning.generation.moments import Moments

#: Share of days that are called the last.
_LAST_SHARE = 0.15


def spoken_day(rng: random.Random, moments: Moments) -> tuple[str, str]:
    """Such as "on the 3rd of March"; the last day of which anything is known goes by both its names."""
    last = rng.random() < _LAST_SHARE
    at = max(moments.times, default=moments.now) if last else moments.moment(rng)
    day = day_words(at, moments.now, rng)
    said = f"the {day}" if " of " in day else day
    if last:
        return f" on the last day, {said}", f' in "{day}"'
    word, relation = rng.choice((("on", "in"), ("on", "in"), ("on", "in"), ("since", "since"), ("before", "before")))
    return f" {word} {said}", f' {relation} "{day}"'
