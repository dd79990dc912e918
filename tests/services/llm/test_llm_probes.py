"""What the launcher takes for healthy, against a stand-in that answers as Triton's HTTP port does."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chartline.llm_contract import (
    Chunk,
    Failed,
    Finished,
    PredictResponse,
    Text,
    dump_chunk,
    dump_predict_response,
)
from services.llm.probes import Probe

DONE = Finished("length", 0, 0, 5, 1)
Serve = Callable[..., Probe]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A Triton whose models answer with these chunks and whose echo changes numbers so."""
    servers = []

    def start(
        chunks: tuple[Chunk, ...] = (Text("x"), DONE),
        corrupt: Callable[[float], float] = float,
        length: int | None = None,
    ) -> Probe:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path.endswith("/generate_stream"):
                    lines = (json.dumps({"CHUNK": dump_chunk(chunk).decode()}) for chunk in chunks)
                    return self._answer("".join(f"data: {line}\n\n" for line in lines).encode())
                if "predictor" in self.path:
                    response = dump_predict_response(PredictResponse((), ("mortality",))).decode()
                    return self._answer(_outputs([{"name": "RESPONSE", "data": [response]}]))
                numbers, words = asked["inputs"]
                numbers["data"] = [corrupt(number) for number in numbers["data"]]
                return self._answer(_outputs([numbers, words]))

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(length or len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return Probe(f"127.0.0.1:{server.server_port}")

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def _outputs(tensors: list[dict[str, object]]) -> bytes:
    return json.dumps({"outputs": tensors}).encode()


def test_tensors_as_sent_pass_and_those_of_numpy_2_do_not(serve: Serve):
    assert serve().tensors_arrive(5)
    assert not serve(corrupt=lambda number: 1.0).tensors_arrive(5)


@pytest.mark.parametrize(
    ("chunks", "alive"),
    [
        ((Text("x"), DONE), True),
        ((Failed("Exhausted", "full"),), True),
        ((Failed("DeadlineExceeded", "busy"),), True),
        ((Failed("Unavailable", "the engine failed"),), False),
        ((), False),
    ],
)
def test_a_busy_engine_is_alive_and_a_failing_one_is_not(serve: Serve, chunks: tuple[Chunk, ...], alive: bool):
    assert serve(chunks).answers(5) is alive


def test_a_server_that_dies_in_its_answer_is_away(serve: Serve):
    probe = serve(length=1 << 20)
    assert not probe.ready()
    assert not probe.tensors_arrive(5)
    assert not probe.answers(5)


def test_nobody_there():
    probe = Probe("127.0.0.1:9")
    assert not probe.ready()
    assert not probe.tensors_arrive(1)
    assert not probe.answers(1)
