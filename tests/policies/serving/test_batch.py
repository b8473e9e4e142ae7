"""Questions by file: every right row is decided as the policy decides, every wrong one named, nothing half-written."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.cli import main
from policies import registry
from policies.errors import NoDecision
from policies.serving import batch
from policies.serving.answers import judged
from policies.serving.batch import score
from policies.serving.process import PolicyProcess
from policies.synthetic import observation
from sim.contracts.decisions import DECISION_POINTS

NAME = "price.one_price"


@pytest.fixture(scope="module")
def promoted(artifacts, tmp_path_factory):
    return artifacts.write(tmp_path_factory.mktemp("promoted"), NAME)


@pytest.fixture(scope="module")
def policy(promoted, artifacts):
    process = PolicyProcess(promoted.file.read_bytes(), artifacts.trusted, 20.0)
    yield process
    process.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    pq.write_table(observation("price", 50, label="other"), tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


def answers(question: pa.Table) -> pa.Table:
    return registry.create(NAME).decide(question)


def test_the_command_decides_every_row_as_the_policy_does(promoted, source, tmp_path, capfd) -> None:
    words = [str(promoted.file), str(source), str(tmp_path / "out.parquet"), f"trust={promoted.trust}"]
    assert main(["score", *words, "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["rows"], said["decided"], said["rejected"], said["rejects"]) == (50, 50, 0, None)
    assert pq.read_table(tmp_path / "out.parquet").equals(
        answers(observation("price", 50, label="other")).replace_schema_metadata(None))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]
    assert main(["score", *words]) == 2
    assert "is there already and is not overwritten" in capfd.readouterr().err


def test_batches_give_what_the_whole_gives(policy, source, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(batch, "BATCH_ROWS", 7)
    told = []
    assert score(source, tmp_path / "o", policy, lambda done, total: told.append((done, total))) == (50, 50, 0)
    assert told[0] == (7, 50) and told[-1] == (50, 50)
    assert pq.read_table(tmp_path / "o").equals(
        answers(observation("price", 50, label="other")).replace_schema_metadata(None))


def test_wrong_rows_go_beside_with_the_reason_and_the_others_are_decided(policy, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(batch, "BATCH_ROWS", 4)
    right = observation("price", 9)
    columns = {name: right[name].to_pylist() for name in right.column_names}
    columns["on_hand"][2] = None
    columns["cost_fen"][2] = None
    columns["shop"][7], columns["sku"][7] = columns["shop"][1], columns["sku"][1]
    schema = pa.schema([field.with_nullable(True) for field in right.schema])
    pq.write_table(pa.table(columns, schema=schema).select(right.column_names[::-1]), tmp_path / "in.parquet")
    assert score(tmp_path / "in.parquet", tmp_path / "out.parquet", policy) == (9, 6, 3)
    rejects = pq.read_table(tmp_path / "out.rejects.parquet")
    assert dict(zip(rejects["row"].to_pylist(), rejects["reason"].to_pylist(), strict=True)) == {
        1: "shop, sku: another row has the same", 2: "cost_fen: is null; on_hand: is null",
        7: "shop, sku: another row has the same"}
    kept = right.take([0, 3, 4, 5, 6, 8])
    assert pq.read_table(tmp_path / "out.parquet").equals(answers(kept).replace_schema_metadata(None))


def test_nan_and_lists_of_another_length_are_named(artifacts, tmp_path) -> None:
    promoted = artifacts.write(tmp_path, "replenish.base_stock")
    asked = observation("replenish", 4)
    sales = asked["sales"].to_pylist()
    sales[1] = sales[1][1:]
    sales[2][3] = None
    life = asked["life_days"].to_pylist()
    life[3] = float("nan")
    wrong = asked.set_column(asked.schema.get_field_index("sales"), "sales", pa.array(sales, pa.list_(pa.int32())))
    wrong = wrong.set_column(wrong.schema.get_field_index("life_days"), "life_days", pa.array(life))
    pq.write_table(wrong, tmp_path / "in.parquet")
    out = tmp_path / "out.parquet"
    assert main(["score", str(promoted.file), str(tmp_path / "in.parquet"), str(out), f"trust={promoted.trust}"]) == 0
    rejects = pq.read_table(tmp_path / "out.rejects.parquet")
    assert rejects["reason"].to_pylist() == ["sales: must hold 28 items", "sales: holds a null",
                                             "life_days: is not finite"]
    decided = registry.create("replenish.base_stock").decide(asked.slice(0, 1))
    assert pq.read_table(out).select(["shop", "sku", "packs"]).equals(
        decided.select(["shop", "sku", "packs"]).replace_schema_metadata(None))


def test_columns_that_are_missing_extra_or_of_another_type_refuse_the_file(promoted, tmp_path, capfd) -> None:
    asked = observation("price", 3).drop_columns(["on_hand"]).append_column("mood", pa.array([1, 2, 3]))
    asked = asked.set_column(0, "shop", pa.array([0, 0, 0], pa.int64()))
    pq.write_table(asked, tmp_path / "in.parquet")
    (tmp_path / "text.parquet").write_text("shop,sku\n")
    words = [str(promoted.file), str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"), f"trust={promoted.trust}"]
    assert main(["score", *words]) == 2
    place = f"{tmp_path / 'in.parquet'}: "
    assert capfd.readouterr().err.splitlines() == [
        f"{place}column shop is int64, not int32", f"{place}column on_hand is missing",
        f"{place}column mood is none of price"]
    words[1] = str(tmp_path / "text.parquet")
    assert main(["score", *words]) == 2
    assert "cannot be read as Parquet" in capfd.readouterr().err
    assert not (tmp_path / "out.parquet").exists()


def test_a_policy_that_stops_answering_leaves_nothing(policy, source, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(batch, "BATCH_ROWS", 20)
    asked = []

    def decide(question):
        asked.append(question)
        if len(asked) == 2:
            raise NoDecision("gave no answer within 3 s", late=True)
        return answers(question)

    monkeypatch.setattr(policy, "decide", decide)
    with pytest.raises(NoDecision):
        score(source, tmp_path / "out.parquet", policy)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_a_full_disk_is_not_blamed_on_the_questions_and_leaves_nothing(promoted, source, tmp_path, capfd) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        code = main(["score", str(promoted.file), str(source), str(tmp_path / "out.parquet"),
                     f"trust={promoted.trust}"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 2
    assert capfd.readouterr().err.splitlines()[-1] == f"{tmp_path / 'out.parquet'}: cannot be written (File too large)"
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_an_answer_is_put_in_the_questions_order_or_refused() -> None:
    asked = observation("price", 30)
    right = answers(asked)
    turned = right.take(np.arange(30)[::-1])
    assert judged(DECISION_POINTS["price"], asked, turned).equals(right)
    with pytest.raises(NoDecision, match="answered wrongly: not answered: shop=0, sku=0"):
        judged(DECISION_POINTS["price"], asked, right.slice(1))
