"""How fast HL7 v2 is read: our splitter, and our whole parser, against python-hl7, which splits alone.

One message is an ORU^R01 of about 1 kB with eight results. `split` is bytes to segments and fields, as each side hands
them out; `split whole` reads every component and subcomponent as well, which python-hl7 always does; `events` is bytes
to a CanonicalRecord, identities, visits, results and all.

    python bench/hl7_parse.py [--messages 2000] [--rounds 5]
"""

import argparse
from collections.abc import Callable

import hl7
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, rate

from services.ingest.parsers.hl7v2 import parse
from services.ingest.parsers.hl7v2.decoding import decode
from services.ingest.parsers.hl7v2.splitting import split

HEAD = (
    "MSH|^~\\&|LIS|GHH|EHR|GHH|20260301120000||ORU^R01^ORU_R01|{0:08d}|P|2.5.1",
    "PID|1||{0:07d}^^^GHH^MR||Doe^Jane^Q^^^^L||19800102|F||2106-3^White^CDCREC|1 Main St^^Springfield^IL^62701",
    "PV1|1|I|ICU^101^A|E|||||||||||||||V{0:06d}^^^GHH^VN|||||||||||||||||||||||||20260301080000",
    "OBR|1|P{0:07d}^EHR|F{0:07d}^LIS|24323-8^Metabolic panel^LN|||20260301100000|||||||||||||||20260301110000||LAB|F",
)
RESULT = "OBX|{1}|NM|{2}^{3}^LN||{4}|mmol/L^^UCUM|3.5-5.3|N|||F|||20260301100000"
TESTS = (
    ("2823-3", "Potassium"),
    ("2951-2", "Sodium"),
    ("2075-0", "Chloride"),
    ("1963-8", "Bicarbonate"),
    ("3094-0", "Urea nitrogen"),
    ("2160-0", "Creatinine"),
    ("2345-7", "Glucose"),
    ("17861-6", "Calcium"),
)


def message(number: int) -> bytes:
    results = (RESULT.format(number, place, *test, f"4.{number % 10}") for place, test in enumerate(TESTS, 1))
    return "\r".join([*(line.format(number) for line in HEAD), *results, ""]).encode()


def split_whole(payload: bytes) -> int:
    """Every subcomponent's text."""
    found = 0
    for segment in split(decode(payload)).segments:
        for number in range(1, len(segment.fields)):
            for element in segment.all(number):
                for component in range(1, element.raw.count("^") + 2):
                    inner = element.component(component)
                    found += sum(len(inner.component(n).text) for n in range(1, inner.raw.count("&") + 2))
    return found


def measure(messages: int, rounds: int) -> Report:
    payloads = [message(number) for number in range(messages)]

    def reading(read: Callable[[bytes], object]) -> Callable[[], float]:
        def work() -> int:
            for payload in payloads:
                read(payload)
            return len(payloads)

        return lambda: rate(work)

    taken = paired(
        rounds,
        {
            "split": reading(lambda payload: split(decode(payload))),
            "whole": reading(split_whole),
            "events": reading(parse),
            "peer": reading(lambda payload: hl7.parse(payload.decode())),
        },
    )
    lines = [
        Line("split", "python-hl7", "messages/s", taken["split"], taken["peer"], goal=20),
        Line("split whole", "python-hl7", "messages/s", taken["whole"], taken["peer"]),
        Line("events", "python-hl7, splitting alone", "messages/s", taken["events"], taken["peer"]),
    ]
    facts = {"messages": messages, "bytes": len(payloads[0]), "events": len(parse(payloads[0]).events)}
    return Report("hl7_parse", lines, facts)


def main() -> None:
    parser: argparse.ArgumentParser = arguments(__doc__, rounds=5)
    parser.add_argument("--messages", type=int, default=2000, help="messages in a round")
    options = parser.parse_args()
    measure(options.messages, options.rounds).publish(options)


if __name__ == "__main__":
    main()
