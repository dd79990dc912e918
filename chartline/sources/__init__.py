"""Files on disk become messages for Kafka."""
