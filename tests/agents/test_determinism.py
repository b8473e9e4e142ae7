"""The same run has the same digest in another process, on one thread or two, and after a restore at any border."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from experiments.build import build
from sim.errors import InputError
from sim.twin import Twin

ROOT = Path(__file__).parents[2]
ARMS = ("traditional", "spf")
BURN_IN, DAYS = 2, 4
BORDERS = (1, BURN_IN, BURN_IN + 2)
"""Before the arm takes over, at its take-over, and after it."""
VALUES = {"city__members": 60, "days": DAYS, "burn_in_days": BURN_IN, "world__residents__visit_rate": 0.1}

SCRIPT = """
import json, sys
from pathlib import Path
from sim import jit
jit.SMALL_ARRAY = 0  # so that kernels use all threads even on small arrays
from experiments.build import build
from experiments.config.compose import compose
jobs, digests = json.loads(sys.argv[1]), []
for pairs, days, snapshot in jobs:
    twin = build(compose("run", [tuple(pair) for pair in pairs]).config)
    if snapshot:
        twin.restore(Path(snapshot))
    twin.run(days - twin.day)
    digests.append(twin.digest())
import numba
print(json.dumps([numba.get_num_threads(), digests]))
"""


def pairs(twins: Any, arm: str) -> list[tuple[str, str]]:
    """The configuration of an arm as the command line would give it."""
    given = twins.pairs(arm, **VALUES)
    return [(path, str(value)) for path, value in given.items()]


def start(jobs: list[Any], threads: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", SCRIPT, json.dumps(jobs)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def finish(process: subprocess.Popen[str], threads: int) -> list[str]:
    out, problems = process.communicate(timeout=300)
    assert process.returncode == 0, problems
    used, digests = json.loads(out)
    assert used == threads
    return list(digests)


@pytest.fixture(scope="module")
def uninterrupted(
    twins: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], dict[tuple[str, int], Path]]:
    """Digest of each arm's whole run, and snapshots taken on the way by another run."""
    folder = tmp_path_factory.mktemp("snapshots")
    digests, snapshots = {}, {}
    for arm in ARMS:
        digests[arm] = twins.lived(arm, **VALUES).digest()
        twin = twins.fresh(arm, **VALUES)
        for border in BORDERS:
            twin.run(border - twin.day)
            snapshots[arm, border] = folder / f"{arm}-{border}"
            twin.save(snapshots[arm, border])
        twin.run(BURN_IN + DAYS - twin.day)
        assert twin.digest() == digests[arm], "saving changed the run"
    return digests, snapshots


def test_other_processes_threads_and_restores_agree(uninterrupted: Any, twins: Any) -> None:
    digests, snapshots = uninterrupted
    whole = [(pairs(twins, arm), BURN_IN + DAYS, "") for arm in ARMS]
    resumed = [(pairs(twins, arm), BURN_IN + DAYS, str(path)) for (arm, _), path in snapshots.items()]
    expected = list(digests.values())
    processes = {1: start(whole, 1), 2: start([*whole, *resumed], 2)}
    found = {threads: finish(process, threads) for threads, process in processes.items()}
    assert found[1] == expected
    assert found[2][: len(whole)] == expected
    for (arm, border), digest in zip(snapshots, found[2][len(whole) :], strict=True):
        assert digest == digests[arm], f"{arm} restored at the border before day {border}"


def test_another_seed_is_another_run_and_the_same_seed_the_same(uninterrupted: Any, twins: Any) -> None:
    digests, _ = uninterrupted
    assert len(set(digests.values())) == len(ARMS)
    assert twins.lived("traditional", **VALUES).digest() == digests["traditional"]
    assert twins.lived("traditional", **VALUES, seed=2).digest() != digests["traditional"]


def test_the_burn_in_is_the_same_past_in_every_arm(twins: Any) -> None:
    twin_of = {arm: twins.fresh(arm, **VALUES) for arm in ("preorder", "spf_stock", "mix")}
    for twin in twin_of.values():
        twin.run(BURN_IN)
    assert len({twin.digest() for twin in twin_of.values()}) == 1
    for twin in twin_of.values():
        twin.run(2)
    assert len({twin.digest() for twin in twin_of.values()}) == len(twin_of)


def test_arms_of_equal_factors_and_policies_differ_by_nothing(twins: Any) -> None:
    """The traditional arm with and without a burn-in, and under another name, are the same world."""
    plain = twins.lived("traditional", **VALUES)
    config = twins.config("traditional", **VALUES)
    other = build(config.model_copy(update={"scenario": config.scenario.model_copy(update={"name": "renamed"})}))
    other.run(BURN_IN + DAYS)
    assert other.digest() == plain.digest()
    whole = twins.config("preorder", **VALUES)
    mixed = whole.scenario.model_copy(update={"name": "mix", "fulfilment": "pre_order", "preorder_share": 0.3})
    pair = [build(whole), build(whole.model_copy(update={"scenario": mixed}))]
    for twin in pair:
        twin.run(BURN_IN + DAYS)
    assert pair[0].digest() == pair[1].digest()


def test_a_snapshot_belongs_to_its_configuration_unless_forked(uninterrupted: Any, twins: Any) -> None:
    _, snapshots = uninterrupted
    other: Twin = twins.fresh("spf", **VALUES, seed=5)
    with pytest.raises(InputError, match="configuration"):
        other.restore(snapshots["spf", 1])
    past = snapshots["traditional", BURN_IN]
    forked: Twin = twins.fresh("spf", **VALUES)
    forked.restore(past, fork=True)
    forked.run(DAYS)
    assert forked.digest() == uninterrupted[0]["spf"]
