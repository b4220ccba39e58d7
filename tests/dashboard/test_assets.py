"""What the browser fetches: addresses, types, and that old ones fail with a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.assets import SHELF, Shelf, plotly_address, routes, scripts_address
from dashboard.tau_lab.packing import pack_costs, pack_scores
from tests.dashboard.made_up import made_up

RUN = made_up()


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=routes()))


def test_scripts_and_plotly_are_served_uncompressed_for_ever(client: TestClient) -> None:
    for address in (f"{scripts_address()}/curve.js", plotly_address()):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert "javascript" in answer.headers["content-type"]


def test_parcels_arrive_as_they_were_packed(client: TestClient) -> None:
    packed = pack_scores(RUN.systems, "max_prob", "accuracy")
    address = SHELF.offer(("test", "scores"), lambda: packed)
    assert SHELF.offer(("test", "scores"), lambda: pytest.fail("built twice")) == address
    assert client.get(address).content == packed


def test_unknown_parcel_is_a_sentence(client: TestClient) -> None:
    answer = client.get("/cascadelens/data/0000")
    assert answer.status_code == 404
    assert "reload" in answer.text


def test_pages_are_streamlit_s_own_and_fetch_our_scripts_early() -> None:
    client = TestClient(Starlette(routes=routes(["/tradeoff"])))
    page = client.get("/tradeoff").text
    assert '<div id="root">' in page
    addresses = [plotly_address(), f"{scripts_address()}/curve.js", f"{scripts_address()}/lab.js"]
    for address in addresses:
        assert address in page
        assert client.get(address).status_code == 200


def test_nothing_outside_is_served(client: TestClient) -> None:
    assert client.get(f"{scripts_address()}/../choices.py").status_code == 404


def test_packed_arrays_hold_what_the_lab_needs() -> None:
    arrays = load(pack_scores(RUN.systems, "max_prob", "accuracy"))
    ramps = list(RUN.systems).index("ramps")
    assert arrays[f"{ramps}/scores"].dtype == np.float64
    assert f"{ramps}/confidence" not in arrays  # the scores are the confidences
    assert f"{ramps}/confidence" in load(pack_scores(RUN.systems, "entropy", "accuracy"))
    correct = RUN.systems["ramps"].correct
    np.testing.assert_array_equal(arrays[f"{ramps}/correct"], correct)
    unlabelled = load(pack_scores(made_up(labelled=False).systems, "max_prob", "accuracy"))
    assert f"{ramps}/correct" not in unlabelled


def test_packed_costs_end_at_the_reference() -> None:
    for basis, shape in (("layers", (6,)), ("flops", (6, RUN.instances))):
        arrays = load(pack_costs(RUN.systems, basis))
        ramps = list(RUN.systems).index("ramps")
        assert arrays[f"{ramps}/cost"].shape == shape
        total = np.broadcast_to(RUN.systems["ramps"].reference_cost[basis], RUN.instances).sum()
        assert arrays[f"{ramps}/reference"] == total


def test_what_a_page_was_just_told_of_is_still_there() -> None:
    """However large it is: the figure, the scores and the costs of one page."""
    shelf = Shelf(capacity=10)
    addresses = [shelf.offer((name,), lambda: bytes(100)) for name in ("figure", "scores", "costs")]
    assert all(shelf.get(address.rsplit("/", 1)[1]) for address in addresses)
    old = Shelf(capacity=250, grace=0)
    addresses = [old.offer((name,), lambda: bytes(100)) for name in ("figure", "scores", "costs")]
    held = [old.get(address.rsplit("/", 1)[1]) is not None for address in addresses]
    assert held == [False, True, True]
