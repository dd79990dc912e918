"""The times that a question about a chart may mean: those of its events, and now and then one at which nothing was."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Share of times at which nothing need have happened.
_ANY_SHARE = 0.12
_FURTHEST_MINUTES = 525_000


@dataclass(frozen=True, slots=True)
class Moments:
    """`times` are the events' on their local clock, `hours` how long into a hospital stay each of those in one is."""

    now: datetime
    times: tuple[datetime, ...]
    hours: tuple[float, ...]

    def moment(self, rng: random.Random) -> datetime:
        if not self.times or rng.random() < _ANY_SHARE:
            return self.now - timedelta(minutes=rng.randrange(_FURTHEST_MINUTES))
        return rng.choice(self.times)

    def pair(self, rng: random.Random) -> tuple[datetime, datetime]:
        """Two moments, the earlier first, different ones if there are several."""
        several = sorted(set(self.times))
        if len(several) > 1 and rng.random() > _ANY_SHARE:
            one, other = rng.sample(several, 2)
        else:
            one, other = self.moment(rng), self.moment(rng)
        return min(one, other), max(one, other)

    def hour(self, rng: random.Random) -> float:
        """Hours after the beginning of a stay."""
        if not self.hours or rng.random() < _ANY_SHARE:
            return rng.uniform(0, rng.choice((9, 99, 300)))
        return rng.choice(self.hours)
