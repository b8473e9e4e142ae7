"""The twin: one seed is the same days, whatever the threads, the process, the interruptions or the neighbours."""

import datetime as dt
import importlib.util
import json
import os
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import snapshot
from sim.clock import Clock
from sim.errors import InputError, LinliError
from sim.jit import SMALL_ARRAY
from sim.log import EventLog
from sim.state import State
from sim.streams import Streams
from sim.twin import AsOf, Phase, Ports, Programme, Regime, Twin

TOY = Path(__file__).with_name("toy_twin.py")
_SPEC = importlib.util.spec_from_file_location("toy_twin", TOY)
toy = importlib.util.module_from_spec(_SPEC)
sys.modules["toy_twin"] = toy  # numba's cache finds a kernel's module by its name
_SPEC.loader.exec_module(toy)

DAYS = 9
MANY = SMALL_ARRAY * 5 // 4


def process(tasks, threads=None):
    """Start toy twins, one a task, in a process of their own."""
    environment = {**os.environ, "PYTHONPATH": str(TOY.parents[2])}
    if threads is not None:
        environment["NUMBA_NUM_THREADS"] = str(threads)
    command = [sys.executable, str(TOY), json.dumps(tasks)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def results(running):
    output, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    return json.loads(output)


def lived(days=DAYS, **how):
    twin = toy.populated(**how)
    twin.run(days)
    return twin


@pytest.fixture(scope="module")
def uninterrupted():
    return lived()


# ---- the same days -------------------------------------------------------------------------------


def test_one_seed_is_one_digest_in_other_processes_and_on_one_thread_or_two():
    how = {"n": MANY, "detail": "panel"}
    running = [process([{"build": how, "days": 3}], threads) for threads in (1, 2)]
    here = lived(3, **how)
    found = [result for one in running for result in results(one)]
    assert [one["threads"] for one in found] == [1, 2]
    assert min(one["people"] for one in found) >= SMALL_ARRAY  # large enough that two threads really share the work
    assert [one["digest"] for one in found] == [here.digest()] * 2


def test_another_seed_is_another_digest(uninterrupted):
    assert lived().digest() == uninterrupted.digest() != lived(seed=2).digest()


def test_the_digest_covers_state_both_logs_and_the_day():
    digests = {lived(2).digest()}
    for change in (
        lambda t: t.ports.state.people.mood.__setitem__(0, 9.0),
        lambda t: t.ports.log.append("report", "x", t.ports.clock.at(2, 9.0), {"packs": [1]}),
        lambda t: t.ports.evaluation.append("mood", "x", t.ports.clock.at(2, 9.0), {"member": [1], "mood": [0.0]}),
        lambda t: setattr(t, "day", 3),
    ):
        twin = lived(2)
        change(twin)
        digests.add(twin.digest())
    assert len(digests) == 5


# ---- saved, restored, forked ---------------------------------------------------------------------


@given(days=st.sets(st.integers(0, DAYS), min_size=3, max_size=3))
@settings(max_examples=2, deadline=None)
def test_restored_at_any_day_in_a_fresh_process_it_equals_the_uninterrupted_run(days, uninterrupted, tmp_path_factory):
    folder, tasks = tmp_path_factory.mktemp("快照"), []
    for day in days:
        lived(day).save(folder / f"day {day}")
        tasks.append({"build": {}, "restore": str(folder / f"day {day}"), "days": DAYS - day})
    assert {result["digest"] for result in results(process(tasks))} == {uninterrupted.digest()}


def test_interrupted_at_every_border_it_equals_the_uninterrupted_run_row_by_row(uninterrupted, tmp_path):
    twin = toy.populated()
    for day in range(DAYS):
        twin.save(tmp_path / str(day))
        twin = toy.build()
        twin.restore(tmp_path / str(day))
        assert twin.day == day
        twin.run(1)
    for name in ("log", "evaluation"):
        one, other = getattr(twin.ports, name), getattr(uninterrupted.ports, name)
        assert all(one.read(table).equals(other.read(table)) for table in one.schemas)
    columns, wanted = twin.ports.state.columns(), uninterrupted.ports.state.columns()
    assert all(np.array_equal(columns[name], wanted[name]) for name in wanted)
    assert twin.digest() == uninterrupted.digest()


def bytes_of(folder):
    return {p.relative_to(folder): blake2b(p.read_bytes()).digest() for p in folder.rglob("*") if p.is_file()}


def test_a_fork_leaves_the_parent_and_the_snapshot_as_they_were(uninterrupted, tmp_path):
    parent = lived(4)
    parent.save(tmp_path / "s")
    before, digest = bytes_of(tmp_path / "s"), parent.digest()
    forks = [toy.build(arm=arm) for arm in ("push", "learn", "push")]
    for fork in forks:
        fork.restore(tmp_path / "s", fork=True)
    assert {fork.digest() for fork in forks} == {digest}
    for fork in forks:
        fork.run(DAYS - 4)
    assert parent.digest() == digest and bytes_of(tmp_path / "s") == before
    snapshot.load(tmp_path / "s", verify=True)
    parent.run(DAYS - 4)
    assert parent.digest() == forks[1].digest() == uninterrupted.digest()
    assert forks[0].digest() == forks[2].digest() != parent.digest()  # another arm, another future


def test_another_configuration_cannot_be_restored_only_forked(tmp_path):
    lived(2).save(tmp_path / "s")
    other = toy.populated(seed=2)
    before = other.digest()
    with pytest.raises(InputError, match="written by configuration .*, this one is") as refused:
        other.restore(tmp_path / "s")
    assert refused.value.problems[0].path == str(tmp_path / "s") and other.digest() == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "policies.npz").unlink(), "policies.npz: cannot be read"),
        (lambda p: (p / "policies.npz").write_bytes(b"PK\x03\x04"), "policies.npz: cannot be read"),
        (lambda p: (p / "policies.npz").write_bytes(b""), "policies.npz: cannot be read"),
        (lambda p: (p / "log" / "log.json").unlink(), "not a readable event log"),
        (lambda p: (p / "evaluation" / "mood.arrow").unlink(), "not a readable event log"),
        (lambda p: (p / "columns" / "people" / "mood.npy").unlink(), "mood.npy: cannot be read"),
        (lambda p: (p / "manifest.json").unlink(), "is no snapshot"),
    ],
)
def test_a_damaged_snapshot_is_refused_with_the_file_named(tmp_path, damage, message):
    lived(1).save(tmp_path / "s")
    damage(tmp_path / "s")
    with pytest.raises(InputError, match=message):
        toy.build().restore(tmp_path / "s")


def test_a_policy_whose_state_is_no_array_of_numbers_cannot_be_saved(tmp_path):
    twin = lived(1)
    _, learner = twin.regimes[1].decisions._policies["appeal"]
    learner.expected = np.array([object()])
    with pytest.raises(ValueError, match="[Oo]bject arrays"):
        twin.save(tmp_path / "s")
    assert not list(tmp_path.iterdir())


def test_what_policies_learned_is_restored(tmp_path):
    twin, other = lived(8), toy.build()
    twin.save(tmp_path / "s")
    other.restore(tmp_path / "s")
    learned = [t.regimes[1].decisions.state()["appeal/learner/expected"] for t in (twin, other)]
    assert learned[0].sum() > 0 and np.array_equal(*learned)


# ---- one more ------------------------------------------------------------------------------------


def histories(twin, member=None):
    """Everything that was recorded of everybody (or of one member), without the tills' running numbers."""
    found = []
    for log, table in ((twin.ports.log, "visit"), (twin.ports.evaluation, "mood")):
        rows = log.read(table).drop_columns(["sequence"]).to_pylist()
        found.append([row for row in rows if (row["member"] == toy.GUEST) == (member == toy.GUEST)])
    people = twin.ports.state.people
    others = people.id != toy.GUEST
    return found, {name: people[name][others].tolist() for name in people.columns}


def test_one_more_in_another_shop_changes_nobody_elses_history(uninterrupted):
    twin = lived(guest_shop=toy.SHOPS - 1)
    assert len(histories(twin, toy.GUEST)[0][0]) > 0
    assert histories(twin) == histories(uninterrupted)


def test_one_more_in_the_same_shop_changes_nobodys_draws(uninterrupted):
    twin = lived(guest_shop=0)
    (_, moods), columns = histories(twin)
    (_, wanted_moods), wanted = histories(uninterrupted)
    assert moods == wanted_moods
    assert all(columns[name] == wanted[name] for name in ("id", "shop", "mood"))


# ---- programme -----------------------------------------------------------------------------------


def test_phases_run_in_clock_order_each_day_and_their_time_is_kept():
    calls = []
    programme = Programme(
        [
            Phase(-1.0, "night", lambda day: calls.append(("night", day))),
            Phase(8.0, "morning", lambda day: calls.append(("morning", day))),
            Phase(8.0, "list", lambda day: sum(range(20_000))),
        ]
    )
    assert programme.seconds == {"night": 0.0, "morning": 0.0, "list": 0.0}
    programme.run(3)
    first = dict(programme.seconds)
    programme.run(4)
    assert calls == [("night", 3), ("morning", 3), ("night", 4), ("morning", 4)]
    assert [phase.name for phase in programme.phases] == list(programme.seconds) == ["night", "morning", "list"]
    assert 0 < first["list"] < programme.seconds["list"]


def test_a_programme_out_of_clock_order_or_with_a_name_twice_is_refused():
    def nothing(day):
        pass

    with pytest.raises(LinliError, match=r"dawn \(5 h\) stands after noon \(12 h\)"):
        Programme([Phase(-1.0, "night", nothing), Phase(12.0, "noon", nothing), Phase(5.0, "dawn", nothing)])
    with pytest.raises(LinliError, match="share a name"):
        Programme([Phase(5.0, "dawn", nothing), Phase(6.0, "dawn", nothing)])


# ---- regimes -------------------------------------------------------------------------------------


class Recorder:
    """Stands for decisions; remembers the days on which they learned and were asked."""

    def __init__(self):
        self.twin, self.learned, self.views, self.asked = None, [], [], []

    def learn(self, view):
        self.learned.append(self.twin.day)
        self.views.append(view)

    def decide(self, point, observation):
        self.asked.append(self.twin.day)

    def state(self):
        return {}

    def restore(self, state, fork=False):
        pass


def bare(*regimes):
    """A twin without a world, whose one phase asks for a decision."""
    clock = Clock(dt.date(2025, 6, 2))
    ports = Ports(clock, Streams(1), State(), EventLog({}, clock), EventLog({}, clock))
    programme = Programme([Phase(9.0, "ask", lambda day: ports.decide("appeal", None))])
    twin = Twin(ports, [], programme, regimes, "bare")
    for regime in regimes:
        regime.decisions.twin = twin
    return twin


def test_regimes_take_over_and_learn_at_their_borders():
    first, second, third = (Recorder() for _ in range(3))
    twin = bare(Regime(0, first, learn_every=2), Regime(5, second, learn_every=3), Regime(12, third))
    twin.run(14)
    assert first.asked == [0, 1, 2, 3, 4] and second.asked == [5, 6, 7, 8, 9, 10, 11] and third.asked == [12, 13]
    assert first.learned == [2, 4]  # nothing to learn from on day 0
    assert second.learned == [5, 8, 11]  # on taking over, then every third day
    assert third.learned == [12]  # once
    assert twin.regime().decisions is third


def test_a_regime_learns_from_what_had_arrived_at_the_border():
    recorder = Recorder()
    twin = bare(Regime(0, Recorder()), Regime(2, recorder))
    twin.run(3)
    (view,) = recorder.views
    assert isinstance(view, AsOf) and view.moment == np.datetime64("2025-06-03T23:00:00")


def test_the_view_of_the_past_hides_what_had_not_arrived():
    twin = lived(3)
    clock = twin.ports.clock
    view = AsOf(twin.ports.log, clock.opens(1))
    assert set(clock.day_of(view.read("visit")["arrival_time"].to_numpy())) == {0}
    assert view.read("visit", since_day=1).num_rows == 0
    assert AsOf(twin.ports.log, clock.opens(2)).read("visit", since_day=1).num_rows > 0


@pytest.mark.parametrize("stop", range(13))
def test_an_interruption_neither_skips_nor_repeats_learning(stop, tmp_path):
    recorders = [Recorder(), Recorder()]
    regimes = (Regime(0, recorders[0], learn_every=4), Regime(6, recorders[1], learn_every=3))
    twin = bare(*regimes)
    twin.run(stop)
    twin.save(tmp_path / "s")
    twin = bare(*regimes)
    twin.restore(tmp_path / "s")
    twin.run(13 - stop)
    assert recorders[0].learned == [4] and recorders[1].learned == [6, 9, 12]


@pytest.mark.parametrize("regimes", [[], [Regime(1, Recorder())]])
def test_the_first_regime_starts_with_the_first_day(regimes):
    with pytest.raises(LinliError, match="first regime must start at day 0"):
        bare(*regimes)


def test_progress_is_told_after_each_day():
    told = []
    twin = bare(Regime(0, Recorder()))
    twin.run(2)
    twin.run(3, progress=told.append)
    assert told == [1, 2, 3] and twin.day == 5
