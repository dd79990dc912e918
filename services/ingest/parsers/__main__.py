"""Parses without Kafka and without an encoder: SourceRecords on standard input, CanonicalRecords on standard output.

Both are length-prefixed; there is one CanonicalRecord for each SourceRecord, in order.
"""

import sys
from io import BytesIO
from typing import cast

from google.protobuf import proto

from chartline.rpc.messages import record_to_message
from chartline.v1.ingest_service_pb2 import SourceRecord
from services.ingest.parsers import parse


def main() -> None:
    source, sink = cast(BytesIO, sys.stdin.buffer), cast(BytesIO, sys.stdout.buffer)  # any binary files will do
    while (record := proto.parse_length_prefixed(SourceRecord, source)) is not None:
        proto.serialize_length_prefixed(record_to_message(parse(record.format, record.payload)), sink)
    sink.flush()


main()
