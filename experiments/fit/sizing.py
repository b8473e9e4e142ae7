"""Count the rows that twins write: ``python -m experiments.fit.sizing``, which writes ``conf/sizing.yaml``.

A small city lives four weeks in the arms that write most; rows are counted over the last two of them and given a
resident, a (shop, SKU), a shop, a SKU or a day, whichever the table's columns speak of. Of each table the largest
figure over the arms is kept, with three digits.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from experiments.build import build
from experiments.config.compose import compose
from experiments.sizing import TABLES, driver_of, drivers_of, most_rows
from sim.twin import Twin

ARMS = ("traditional", "spf")
SHOPS, MEMBERS, DAYS, COUNTED = 12, 300, 28, 14
TARGET = Path(__file__).resolve().parents[2] / "conf" / "sizing.yaml"
HEAD = """# Rows of the log a day by table, a resident, (shop, SKU), shop, SKU or day (see experiments/sizing.py),
# and rows a resident of the frames that fill up while a twin lives. Counted by experiments/fit/sizing.py.
"""


def rows_a_day(twin: Twin) -> dict[str, float]:
    """Rows a day by table over the last COUNTED days, over the number of what they grow with."""
    drivers = drivers_of(SHOPS, MEMBERS, twin.ports.state["hub"].count)
    found = {}
    for name in TABLES:
        log = twin.ports.log if name in twin.ports.log.schemas else twin.ports.evaluation
        rows = log.read(name, since_day=twin.day - COUNTED).num_rows
        found[name] = rows / COUNTED / drivers[driver_of(name)]
    return found


def growing_frames(twin: Twin, before: dict[str, int]) -> dict[str, float]:
    """Rows a resident of the frames that have more rows than when the twin was fresh."""
    return {frame.name: (frame.count - before[frame.name]) / (SHOPS * MEMBERS)
            for frame in twin.ports.state if frame.count > before[frame.name]}


def main() -> None:
    """Live the arms and write the table."""
    rows, frames = [], []
    for arm in ARMS:
        pairs = [("scenario", arm), ("city.shops", str(SHOPS)), ("city.members", str(MEMBERS)), ("days", str(DAYS))]
        twin = build(compose("run", pairs).config)
        before = {frame.name: frame.count for frame in twin.ports.state}
        twin.run(DAYS)
        rows.append(rows_a_day(twin))
        frames.append(growing_frames(twin, before))
    table = {"rows": _rounded(most_rows(rows)), "frames": _rounded(most_rows(frames))}
    TARGET.write_text(HEAD + yaml.safe_dump(table, sort_keys=False), encoding="utf-8")


def _rounded(table: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{rows:.3g}") for name, rows in table.items() if rows > 0}


if __name__ == "__main__":
    main()
