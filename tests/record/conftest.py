"""Properties of the record: no deadline, for a test never asserts how fast it was."""

from hypothesis import HealthCheck, settings

settings.register_profile("record", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("record")
