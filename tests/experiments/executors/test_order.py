"""The order in which workers live cells that share pasts, and how their days add up."""

from __future__ import annotations

from experiments.cells import Cell, cells_of
from experiments.config.compose import compose
from experiments.executors.order import Order
from experiments.executors.tally import Tally


def cells(**values: object) -> list[Cell]:
    given = {"city": "tiny", "days": 3, "burn_in_days": 2, "settle_days": 1, "replications": 2,
             "scenarios": "[traditional,spf,preorder]", **values}
    return cells_of(compose("compare", [(name, str(value)) for name, value in given.items()]).config)


def about(task) -> tuple[str, int, bool] | None:
    return task and (task.cell.arm, task.cell.replication, task.opens)


def test_one_cell_opens_a_replication_and_the_others_fork_once_its_past_lies_there(tmp_path) -> None:
    order = Order(cells(), tmp_path)
    first, second = order.take(), order.take()
    assert about(first) == ("traditional", 0, True) and about(second) == ("traditional", 1, True)
    assert order.take() is None and order
    second.past.mkdir()
    assert about(order.take()) == ("spf", 1, False)
    first.past.mkdir()
    order.ended(first)
    assert [about(order.take()) for _ in range(4)] == [
        ("spf", 0, False), ("preorder", 0, False), ("preorder", 1, False), None]
    assert not order


def test_forks_go_before_the_next_replication_is_opened(tmp_path) -> None:
    order = Order(cells(), tmp_path)
    order.take().past.mkdir()
    assert about(order.take()) == ("spf", 0, False)


def test_a_past_that_was_not_finished_is_lived_by_the_next(tmp_path) -> None:
    order = Order(cells(replications=2)[:3], tmp_path)
    failed = order.take()
    assert order.take() is None
    order.ended(failed)
    assert about(order.take()) == ("spf", 0, True)


def test_a_cell_whose_worker_died_is_the_next_to_begin(tmp_path) -> None:
    order = Order(cells(), tmp_path)
    died = order.take()
    order.ended(died)
    order.again(died)
    assert about(order.take()) == ("traditional", 0, True)


def test_cells_without_a_burn_in_wait_for_none(tmp_path) -> None:
    order = Order(cells(burn_in_days=0), tmp_path)
    assert [about(order.take()) for _ in range(4)] == [
        ("traditional", 0, True), ("spf", 0, True), ("preorder", 0, True), ("traditional", 1, True)]


def test_days_of_several_cells_add_up_and_a_shared_past_counts_once() -> None:
    said = []
    first, second = cells(replications=2, scenarios="[traditional,spf]")[:2]
    tally = Tally([first, second], lambda *words: said.append(words))
    tally.begin(first, lives_past=True)
    tally.lived("traditional", 0, 2)
    tally.begin(second, lives_past=False)
    tally.lived("spf", 0, 1)
    tally.lived("spf", 0, 1)
    tally.lived("preorder", 0, 3)
    tally.end(first)
    tally.lived("spf", 0, 3)
    both = "traditional, replication 1; spf, replication 1"
    assert said == [(0, 8, "traditional, replication 1"), (2, 8, "traditional, replication 1"), (2, 8, both),
                    (3, 8, both), (8, 8, "spf, replication 1")]
