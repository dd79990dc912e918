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

# --- encoder ---------------------------------------------------------------------------------------------------------

# --- gateway ---------------------------------------------------------------------------------------------------------

# --- llm on Triton ---------------------------------------------------------------------------------------------------
