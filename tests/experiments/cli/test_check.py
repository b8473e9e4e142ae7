"""`linli check` names what a policy does wrong, whatever it does: raise, hang, crash, print or answer wrongly."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from experiments.cli import main

MODULE = """
    import ctypes, os, time
    import numpy as np
    import pyarrow as pa
    from policies.price.one_price import OnePrice


    class Fine(OnePrice):
        def __init__(self, discount: float = 0.0) -> None:
            self.discount = discount


    class Raises(OnePrice):
        def decide(self, observation):
            raise KeyError("mood")


    class TooFewRows(OnePrice):
        def decide(self, observation):
            return super().decide(observation).slice(1)


    class WrongColumns(OnePrice):
        def decide(self, observation):
            return super().decide(observation).rename_columns(["shop", "sku", "price"])


    class NotANumber(OnePrice):
        def decide(self, observation):
            answer = super().decide(observation)
            return answer.set_column(2, "price_fen", pa.array(np.full(len(answer), np.nan)))


    class Alters(OnePrice):
        def decide(self, observation):
            answer = super().decide(observation)
            ctypes.c_int64.from_address(observation["cost_fen"].chunk(0).buffers()[1].address).value += 1
            return answer


    class Hangs(OnePrice):
        def decide(self, observation):
            while observation.num_rows == 57:
                time.sleep(1)
            return super().decide(observation).slice(1)


    class Crashes(OnePrice):
        def fit(self, log):
            os._exit(7)


    class Prints(OnePrice):
        def decide(self, observation):
            print("asked for", observation.num_rows)
            return super().decide(observation)
"""


@pytest.fixture(autouse=True)
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The author's folder is the current directory; linli's rooms of the same name do not get lost in it."""
    (tmp_path / "mine.py").write_text(textwrap.dedent(MODULE))
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)


def test_a_policy_that_keeps_every_promise_conforms(capfd) -> None:
    assert main(["check", "mine:Fine", "discount=0.5"]) == 0
    assert capfd.readouterr().out == "mine:Fine conforms to price 1.1: 15 cases\n"


@pytest.mark.parametrize(("policy", "lines"), [
    ("Raises", ["unfitted, one row and 14 more: raised KeyError: 'mood'"]),
    ("TooFewRows", ["unfitted, one row and 14 more: not answered: shop=0, sku=0"]),
    ("WrongColumns", ["unfitted, one row and 14 more: column price_fen is missing; column price is not part of the "
                      "contract"]),
    ("NotANumber", ["unfitted, one row and 14 more: column price_fen is double, not int64"]),
    ("Alters", ["unfitted, one row and 14 more: the observation was altered"]),
    ("Crashes", ["empty log fit: ended the process (exit code 7)", "empty log fit: the check ended here"]),
    ("Prints", ["standard output: something is printed, beginning with 'asked for 1'"]),
])
def test_what_is_wrong_is_named_on_one_line(policy: str, lines: list[str], capfd) -> None:
    assert main(["check", f"mine:{policy}"]) == 1
    out, err = capfd.readouterr()
    found = out.splitlines()
    assert err == "" and [line for line in lines if line not in found] == []


def test_one_that_hangs_is_ended_and_what_was_found_before_is_kept(capfd, monkeypatch) -> None:
    monkeypatch.setenv("LINLI_DECIDE_SECONDS", "1.5")
    assert main(["check", "mine:Hangs", "--json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert found["verdict"] == "refused" and found["unfinished"] == "unfitted, many rows"
    assert found["problems"] == [
        {"step": "unfitted, one row", "message": "not answered: shop=0, sku=0"},
        {"step": "unfitted, many rows", "message": "gave no answer within 1.5 s"}]


@pytest.mark.parametrize(("words", "line"), [
    ([], "module:Class: is missing; name a class such as my_package.rules:OneCase"),
    (["mine:Missing"], "module:Class: cannot be imported: AttributeError: module 'mine' has no attribute 'Missing'"),
    (["mine:Fine", "weight=3"], "module:Class: cannot be made: TypeError: Fine.__init__() got an unexpected keyword "
                                "argument 'weight'"),
    (["price.one_prise"], "module:Class: no policy 'price.one_prise' (did you mean 'price.one_price'?)"),
])
def test_wrong_use_is_exit_2(words: list[str], line: str, capfd) -> None:
    assert main(["check", *words]) == 2
    assert capfd.readouterr().err.splitlines() == [line]


def test_a_limit_that_is_no_time_is_named(capfd, monkeypatch) -> None:
    monkeypatch.setenv("LINLI_DECIDE_SECONDS", "soon")
    assert main(["check", "mine:Fine"]) == 2
    assert capfd.readouterr().err == "LINLI_DECIDE_SECONDS: must be a number of seconds above 0, not 'soon'\n"
