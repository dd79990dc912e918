"""Every metric of every service, declared once; dashboards and alerts are tested against this page.

Labels are bounded (service, method, code, tenant, format, reason, stage, model); a patient, an identifier or words of
a record never become one. Each service's author extends the block of that service.
"""

from prometheus_client import Counter, Gauge, Histogram

from chartline.logs import Log, configure_logging, get_logger

__all__ = ["Log", "configure_logging", "get_logger"]

_RPC_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

# --- gRPC: the standard names, so that public dashboards work --------------------------------------------------------

_RPC = ("grpc_type", "grpc_service", "grpc_method")
grpc_server_started = Counter("grpc_server_started_total", "Calls that arrived.", _RPC)
grpc_server_handled = Counter("grpc_server_handled_total", "Calls that ended, by status.", (*_RPC, "grpc_code"))
grpc_server_handling_seconds = Histogram(
    "grpc_server_handling_seconds", "From a call's arrival to its end.", _RPC, buckets=_RPC_SECONDS
)
grpc_server_msg_sent = Counter("grpc_server_msg_sent_total", "Messages sent to callers.", _RPC)

# --- chassis ---------------------------------------------------------------------------------------------------------

chartline_rpc_in_flight = Gauge("chartline_rpc_in_flight", "Calls in progress.")
chartline_rpc_refused = Counter(
    "chartline_rpc_refused_total", "Calls refused at the boundary before any work.", ("reason",)
)
chartline_serving = Gauge("chartline_serving", "1 while the service is ready, else 0.")
chartline_event_loop_lag_seconds = Gauge(
    "chartline_event_loop_lag_seconds", "How late the event loop woke from its last one-second sleep."
)
chartline_audit_records = Counter(
    "chartline_audit_records_total", "Audit records, by outcome of the write.", ("result",)
)

# --- ingest ----------------------------------------------------------------------------------------------------------

chartline_ingest_events = Counter(
    "chartline_ingest_events_total", "Records that are done, by format and outcome.", ("format", "result")
)
chartline_ingest_dead_letters = Counter(
    "chartline_ingest_dead_letters_total", "Records refused for ever, by who refused them.", ("reason",)
)
chartline_ingest_claims = Counter(
    "chartline_ingest_claims_total", "Payloads fetched from where messages name them, or why not.", ("result",)
)
chartline_ingest_replayed = Counter(
    "chartline_ingest_replayed_total", "Records read once more by replays, by outcome.", ("result",)
)
chartline_ingest_retries = Counter(
    "chartline_ingest_retries_total", "Appends that failed and were sent again.", ("reason",)
)
chartline_ingest_batches = Gauge("chartline_ingest_batches", "Batches on their way to the encoder.", ("lane",))
chartline_ingest_backfill_waits = Counter(
    "chartline_ingest_backfill_waits_total", "Times a backfill waited for live records or a full encoder."
)
chartline_ingest_unknown_units = Counter(
    "chartline_ingest_unknown_units_total",
    "Values kept in a unit that is not understood, so never converted.",
    ("kind",),
)
chartline_ingest_event_age_seconds = Histogram(
    "chartline_ingest_event_age_seconds",
    "From a record's arrival in Kafka to its commit.",
    ("lane",),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
chartline_ingest_oldest_unprocessed_seconds = Gauge(
    "chartline_ingest_oldest_unprocessed_seconds",
    "Age of the oldest record taken from Kafka and not yet committed.",
    ("lane",),
)
chartline_ingest_oldest_batch_seconds = Gauge(
    "chartline_ingest_oldest_batch_seconds",
    "How long the oldest batch that is not yet durable has been on its way to the encoder.",
    ("lane",),
)
chartline_ingest_consumer_lag = Gauge(
    "chartline_ingest_consumer_lag", "Messages in the partition that are not committed.", ("topic", "partition")
)
chartline_ingest_assigned_partitions = Gauge(
    "chartline_ingest_assigned_partitions",
    "Partitions this process reads; 0 while Kafka is away or takes no commit.",
    ("lane",),
)
chartline_ingest_rebalances = Counter("chartline_ingest_rebalances_total", "Times partitions were taken or given.")
chartline_ingest_commit_failures = Counter("chartline_ingest_commit_failures_total", "Offset commits that failed.")
chartline_ingest_kafka_errors = Counter("chartline_ingest_kafka_errors_total", "Polls and commits that Kafka failed.")
chartline_ingest_skipped_messages = Counter(
    "chartline_ingest_skipped_messages_total", "Messages left in topics whose name holds no tenant."
)

chartline_ingest_acknowledgements = Counter(
    "chartline_ingest_acknowledgements_total", "Answers to HL7 v2 messages from Kafka, by MSA-1.", ("status",)
)
chartline_ingest_mllp_connections = Gauge("chartline_ingest_mllp_connections", "Senders connected over MLLP.")
chartline_ingest_mllp_messages = Counter("chartline_ingest_mllp_messages_total", "Messages that came over MLLP.")
chartline_ingest_mllp_answers = Counter(
    "chartline_ingest_mllp_answers_total", "Answers sent over MLLP, by MSA-1.", ("status",)
)

# --- encoder ---------------------------------------------------------------------------------------------------------

chartline_encoder_records = Counter("chartline_encoder_records_total", "Records appended, by outcome.", ("outcome",))
chartline_encoder_new_events = Counter("chartline_encoder_new_events_total", "Event versions that were new.")
chartline_encoder_append_seconds = Histogram(
    "chartline_encoder_append_seconds", "One request's transaction, until it is durable.", buckets=_RPC_SECONDS
)
chartline_encoder_pending_events = Gauge(
    "chartline_encoder_pending_events", "Events stored whose sentences await their vectors."
)
chartline_encoder_embedding_lag_seconds = Histogram(
    "chartline_encoder_embedding_lag_seconds",
    "From the moment an event was durable to the moment its sentence had its vector.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
chartline_encoder_embedded_texts = Counter(
    "chartline_encoder_embedded_texts_total", "Sentences, passages and queries the model encoded."
)
chartline_encoder_waiting_texts = Gauge("chartline_encoder_waiting_texts", "Texts in the model's queue.")
chartline_encoder_vector_lookups = Counter(
    "chartline_encoder_vector_lookups_total",
    "Vectors asked for: a hit was known already.",
    ("result",),
)
chartline_encoder_cached_vectors = Gauge("chartline_encoder_cached_vectors", "Vectors in memory.")
chartline_encoder_chart_lookups = Counter(
    "chartline_encoder_chart_lookups_total", "Charts asked for: a hit was in memory, a miss was read.", ("result",)
)
chartline_encoder_cached_chart_events = Gauge("chartline_encoder_cached_chart_events", "Event versions in memory.")
chartline_encoder_stale_patients = Gauge(
    "chartline_encoder_stale_patients", "Patients whose vector is older than their record."
)
chartline_encoder_foreign_hits = Counter(
    "chartline_encoder_foreign_hits_total", "Events withheld because the second guard found another owner; always 0."
)

# --- gateway ---------------------------------------------------------------------------------------------------------

chartline_gateway_answers = Counter("chartline_gateway_answers_total", "Answers that ended, by status.", ("status",))
chartline_gateway_first_message_seconds = Histogram(
    "chartline_gateway_first_message_seconds",
    "From a question's arrival to its first message, plan and execution included.",
    buckets=_RPC_SECONDS,
)
chartline_gateway_step_seconds = Histogram(
    "chartline_gateway_step_seconds",
    "What each step of an answer took: prefix, plan (a second try included), execute, say.",
    ("step",),
    buckets=_RPC_SECONDS,
)
chartline_gateway_refused_plans = Counter(
    "chartline_gateway_refused_plans_total", "Plans of the model that may not be executed."
)
chartline_gateway_replaced_sentences = Counter(
    "chartline_gateway_replaced_sentences_total", "Sentences of the model that the record did not support."
)
chartline_gateway_tokens = Counter(
    "chartline_gateway_tokens_total",
    "Tokens of answers, by stage: prefix, reused (of the prefix), prompt, completion.",
    ("stage",),
)
chartline_gateway_abstentions = Counter(
    "chartline_gateway_abstentions_total", "Predictions withheld because too little was known."
)

# --- llm on Triton ---------------------------------------------------------------------------------------------------
