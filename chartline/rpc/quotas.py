"""How much one tenant may ask for: a token bucket each, so that one tenant's burst never starves the others."""

import time
from collections.abc import Callable

from chartline.errors import Exhausted


class Quotas:
    """`per_second` calls in the long run, `burst` at once after a pause; 0 per second is no quota.

    Buckets are kept per tenant of a verified token, so their number is that of the tenants.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, tenant: str) -> None:
        """Raises Exhausted, with the seconds until the next call is free, when the tenant is over its quota."""
        if not self._per_second:
            return
        now = self._clock()
        left, filled_at = self._buckets.get(tenant, (self._burst, now))
        left = min(self._burst, left + (now - filled_at) * self._per_second)
        if left < 1.0:
            self._buckets[tenant] = (left, now)
            raise Exhausted("over quota", retry_after=(1.0 - left) / self._per_second, reason="OVER_QUOTA")
        self._buckets[tenant] = (left - 1.0, now)
