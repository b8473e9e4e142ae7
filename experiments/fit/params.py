"""Re-key the shared parameter tables into ``conf/params``: ``python -m experiments.fit.params [DATA_DIR]``.

Reads ``DATA_DIR/params/*.csv`` (default: the directory named by ``LINLI_DATA``) and writes the tables
operations, coldchain, postharvest and ripening. Every figure gets one row with value, low, high, unit,
grade and source. What the shared rows say in words is split into figures here, by hand and keyed on the
exact words, so that a changed row is refused, not guessed at:

* A grade of two letters holds for a row of several figures. Where the row says which figure has which
  grade, each gets its own. Otherwise one figure gets the weaker letter.
* "A/D" and "A, Ea G" of the post-harvest table: the storage figures have the first grade, the activation
  energy the other.
* Two rows are graded lower than given, because nothing in the row carries the figure (banana's activation
  energy, the life of generic produce), and pasteurised milk uses its note's retail default; their notes say
  so.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from sim.errors import InputError, Problem

Row = dict[str, Any]
Table = dict[str, Any]

RESPIRATION_UNIT = "mg CO2/kg/h"  # the unit of Agriculture Handbook 66; the shared table states none
UNIT_WHEN_MISSING = "-"

WEAKER = {"B/C": "C", "A/B": "B", "A/D": "D", "B/D": "D", "A/G": "G", "B/G": "G", "C/G": "G"}

# Figures that one shared row holds beside its value: (table, key) -> rows; the source is the shared row's.
SPLIT: dict[tuple[str, str], dict[str, Row]] = {
    ("operations", "pickup_ready_hour"): {
        "pickup_peak_hour": {
            "value": 19,
            "low": 18,
            "high": 20,
            "unit": "h",
            "grade": "C",
            "note": "peak pick-up 18-20",
        },
    },
    ("operations", "kuaituantuan_fee"): {
        "kuaituantuan_fee": {"value": 0.006, "unit": "of sales", "grade": "B", "note": ""},
        "kuaituantuan_leader_day": {
            "value": 411,
            "unit": "CNY/day",
            "grade": "D",
            "note": "GMV 150bn in 2022 over more than 1M leaders a day",
        },
    },
    ("coldchain", "atp_class_A"): {
        "atp_class_A": {"low": 0, "high": 12, "text": "0..12", "unit": "degC at +30 ambient", "grade": "B"},
    },
    ("coldchain", "pt100_class_a"): {
        "pt100_class_a_offset": {"value": 0.15, "unit": "degC", "grade": "G"},
        "pt100_class_a_slope": {"value": 0.002, "unit": "degC per degC", "grade": "G"},
    },
    ("coldchain", "logger_interval"): {
        "logger_interval": {"value": 15, "low": 1, "high": 15, "unit": "min", "grade": "A"},
        "telematics_interval": {"value": 3, "low": 1, "high": 5, "unit": "min", "grade": "G"},
    },
}

# Shared rows that hold a formula: their parts stand in SPLIT, the formula itself is no figure.
FORMULAS = {"pt100_class_a"}

# Chilling limits in words: text -> limit in degC (None: not sensitive, or not a matter for this product).
CHILL = {
    "none": None,
    "-": None,
    "none (avoid 2-8 C: mealiness)": None,
    "<2": 2.0,
    "<5": 5.0,
    "<10": 10.0,
    "<13": 13.0,
}

# Water loss in words: text -> (percent of mass a day, low, high, at degC).
WATER_LOSS: dict[str, tuple[float, float | None, float | None, float]] = {
    "0.8 at 22C hand-picked; 2.3 machine-picked": (0.8, 0.8, 2.3, 22.0),
    "<0.15 at 7-12C (under 3% in 21 d), 0.2 at 15C": (0.2, None, None, 15.0),
    "0.6 at 3C uncovered": (0.6, None, None, 3.0),
}

# Grades of a post-harvest row: text -> (storage and respiration figures, activation energy, life).
POSTHARVEST_GRADES = {
    "A/D": ("A", "D", "A"),
    "A/B, Ea G": ("B", "G", "B"),
    "A, Ea G": ("A", "G", "A"),
    "A, life G": ("A", "A", "G"),
    "A, default G": ("A", "A", "G"),
    "C/G": ("C", "G", "C"),
}


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error


def _number(text: str, where: str) -> float | None:
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise InputError(Problem(where, f"{text!r} is no number and has no entry in SPLIT")) from None
    return int(number) if number.is_integer() and "e" not in text else number


def _leaf(value: float | None, low: float | None, high: float | None, unit: str, grade: str, **more: str) -> Row:
    row: Row = {"value": value, "low": low, "high": high, "unit": unit or UNIT_WHEN_MISSING, "grade": grade}
    return {key: item for key, item in (row | more).items() if item is not None and item != ""}


def flat_table(path: Path, table: str) -> Table:
    """A table of single figures (operations, coldchain) by key."""
    result: Table = {}
    source = ""
    for row in _rows(path):
        where = f"{path.name}: {row['key']}"
        source = source if row["source"] == "same" else row["source"]
        split = SPLIT.get((table, row["key"]), {})
        if row["key"] not in split and row["key"] not in FORMULAS:
            grade = WEAKER.get(row["q"], row["q"])
            note = row["note"] if grade == row["q"] else f"{row['note']} (given as {row['q']})"
            value, low, high = (_number(row[name], where) for name in ("value", "lo", "hi"))
            result[row["key"]] = _leaf(value, low, high, row["unit"], grade, source=source, note=note)
        for key, fields in split.items():
            result[key] = {"note": row["note"], **fields, "source": source}
            result[key] = {name: item for name, item in result[key].items() if item != ""}
    return result


def _span(text: str) -> tuple[float, float | None, float | None]:
    low, _, high = text.partition("-")
    return (float(low), None, None) if not high else ((float(low) + float(high)) / 2, float(low), float(high))


def _entry(mapping: dict[str, Any], text: str, where: str) -> Any:
    if text not in mapping:
        raise InputError(Problem(where, f"{text!r} is not among the readings this script knows"))
    return mapping[text]


def _postharvest_row(row: dict[str, str], sources: dict[str, str]) -> Table:
    where = f"postharvest.csv: {row['product']}"
    number = {name: _number(text, where) for name, text in row.items() if re.match(r"t_opt|t_ref|life|ea_|resp", name)}
    grade, ea_grade, life_grade = _entry(POSTHARVEST_GRADES, row["q"], where)
    chill_text = row["t_chill_c"]
    record: Table = {
        "source": "; ".join(sources[key] for key in row["source"].split(",")),
        "note": row["note"],
    }
    record["t_opt_c"] = _leaf(number["t_opt_c"], None, None, "degC", grade)
    chill_words = "" if chill_text == "-" else chill_text
    if chill_words:
        record["t_chill_c"] = _leaf(_entry(CHILL, chill_text, where), None, None, "degC", grade, text=chill_words)
    if row["rh_opt_pct"] != "-":
        record["rh_opt_pct"] = _leaf(*_span(row["rh_opt_pct"]), "%", grade)
    record["life_ref_d"] = _leaf(number["life_ref_d"], number["life_lo_d"], number["life_hi_d"], "d", life_grade)
    record["t_ref_c"] = _leaf(number["t_ref_c"], None, None, "degC", life_grade)
    record["ea_kj_mol"] = _leaf(number["ea_kj_mol"], number["ea_lo"], number["ea_hi"], "kJ/mol", ea_grade)
    for name in (name for name in row if name.startswith("resp")):
        if number[name] is not None:
            record[f"respiration_{name[4:]}c"] = _leaf(number[name], None, None, RESPIRATION_UNIT, grade)
    if row["wloss_pct_d_ref"]:
        value, low, high, at = _entry(WATER_LOSS, row["wloss_pct_d_ref"], where)
        record["water_loss_pct_d"] = _leaf(value, low, high, "% of mass/d", grade, text=row["wloss_pct_d_ref"])
        record["water_loss_t_c"] = _leaf(at, None, None, "degC", grade)
    return {name: item for name, item in record.items() if item != ""}


def postharvest_table(directory: Path) -> Table:
    """Storage temperature, life, activation energy, respiration and water loss by product."""
    sources = {row["id"]: row["source"] for row in _rows(directory / "postharvest_sources.csv")}
    rows = _rows(directory / "postharvest.csv")
    table = {row["product"]: _postharvest_row(row, sources) for row in rows}
    table["banana"]["ea_kj_mol"] |= {
        "grade": "G",
        "note": "given as A, but the row holds no two temperatures to take it from",
    }
    milk = table["milk_pasteurised"]
    milk["life_clean_plant_d"] = milk["life_ref_d"] | {
        "low": 35,
        "note": "unusually clean plant: HDPE 36, LDPE 35 d at 4 C",
    }
    milk["life_clean_plant_d"]["high"] = 36
    milk["life_ref_d"] = _leaf(
        12, 12, 43, "d", "G", note="retail default of the shared table; its measured 36 d stand beside"
    )
    tofu = table["tofu_packed"]
    tofu["life_ref_d"]["note"] = "days after the printed expiry, to 7 log CFU/g; sealed packs"
    tofu["life_unpacked_d"] = _leaf(4, 3, 5, "d", "C", note="fresh unpacked tofu, from the shared row's note")
    cool = [
        float(row["life_ref_d"])
        for row in rows
        if row["t_ref_c"] == "0" and row["rh_opt_pct"] != "-" and row["product"] != "generic_produce"
    ]
    table["generic_produce"]["life_ref_d"] |= {
        "low": min(cool),
        "high": max(cool),
        "grade": "D",
        "note": "given as A, but the source has relative rates only; range: this table's produce kept at 0 C",
    }
    return table


def ripening_table(path: Path) -> Table:
    """Thermal time of melon and blueberry by crop; ranges are two standard deviations where the source
    prints one.
    """
    table: Table = {}
    source = ""
    for row in _rows(path):
        where = f"{path.name}: {row['crop']}.{row['key']}"
        source = row["source"].replace("same", source, 1) if row["source"].startswith("same") else row["source"]
        crop = table.setdefault(row["crop"], {})
        common = {"grade": row["q"], "source": source, "note": row["note"]}
        if row["key"] == "ncsu_hour_points":
            bands = ("ge_18_3c", "12_8_to_18_3c", "7_2_to_12_8c", "below_7_2c")
            for band, points in zip(bands, row["value"].split("/"), strict=True):
                crop[f"hour_points_{band}"] = {"value": float(points), "unit": row["unit"], **common}
            continue
        value = _number(row["value"], where)
        leaf = _leaf(value, None, None, row["unit"].partition(" (")[0], row["q"], source=source, note=row["note"])
        spread = re.match(r"(\d+) \+- (\d+) HUAP", row["note"])
        if spread and value is not None:
            cv = int(spread[2]) / int(spread[1])
            leaf |= {"low": round(value * (1 - 2 * cv)), "high": round(value * (1 + 2 * cv))}
            crop[row["key"] + "_cv"] = _leaf(round(cv, 3), None, None, "-", "D", source=source, note=row["note"])
        if row["key"] == "gdd_fruitset_to_maturity" and value is not None:
            leaf |= {
                "low": round(value * 0.8),
                "high": round(value * 1.2),
                "note": "difference of the above; cv at least 10 %",
            }
        if row["key"] == "fruit_dev_period_d":
            leaf |= {"low": 56.2, "high": 82.8}
        crop[row["key"]] = leaf
        limits = re.search(r"base ([\d.]+), cap ([\d.]+)", row["unit"])
        if limits:
            crop["gdd_base_c"] = _leaf(
                float(limits[1]), None, None, "degC", row["q"], source=source, note="of every gdd_ row"
            )
            crop["gdd_cap_c"] = _leaf(
                float(limits[2]), None, None, "degC", row["q"], source=source, note="of every gdd_ row"
            )
    return table


def tables(data_dir: Path) -> dict[str, Table]:
    """All tables by name, made from ``data_dir/params``. Raises InputError naming the file and row it
    cannot read.
    """
    directory = data_dir / "params"
    return {
        "operations": flat_table(directory / "cgb_operations.csv", "operations"),
        "coldchain": flat_table(directory / "coldchain.csv", "coldchain"),
        "postharvest": postharvest_table(directory),
        "ripening": ripening_table(directory / "ripening.csv"),
    }


def render(table: Table) -> str:
    """The YAML text of a table, one row a line or two."""
    head = "# Written by `python -m experiments.fit.params DATA_DIR` from the shared tables; change those.\n"
    return head + yaml.safe_dump(table, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def data_dir(arguments: list[str]) -> Path:
    """The data directory: the first argument, or ``LINLI_DATA``. Raises InputError when neither names a
    directory.
    """
    given = arguments[0] if arguments else os.environ.get("LINLI_DATA", "")
    if not given or not Path(given).is_dir():
        raise InputError(Problem("DATA_DIR", f"{given!r} is no directory; give it or set LINLI_DATA"))
    return Path(given)


def params_path() -> Path:
    """Where the tables are written: ``conf/params`` of the source tree."""
    return Path(__file__).resolve().parents[2] / "conf" / "params"


def main() -> None:
    """Write the four tables."""
    for name, table in tables(data_dir(sys.argv[1:])).items():
        (params_path() / f"{name}.yaml").write_text(render(table), encoding="utf-8")


if __name__ == "__main__":
    main()
