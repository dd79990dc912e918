"""The one error tree of Chartline; `rpc.interceptors` maps it to gRPC statuses, nothing here knows gRPC.

    ChartlineError
    ├── InvalidRequest          the caller's message is wrong           INVALID_ARGUMENT
    │   └── RequestIdReused     same request_id, different body         INVALID_ARGUMENT
    ├── Unauthenticated         no valid token                          UNAUTHENTICATED
    ├── Forbidden               valid caller, not allowed               PERMISSION_DENIED
    ├── NotFound                no such patient in this tenant          NOT_FOUND
    │   └── NotUnique           several patients have this number       NOT_FOUND
    ├── Unfit                   the state of the record forbids it      FAILED_PRECONDITION
    ├── Exhausted               full, or over quota; try later          RESOURCE_EXHAUSTED
    ├── Unavailable             a part is away; try later               UNAVAILABLE
    └── DeadlineExceeded        time is up                              DEADLINE_EXCEEDED

A message says what is wrong and what to do, and never holds patient data.
"""

from typing import ClassVar


class ChartlineError(Exception):
    """Base of every error that Chartline raises on purpose.

    `reason` is the UPPER_SNAKE reason of google.rpc.ErrorInfo; `metadata` holds what changes from case to case.
    """

    default_reason: ClassVar[str] = "UNKNOWN_FAILURE"

    def __init__(self, message: str, *, reason: str = "", metadata: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.metadata = metadata or {}


class InvalidRequest(ChartlineError):
    """`field` names the wrong field of the request, where there is one."""

    default_reason = "INVALID_REQUEST"

    def __init__(self, message: str, *, field: str = "", reason: str = "") -> None:
        super().__init__(message, reason=reason, metadata={"field": field} if field else None)
        self.field = field


class RequestIdReused(InvalidRequest):
    default_reason = "REQUEST_ID_REUSED"


class Unauthenticated(ChartlineError):
    default_reason = "UNAUTHENTICATED"


class Forbidden(ChartlineError):
    default_reason = "FORBIDDEN"


class NotFound(ChartlineError):
    default_reason = "NOT_FOUND"


class NotUnique(NotFound):
    default_reason = "PATIENT_NOT_UNIQUE"


class Unfit(ChartlineError):
    default_reason = "UNFIT"


class Exhausted(ChartlineError):
    """`retry_after` is in seconds."""

    default_reason = "EXHAUSTED"

    def __init__(self, message: str, *, retry_after: float = 1.0, reason: str = "") -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class Unavailable(ChartlineError):
    """`retry_after` is in seconds."""

    default_reason = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after: float = 1.0, reason: str = "") -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after


class DeadlineExceeded(ChartlineError):
    default_reason = "DEADLINE_EXCEEDED"
