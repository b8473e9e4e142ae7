"""Fits six priors of the world to the before column and to the sourced order value, in the arm ``traditional``.

Run ``python -m experiments.fit.before`` to fit and write the rows, with ``--check`` only to print what the rows give.

=====================================  ====================================================================
parameter                              figure it is fitted to
=====================================  ====================================================================
residents.category_outside             value of a basket over the counter: ``operations.order_value``, 40 CNY
residents.visit_rate                   monthly repurchase before: 35 %
groupbuys.appeal_mean                  premium group success before: below 20 %, taken as 18 %
supply.expected_packs_member_day       what the contracts were sized for: the mean packs wanted a member and day
residents.belief_start                 what members remember of their fresh goods: the mean quality, so that the burn-in
                                       neither pleases nor disappoints them on the whole
residents.trust_start                  where the traditional mode keeps trust: its mean where it no longer moves
=====================================  ====================================================================

The loss before (15 to 20 %) is printed beside them. ``owners.cover_days`` stands at the lower end of its prior, which
brings it nearest to the band: it hardly moves with the cover, because cases decide (``docs/decisions.md``). No figure
of the *after* column is read. The parameters hold in every arm.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

from agents.residents import beliefs
from agents.sourced import load_table, params_dir
from experiments.build import build
from experiments.config.compose import compose
from experiments.config.model import RunConfig
from experiments.runner import result_of
from sim.twin import Twin
from sim.variates import log_array

REPURCHASE, GROUP_SUCCESS = 0.35, 0.18
TAKEN = {"supply.expected_packs_member_day": "packs_member_day", "residents.belief_start": "remembered_quality",
         "residents.trust_start": "stationary_trust"}
"""Rows that take a figure as it is."""
SETTING = {"city": "district", "scenario": "traditional", "burn_in_days": "28", "days": "60", "start": "2026-03-01"}
"""Two whole calendar months after four weeks of burn-in, in the district of the model specification."""
SLOPES = {
    "residents.category_outside": ("basket_value", -0.7),
    "residents.visit_rate": ("repurchase_rate", 25.0),
    "groupbuys.appeal_mean": ("group_success", 0.8),
}
"""Which figure a row is fitted to, and about how the figure's logarithm moves with it: the pace depends on that."""
ROUNDS = 4

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
        "remembered_quality": beliefs.remembered(twin.ports.state["residents"]["memory"]),
        **_trust(config, twin),
        "loss_rate": metrics["loss_rate"],
    }


def _basket_value(twin: Twin) -> float:
    """Mean value of a till receipt, CNY."""
    sales = twin.ports.log.read("pos_sale").group_by("basket").aggregate([("fen", "sum")])
    return float(sales["fen_sum"].to_numpy().mean()) / 100.0


def _packs(twin: Twin) -> float:
    return float(twin.ports.evaluation.read("offered")["packs"].to_numpy().sum())


def _trust(config: RunConfig, twin: Twin) -> dict[str, float]:
    """What mean trust moves in 28 days, in the burn-in and after it, and where it would come to rest.

    Reversion pulls trust to its mean at a known pace, experience away from it; where they balance, the slope is nil.
    """
    rows, first = twin.ports.evaluation.read("trust_day"), config.burn_in_days
    daily = rows["trust"].to_numpy().reshape(-1, config.city.shops).mean(axis=1)
    slopes = [float(np.polyfit(np.arange(len(part)), part, 1)[0]) for part in (daily[:first], daily[first:])]
    days = float(load_table("residents")["trust_half_life_days"]) / float(np.log(2.0))
    rest = float(daily[first:].mean()) + slopes[1] * days
    return {"trust_burn_in_28d": 28.0 * slopes[0], "trust_after_28d": 28.0 * slopes[1], "stationary_trust": rest}


def fit() -> Rows:
    """Return the fitted rows: from the present ones, in rounds that move all of them at once, the mean of the rounds.

    A round moves each row by the miss of its figure over the figure's slope; `TAKEN` rows take their figures. One
    district of two months says a figure with a standard error of some per cent, so the rounds wander about the
    solution and their mean is nearer to it than any of them (Polyak & Juditsky 1992).
    """
    targets = {"basket_value": float(load_table("operations")["order_value"]), "repurchase_rate": REPURCHASE,
               "group_success": GROUP_SUCCESS}  # fmt: skip
    names = (*SLOPES, *TAKEN)
    rows = {name: float(load_table(name.split(".")[0])[name.split(".")[1]]) for name in names}
    tried = []
    for _ in range(ROUNDS):
        tried.append(dict(rows))
        found = lived(rows)
        print(rows, found, file=sys.stderr, flush=True)
        for name, (figure, slope) in SLOPES.items():
            miss = float(log_array(np.array(targets[figure] / max(found[figure], 0.01))))
            rows[name] += miss / slope
        rows |= {name: found[figure] for name, figure in TAKEN.items()}
    return {name: round(sum(one[name] for one in tried) / ROUNDS, 4) for name in names}


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
