"""A home knows whether its cluster runs, and opens it for the tenant that is asked for."""

from pathlib import Path

import pytest

from chartline.errors import Unavailable
from chartline.local.home import Endpoints, Home
from chartline.rpc.auth import TokenVerifier

ENDPOINTS = Endpoints("a:1", "b:2", "c:3", "d:4", "e:5", "f:6", "g:7", ("h:8", "i:9"), "token", 1)


def test_endpoints_are_there_while_the_cluster_is_up(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(Unavailable, match="No cluster is running"):
        home.endpoints()
    with home.owned():
        with pytest.raises(Unavailable, match="still starting"):
            home.endpoints()
        home.publish(ENDPOINTS)
        assert home.endpoints() == ENDPOINTS
    with pytest.raises(Unavailable, match="No cluster is running"):
        home.endpoints()


def test_a_home_has_one_supervisor(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.running_pid() is None
    with home.owned():
        assert home.running_pid() is not None
        with pytest.raises(Unavailable, match="running already"), Home(tmp_path).owned():
            pass
    with home.owned():
        pass


def test_the_endpoints_of_a_killed_supervisor_are_not_the_next_ones(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.publish(ENDPOINTS)
    with home.owned(), pytest.raises(Unavailable, match="still starting"):
        home.endpoints()


def test_development_tokens_are_the_tenants_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    verifier = TokenVerifier(home.keys().jwks_file, max_token_seconds=10**8)
    caller = verifier.verify(f"Bearer {home.token('riverside')}")
    assert caller.tenant == "riverside"
    assert "internal" not in caller.scopes
    assert {"read", "ask", "predict", "ingest"} == caller.scopes
