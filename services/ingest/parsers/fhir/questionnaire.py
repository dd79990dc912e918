"""QuestionnaireResponse: each answered question as an observation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.fhir import reading, tree
from services.ingest.parsers.fhir.elements import Resource
from services.ingest.parsers.fhir.knowing import known_at
from services.ingest.parsers.fhir.resource import Facts, Head, Part, attributes, encounter_of, patient_of
from services.ingest.parsers.fhir.tabled import Tabled
from services.ingest.parsers.fhir.tree import Tree


def read(resource: Tabled, head: Head) -> Iterator[Part]:
    """One event for each answer, keyed by the question's linkId and the answer's place."""
    common, fields = resource.common, resource.tree
    authored, _ = tree.span(fields, ("authored",))
    kind = EventKind.VITAL
    response = replace(
        head.event(kind, patient_of(common)),
        encounter=encounter_of(common.encounter),
        display="questionnaire",
        time=authored,
        available_time=known_at(authored, None, head.last_updated),
        status=reading.status(common.status),
        attributes=attributes(kind, {"category": "questionnaire"}),
    )
    answers = list(_answers(fields, response, common, head, ()))
    yield from answers or (response,)


def _answers(fields: Tree, response: Event, common: Resource, head: Head, above: tuple[str, ...]) -> Iterator[Event]:
    """Items stand in items and below answers, as deep as the questionnaire does; a group's text is a heading."""
    for place, item in enumerate(i for i in tree.found(fields, "item") if isinstance(i, dict)):
        said = tree.words(item.get("text", ""), common)
        link = tree.words(item.get("linkId", place), common)
        for number, answer in enumerate(a for a in tree.found(item, "answer") if isinstance(a, dict)):
            key = "/".join((*above, link, str(number)))
            for value in tree.found(answer, "value[x]"):
                yield _answered(response, value, said or link, key, common, head)
            yield from _answers(answer, response, common, head, (*above, link, str(number)))
        yield from _answers(item, response, common, head, (*above, link))


def _answered(response: Event, value: Any, question: str, key: str, common: Resource, head: Head) -> Event:
    amount = tree.amount({"value": value}, ("value",))
    facts: Facts = {"category": "questionnaire"}
    return replace(
        response,
        natural_key=head.event(response.kind, response.patient, f"item/{key}").natural_key,
        display=question[: reading.LONGEST_NAME],
        quantity=amount,
        text_value="" if amount else tree.words(value, common),
        attributes=attributes(response.kind, facts),
    )
