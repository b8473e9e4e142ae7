"""Decisions over HTTP: the contract is the API, wrong rows are named, and a policy that hangs never decides wrongly."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time

import httpx
import pytest
from fastapi.testclient import TestClient

from policies import registry
from policies.errors import NoDecision
from policies.serving.http import Limits, application
from policies.serving.process import PolicyProcess
from policies.synthetic import observation

NAME = "price.one_price"


@pytest.fixture(scope="module")
def policy(artifacts, tmp_path_factory):
    promoted = artifacts.write(tmp_path_factory.mktemp("promoted"), NAME)
    process = PolicyProcess(promoted.file.read_bytes(), artifacts.trusted, 20.0)
    yield process
    process.close()


@pytest.fixture
def client(policy) -> TestClient:
    return TestClient(application(policy, Limits(rows=40, bytes=20_000)))


def rows(many: int = 5) -> list[dict[str, object]]:
    return observation("price", many).to_pylist()


def test_decisions_are_the_policys(client, policy) -> None:
    found = client.post("/v1/decide", json={"rows": rows()})
    assert found.status_code == 200
    assert found.json() == {"decisions": registry.create(NAME).decide(observation("price", 5)).to_pylist(),
                            "artifact": policy.about.digest}


def test_what_it_says_of_itself(client, policy) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "artifact": policy.about.digest}
    said = client.get("/metadata").json()
    assert (said["policy"], said["contract"]["name"], said["limits"]) == (NAME, "price", {"rows": 40, "bytes": 20_000})
    api = client.get("/openapi.json").json()
    row = api["components"]["schemas"]["PriceQuestion"]
    assert sorted(row["required"]) == sorted(observation("price", 1).column_names)
    assert row["additionalProperties"] is False and row["properties"]["shop"]["maximum"] == 2**31 - 1
    assert set(api["paths"]["/v1/decide"]["post"]["responses"]) == {"200", "400", "413", "415", "422", "503", "504"}


@pytest.mark.parametrize(("change", "error"), [
    ({"on_hand": None}, (1, "on_hand", "input should be a valid integer")),
    ({"on_hand": 1.5}, (1, "on_hand", "input should be a valid integer")),
    ({"on_hand": "3"}, (1, "on_hand", "input should be a valid integer")),
    ({"shop": 2**31}, (1, "shop", "input should be less than or equal to 2147483647")),
    ({"mood": 1}, (1, "mood", "extra inputs are not permitted")),
    ({"shop": 0, "sku": 0}, (0, "shop, sku", "another row has the same")),
])
def test_a_wrong_value_is_named_by_row_and_column(client, change, error) -> None:
    asked = rows()
    asked[1] |= change
    found = client.post("/v1/decide", json={"rows": asked})
    assert found.status_code == 422
    assert tuple(found.json()["errors"][0].values()) == error


@pytest.mark.parametrize(("body", "code"), [
    ("no json", 400), ("[" * 15_000, 400), ("[]", 422), ('{"rows": []}', 422), ("{}", 422),
    (json.dumps({"rows": rows(41)}), 422),
    (json.dumps({"rows": [dict(rows(1)[0], mood="x" * 20_000)]}), 413), ('{"rows": [{"shop": NaN}]}', 422),
])
def test_bodies_that_are_no_question_are_refused_with_a_reason(client, body, code) -> None:
    found = client.post("/v1/decide", content=body, headers={"content-type": "application/json"})
    assert found.status_code == code
    assert found.json()["errors"][0]["message"]


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}])
def test_a_body_that_is_not_said_to_be_json_is_refused_with_the_remedy(client, headers) -> None:
    found = client.post("/v1/decide", content=json.dumps({"rows": rows()}), headers=headers)
    assert (found.status_code, found.json()["errors"]) == (415, [
        {"row": None, "column": None,
         "message": "the body must be JSON, and the header content-type application/json"}])


def test_a_server_that_ends_does_not_wait_for_a_policy_that_hangs(artifacts, tmp_path) -> None:
    promoted = artifacts.write(tmp_path, NAME)
    process = PolicyProcess(promoted.file.read_bytes(), artifacts.trusted, 300.0)

    async def ask_and_end() -> None:
        transport = httpx.ASGITransport(application(process, Limits()))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            asked = asyncio.create_task(client.post("/v1/decide", json={"rows": rows()}))
            await asyncio.sleep(0.3)
            asked.cancel()
            assert (await asked).status_code == 503

    os.kill(process._child.pid, signal.SIGSTOP)
    began = time.monotonic()
    asyncio.run(ask_and_end())  # ends when every thread has
    assert time.monotonic() - began < 60
    assert not process.alive
    process.close()


def test_lists_of_another_length_are_named(artifacts, tmp_path) -> None:
    promoted = artifacts.write(tmp_path, "replenish.base_stock")
    process = PolicyProcess(promoted.file.read_bytes(), artifacts.trusted, 20.0)
    try:
        asked = observation("replenish", 2).to_pylist()
        asked[1]["sales"] = asked[1]["sales"][1:]
        found = TestClient(application(process, Limits())).post("/v1/decide", json={"rows": asked})
        assert found.json() == {"errors": [{"row": 1, "column": "sales", "message": "must hold 28 items"}]}
    finally:
        process.close()


@pytest.mark.parametrize(("late", "code"), [(True, 504), (False, 503)])
def test_a_policy_that_hangs_or_answers_wrongly_gives_an_error_never_a_decision(client, policy, monkeypatch, late,
                                                                                 code) -> None:
    def decide(question):
        raise NoDecision("gave no answer", late=late)

    monkeypatch.setattr(policy, "decide", decide)
    found = client.post("/v1/decide", json={"rows": rows()})
    assert (found.status_code, found.json()["errors"][0]["message"]) == (code, "the policy gave no answer")


def test_while_the_policy_thinks_the_server_answers(policy, monkeypatch) -> None:
    begun = threading.Event()

    def decide(question):
        begun.set()
        time.sleep(0.5)
        raise NoDecision("gave no answer", late=True)

    monkeypatch.setattr(policy, "decide", decide)
    with TestClient(application(policy, Limits())) as client:
        asking = threading.Thread(target=lambda: client.post("/v1/decide", json={"rows": rows()}))
        asking.start()
        assert begun.wait(5)
        began = time.monotonic()
        assert client.get("/healthz").status_code == 200
        assert time.monotonic() - began < 0.4
        asking.join()
