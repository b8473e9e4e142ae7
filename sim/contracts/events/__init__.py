"""Event schemas by domain: ``EVENT_TABLES`` a real network would record, ``TRUTH_TABLES`` only a twin knows."""

from __future__ import annotations

import pyarrow as pa

from sim.contracts.events import aggregates, coldchain, demand, goods, identity, money, owners, service, truth, voice

EVENT_TABLES: dict[str, pa.Schema] = {
    **demand.TABLES,
    **goods.TABLES,
    **money.TABLES,
    **coldchain.TABLES,
    **service.TABLES,
    **identity.TABLES,
    **voice.TABLES,
    **owners.TABLES,
    **aggregates.TABLES,
}

TRUTH_TABLES: dict[str, pa.Schema] = dict(truth.TABLES)
