"""Consumes Kafka, parses records, delivers canonical events to the encoder."""
