"""Fits four priors of the world to the before column and to the sourced order value, in the arm ``traditional``.

Run ``python -m experiments.fit.before`` to fit and write the rows, with ``--check`` only to print what the rows give.

=====================================  ====================================================================
parameter                              figure it is fitted to
=====================================  ====================================================================
residents.category_outside             value of a basket over the counter: ``operations.order_value``, 40 CNY
residents.visit_rate                   monthly repurchase before: 35 %
groupbuys.appeal_mean                  premium group success before: below 20 %, taken as 18 %
supply.expected_packs_member_day       what the contracts were sized for: the mean packs wanted a member and day
=====================================  ====================================================================

The loss before (15 to 20 %) is not fitted by this script: ``owners.cover_days`` keeps its prior, the loss is printed
beside it. It was in view when the shelf temperatures were chosen (``docs/decisions.md``). No figure of the *after*
column is read. The parameters hold in every arm.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from agents.sourced import load_table, params_dir
from experiments.build import build
from experiments.config.compose import compose
from experiments.runner import result_of
from sim.twin import Twin

REPURCHASE, GROUP_SUCCESS = 0.35, 0.18
SETTING = {"city": "district", "scenario": "traditional", "burn_in_days": "28", "days": "60", "start": "2026-03-01"}
"""Two whole calendar months after four weeks of burn-in, in the district of the model specification."""
RANGES = {
    "residents.category_outside": (3.5, 6.0),
    "residents.visit_rate": (0.012, 0.03),
    "groupbuys.appeal_mean": (-4.5, -2.0),
}
STEPS = 6

Rows = dict[str, float]


def lived(rows: Rows) -> dict[str, float]:
    """Run the setting with ``rows`` and return the figures that are fitted, and the loss rate."""
    pairs = {**SETTING, **{f"world.{name}": repr(value) for name, value in rows.items()}}
    config = compose("run", list(pairs.items())).config
    twin = build(config)
    twin.run(config.burn_in_days + config.days)
    metrics = {name: float(found["value"] or 0.0) for name, found in result_of(config, twin)["metrics"].items()}
    members = config.city.shops * config.city.members
    return {
        "basket_value": _basket_value(twin),
        "repurchase_rate": metrics["repurchase_rate"],
        "group_success": metrics["group_success_candidates"],
        "packs_member_day": _packs(twin) / members / twin.day,
        "loss_rate": metrics["loss_rate"],
    }


def _basket_value(twin: Twin) -> float:
    """Mean value of a till receipt, CNY."""
    sales = twin.ports.log.read("pos_sale").group_by("basket").aggregate([("fen", "sum")])
    return float(sales["fen_sum"].to_numpy().mean()) / 100.0


def _packs(twin: Twin) -> float:
    return float(twin.ports.evaluation.read("offered")["packs"].to_numpy().sum())


def bisect(figure: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Return the value at which a monotone ``figure`` meets ``target``, after a fixed number of halvings."""
    rising = figure(high) > figure(low)
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if (figure(middle) < target) == rising else (low, middle)
    return (low + high) / 2.0


def fit() -> Rows:
    """Return the fitted rows, one parameter after the other: a later figure hardly moves an earlier one."""
    targets = (
        ("residents.category_outside", "basket_value", float(load_table("operations")["order_value"])),
        ("residents.visit_rate", "repurchase_rate", REPURCHASE),
        ("groupbuys.appeal_mean", "group_success", GROUP_SUCCESS),
    )
    rows: Rows = {}
    for name, figure, target in targets:

        def at(value: float, name: str = name, figure: str = figure) -> float:
            return lived({**rows, name: value})[figure]

        rows[name] = round(bisect(at, target, *RANGES[name]), 4)
        print(f"{name} = {rows[name]}", file=sys.stderr, flush=True)
    return {**rows, "supply.expected_packs_member_day": round(lived(rows)["packs_member_day"], 4)}


def write(rows: Rows) -> None:
    """Put the fitted values into their rows of ``conf/params``."""
    for name, value in rows.items():
        table, row = name.split(".")
        path = Path(str(params_dir().joinpath(f"{table}.yaml")))
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"(?m)^({row}: \{{value: )[^,]+", rf"\g<1>{value!r}", text), encoding="utf-8")


def main() -> None:
    """Fit and write, or with ``--check`` only print."""
    rows = {} if "--check" in sys.argv[1:] else fit()
    write(rows)
    for figure, value in lived(rows).items():
        print(f"{figure:18s} {value:.4f}")


if __name__ == "__main__":
    main()
