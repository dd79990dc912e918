"""Page tokens belong to one caller and one filter."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartline.errors import InvalidRequest
from chartline.rpc.auth import Caller, set_current_caller
from chartline.rpc.paging import PageTokens, page_size
from chartline.v1 import record_service_pb2 as pb

PAGES = PageTokens(b"k" * 32)


def call_as(tenant: str = "north", subject: str = "vendor", actor: str = "") -> None:
    set_current_caller(Caller(tenant, subject, frozenset({"read"}), actor))


def listing(patient: str = "Patient/1", token: str = "", size: int = 0, **rest: Any) -> pb.ListEventsRequest:
    return pb.ListEventsRequest(patient=patient, page_token=token, page_size=size, **rest)


@given(position=st.text(min_size=1), size=st.integers(0, 9))
def test_a_token_leads_back_to_its_position_whatever_the_page_size(position: str, size: int) -> None:
    call_as()
    token = PAGES.issue(listing(), position)
    assert PAGES.position(listing(token=token, size=size)) == position


def test_no_token_is_the_beginning_and_no_position_is_the_end() -> None:
    call_as()
    assert PAGES.position(listing()) == ""
    assert PAGES.issue(listing(), "") == ""


@pytest.mark.parametrize(
    ("caller", "request_"),
    [
        ({"tenant": "south"}, listing()),
        ({"subject": "other"}, listing()),
        ({"subject": "gateway", "actor": "other"}, listing()),
        ({}, listing("Patient/2")),
        ({}, listing(kinds=[6])),
        ({}, listing(encounter="Encounter/1")),
        ({}, pb.ListPatientsRequest()),
    ],
)
def test_a_foreign_token_is_an_invalid_request(caller: dict[str, str], request_: Any) -> None:
    call_as()
    token = PAGES.issue(listing(), "a position")
    call_as(**caller)
    request_.page_token = token
    with pytest.raises(InvalidRequest) as failed:
        PAGES.position(request_)
    assert failed.value.field == "page_token"


def test_the_original_caller_counts_through_a_service() -> None:
    call_as(subject="vendor")
    token = PAGES.issue(listing(), "a position")
    call_as(subject="gateway", actor="vendor")
    assert PAGES.position(listing(token=token)) == "a position"


@given(token=st.one_of(st.text(min_size=1), st.binary(min_size=1).map(lambda b: base64.urlsafe_b64encode(b).decode())))
def test_an_invented_token_is_an_invalid_request(token: str) -> None:
    call_as()
    with pytest.raises(InvalidRequest):
        PAGES.position(listing(token=token))


def test_another_key_does_not_open_it() -> None:
    call_as()
    token = PAGES.issue(listing(), "a position")
    with pytest.raises(InvalidRequest):
        PageTokens(b"x" * 32).position(listing(token=token))


@pytest.mark.parametrize(("asked", "given_"), [(0, 100), (7, 7), (1000, 1000), (1001, 1000)])
def test_page_sizes(asked: int, given_: int) -> None:
    assert page_size(listing(size=asked)) == given_


def test_a_negative_page_size_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequest):
        page_size(listing(size=-1))
