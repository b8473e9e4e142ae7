"""Policies are found by name, and what is wrong with a name or a parameter is said."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from policies import registry
from policies.errors import ConformanceError, PolicyError, UnknownPolicy, WrongParameters
from policies.price.one_price import OnePrice
from sim.contracts.decisions import DECISION_POINTS


def test_every_decision_point_has_a_policy_that_answers_it() -> None:
    for point in DECISION_POINTS:
        assert registry.names(point)
    for name in registry.names():
        assert registry.create(name).point == name.split(".")[0]


def test_names_of_a_point_are_sorted() -> None:
    assert registry.names("procure") == ("procure.plan", "procure.to_order")
    assert registry.names("nothing") == ()


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownPolicy, match="did you mean 'route.milk_run'") as caught:
        registry.create("route.milkrun")
    assert (caught.value.name, caught.value.nearest) == ("route.milkrun", "route.milk_run")
    with pytest.raises(UnknownPolicy) as caught:
        registry.create("zzz")
    assert caught.value.nearest is None


def test_wrong_parameters_name_the_policy() -> None:
    with pytest.raises(WrongParameters, match="service.instant: .*wait_days"):
        registry.create("service.instant", wait_days=2)
    with pytest.raises(WrongParameters, match="service.head_office: wait_days 31"):
        registry.create("service.head_office", wait_days=31)


@pytest.mark.parametrize("name", registry.names())
def test_a_policy_says_what_it_was_made_with(name: str) -> None:
    taken = registry.parameters(name)
    params = registry.create(name).params()
    assert params == {one: found.default for one, found in taken.items()}
    assert all(type(params[one]) in found.kinds for one, found in taken.items())
    assert registry.create(name, **params).params() == params


def test_parameters_given_stand_beside_the_defaults() -> None:
    policy = registry.create("service.instant", refund_percent=50)
    assert policy.params() == {"refund_percent": 50}
    assert copy.deepcopy(policy).params() == policy.params()
    assert registry.parameters("replenish.base_stock")["service"] == ((int, float), 0.95)
    with pytest.raises(WrongParameters, match="price.one_price: .*mood"):
        registry.create("price.one_price", mood=1)


def test_importing_the_registry_imports_no_policy() -> None:
    code = "import sys, policies.registry; print([m for m in sys.modules if m.startswith('policies.r')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "['policies.registry']"


def _install(monkeypatch: pytest.MonkeyPatch, *named: tuple[str, str]) -> None:
    def entry_points(*, group: str) -> list[EntryPoint]:
        return [EntryPoint(name, value, group) for name, value in named]

    monkeypatch.setattr(registry, "entry_points", entry_points)
    registry._installed.cache_clear()


@pytest.fixture(autouse=True)
def _forget_entry_points() -> Any:
    yield
    registry._installed.cache_clear()


def test_an_installed_package_adds_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, ("price.theirs", "policies.price.one_price:OnePrice"))
    assert "price.theirs" in registry.names("price")
    assert isinstance(registry.create("price.theirs"), OnePrice)


@pytest.mark.parametrize("name", ["price.one_price", "weather.fine", "price"])
def test_an_installed_name_that_is_taken_or_no_policy_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _install(monkeypatch, (name, "policies.price.one_price:OnePrice"))
    with pytest.raises(PolicyError, match=repr(name)):
        registry.names()


@pytest.mark.parametrize("place", ["no_such_module:Policy", "policies.price.one_price:Missing"])
def test_code_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    _install(monkeypatch, ("price.theirs", place))
    with pytest.raises(PolicyError, match=f"price.theirs: cannot load {place}"):
        registry.create("price.theirs")


def test_errors_arrive_whole_from_a_worker() -> None:
    unknown = pickle.loads(pickle.dumps(UnknownPolicy("a", "b")))
    assert (unknown.name, unknown.nearest, str(unknown)) == ("a", "b", "no policy 'a' (did you mean 'b'?)")
    assert pickle.loads(pickle.dumps(ConformanceError(["one", "two"]))).problems == ("one", "two")
