"""The cold chain's daily aggregates: what readings and meters of one kind of place say, and what the fleet did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.cold.places import limit_of
from agents.sourced import load_table
from hardware_models.thermal import mean_kinetic
from sim.log import Reducer

KINETIC_EA = 83.14
"""kJ/mol, the customary activation energy of mean kinetic temperature."""


def reduce_cold_day(day: int, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """By kind of place: minutes read, minutes above the limit, mean kinetic temperature, energy."""
    rooms, trucks, energy = tables["room_reading"], tables["telemetry"], tables["energy"]
    rows = load_table("coldchain")
    parts = [
        (*_texts(rooms["place"]), rooms["temperature_c"].to_numpy(), float(rows["logger_interval"])),
        (*_texts(trucks["zone"]), trucks["reading_c"].to_numpy(), float(rows["telematics_interval"])),
    ]
    found: dict[str, list[Any]] = {name: [] for name in _COLD}
    metered, kwh = _texts(energy["place"]), energy["kwh"].to_numpy()
    places = {name: (name, 0) for name in parts[0][0]}
    if len(trucks):
        places["truck"] = ("", 1)
    for place in sorted({*places, *metered[0]}):
        minutes = above = 0.0
        kinetic = None
        if place in places:
            _, part = places[place]
            names, code, reading, interval = parts[part]
            mine = np.ones(len(code), bool) if part else code == names.index(place)
            limit = np.array([limit_of(name) for name in names])[code[mine]] if part else limit_of(place)
            minutes = interval * float(mine.sum())
            above = interval * float((reading[mine] > limit).sum())
            kinetic = mean_kinetic(reading[mine], np.ones(int(mine.sum())), KINETIC_EA)
        drawn = float(kwh[metered[1] == metered[0].index(place)].sum()) if place in metered[0] else 0.0
        for name, value in zip(_COLD, (place, minutes, above, kinetic, drawn), strict=True):
            found[name].append(value)
    return {"day": np.full(len(found["place"]), day, np.int32), **found}


_COLD = ("place", "sensor_minutes", "excursion_minutes", "kinetic_c", "kwh")


def reduce_fleet_day(day: int, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Vehicles, kilometres, mass, hours and stops, by leg."""
    rows = tables["trip"]
    names, code = _texts(rows["leg"])
    sums = {
        into: np.bincount(code, rows[column].to_numpy(), len(names))
        for into, column in (("trucks", "vehicles"), ("km", "km"), ("kg", "kg"), ("hours", "hours"), ("stops", "stops"))
    }
    whole = {name: np.rint(sums[name]).astype(np.int64) if name in ("trucks", "stops") else sums[name] for name in sums}
    return {"day": np.full(len(names), day, np.int32), "leg": names, **whole}


def _texts(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different texts in alphabetical order, and which of them stands in each row."""
    coded = column.combine_chunks().dictionary_encode()
    texts = coded.dictionary.to_pylist()
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), np.int64)
    rank[order] = np.arange(len(texts))
    return [texts[i] for i in order], rank[coded.indices.to_numpy()]


REDUCERS = (
    Reducer("cold_day", ("room_reading", "telemetry", "energy"), reduce_cold_day),
    Reducer("fleet_day", ("trip",), reduce_fleet_day),
)
