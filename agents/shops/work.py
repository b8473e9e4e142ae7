"""Working time of owners and head office: what was done today, counted from its rows, times minutes a unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.ledger import Account, Ledger
from agents.reducers.sums import where
from agents.world import World

Floats = npt.NDArray[np.float64]
HOUR = 22.85
HEAD_OFFICE = -1


class Work:
    """Logs the day's labour and pays head office's hours. Owners live on what they earn."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world, self._ledger = world, ledger

    def close(self, day: int) -> None:
        """Log the minutes of the day by task, of every owner and of head office; post the latter's wages."""
        for task, minutes in self._owners_tasks(day):
            shops = np.flatnonzero(minutes)
            self._log(day, shops, "owner", task, minutes[shops])
        wage = self._world.params.labour.office_hour
        for task, spent in self._office_tasks(day):
            if spent > 0:
                self._log(day, np.array([HEAD_OFFICE]), "head_office", task, np.array([spent]))
                pay = round(spent / 60.0 * wage * 100.0)
                self._ledger.post(day, HOUR, Account.PLATFORM, Account.WORKERS, f"office {task}", HEAD_OFFICE, pay)

    def _owners_tasks(self, day: int) -> Iterator[tuple[str, Floats]]:
        """Minutes by shop of each task."""
        rules, factors = self._world.params.labour, self._world.factors(day)
        opened, decided = self._groups(day)
        inspected = self._rows(day, "inspection")["shop"].to_numpy()
        ends = where(self._rows(day, "line_end"), "end", "handed_over")
        moved = where(self._rows(day, "stock_move"), "move", "deliver")
        packs = np.bincount(moved["shop"].to_numpy(), moved["packs"].to_numpy(), self._world.shops).astype(np.float64)
        keeps = self._world.kept(day) & factors.stocks_shelves
        group = rules.group_package_minutes if factors.systems.proposals else rules.group_call_minutes
        order = rules.order_check_minutes if factors.s else rules.order_minutes
        yield "till", rules.till_minutes * self._each(self._rows(day, "pos_sale"), "basket")
        yield "pick-up", rules.pickup_minutes * self._each(ends, "member")
        yield "shelf", rules.shelf_minutes * packs
        yield "ordering", order * keeps.astype(np.float64)
        yield "claims", rules.owner_claim_minutes * self._by_shop(self._rows(day, "claim")["shop"].to_numpy())
        joiners = np.bincount(decided["shop"].to_numpy(), decided["joiners"].to_numpy(), self._world.shops)
        yield "group-buys", group * self._by_shop(opened["shop"].to_numpy()) + rules.group_joiner_minutes * joiners
        yield "mark-downs", rules.markdown_minutes * self._by_shop(self._rows(day, "markdown")["shop"].to_numpy())
        yield "inspection", rules.inspection_minutes * self._by_shop(inspected)

    def _office_tasks(self, day: int) -> Iterator[tuple[str, float]]:
        """Head office's minutes of each task: by hand, or looking through what a system prepared."""
        rules, factors = self._world.params.labour, self._world.factors(day)
        candidates = where(self._rows(day, "group_buy"), "status", "opened", "not_opened").num_rows
        buying = rules.buying_check_minutes if factors.s else rules.buying_minutes
        planning = rules.planning_check_minutes if factors.s else rules.planning_minutes
        claim = rules.claim_check_minutes if factors.s else rules.claim_minutes
        campaign = rules.campaign_package_minutes if factors.systems.proposals else rules.campaign_call_minutes
        yield "buying", buying * self._rows(day, "purchase_order").num_rows
        yield "planning", planning * float(self._world.kept(day).sum())
        yield "campaigns", campaign * candidates
        yield "claims", claim * self._rows(day, "claim").num_rows

    def _groups(self, day: int) -> tuple[pa.Table, pa.Table]:
        rows = self._rows(day, "group_buy")
        return where(rows, "status", "opened"), where(rows, "status", "succeeded", "failed")

    def _rows(self, day: int, table: str) -> pa.Table:
        return self._world.past(day, HOUR).read(table, since_day=day)

    def _by_shop(self, shop: npt.NDArray[np.integer]) -> Floats:
        return np.bincount(shop, minlength=self._world.shops).astype(np.float64)

    def _each(self, rows: pa.Table, what: str) -> Floats:
        """How many different values of ``what`` each shop has; no value is another shop's too."""
        first = np.unique(rows[what].to_numpy(), return_index=True)[1]
        return self._by_shop(rows["shop"].to_numpy()[first])

    def _log(self, day: int, shop: npt.NDArray[np.int64], who: str, task: str, minutes: Floats) -> None:
        many = len(shop)
        columns = {"shop": shop, "who": [who] * many, "task": [task] * many, "minutes": minutes}
        self._world.emit("labour", who.replace("_", " "), day, HOUR, columns)
