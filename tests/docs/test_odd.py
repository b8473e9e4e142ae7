"""The model page leads to the code: the files that a section names hold what it says they hold."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from agents import day
from agents.catalogue import load_catalogue
from agents.sourced import load_records, load_table

ROOT = Path(__file__).resolve().parents[2]
PAGE, PARAMETERS = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8").split("\n## Parameters\n")
ROOMS = ("households", "residents", "season", "owners", "labour", "groupbuys", "voice", "supply", "rooms", "world")
SOURCED = ("coldchain", "operations")
KNOWN = {row for table in (*ROOMS, *SOURCED) for row in load_table(table)}
PATH = re.compile(r"`((?:agents|experiments|hardware_models|policies|sim|tests)/[\w/]+\.py)`")


def _sections() -> dict[str, str]:
    """Text by number, as 7.1a."""
    parts = re.split(r"^#+ (?=\d)", PAGE, flags=re.MULTILINE)[1:]
    return {part.split(" ")[0].rstrip("."): part for part in parts}


SECTIONS = _sections()


class Words(NamedTuple):
    """What a module says: attributes and texts, and patterns of texts that it puts together."""

    plain: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def have(self, name: str) -> bool:
        return name in self.plain or any(pattern.fullmatch(name) for pattern in self.patterns)


@cache
def words(path: str) -> Words:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    given = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    constants = {name.id: node.value for node in given for name in node.targets if isinstance(name, ast.Name)}

    def piece(node: ast.expr) -> str:
        found: ast.expr | None = node.value if isinstance(node, ast.FormattedValue) else node
        found = constants.get(found.id) if isinstance(found, ast.Name) else found
        return re.escape(str(found.value)) if isinstance(found, ast.Constant) else r"\w+"

    plain, patterns = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            plain.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            plain.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            text = "".join(map(piece, node.values))
            if re.search("[a-z]{2}", text):
                patterns.append(re.compile(text))
    return Words(frozenset(plain), tuple(patterns))


def _rows(table: str) -> list[tuple[str, str]]:
    """(row, where it enters) of one table of parameters."""
    text = PARAMETERS[PARAMETERS.index(f"### `conf/params/{table}.yaml`") :].split("\n### ")[0]
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [(name, enters) for names, enters in cells for name in re.findall(r"`(\w+)`", names)]


@pytest.mark.parametrize("number", SECTIONS)
def test_a_named_parameter_is_read_by_a_named_file(number: str) -> None:
    named = {token.split(".")[-1] for token in re.findall(rf"`((?:(?:{'|'.join(SOURCED)})\.)?\w+)`", SECTIONS[number])}
    files = PATH.findall(SECTIONS[number])
    lost = sorted(name for name in named & KNOWN if not any(words(path).have(name) for path in files))
    assert not lost, f"section {number}: no file that it names reads {', '.join(lost)}"


@pytest.mark.parametrize("table", ROOMS)
def test_a_row_enters_where_a_named_file_reads_it(table: str) -> None:
    rows = _rows(table)
    assert sorted(name for name, _ in rows) == sorted(load_table(table))
    for name, enters in rows:
        numbers = re.findall(r"(?<![\w.])\d(?:\.\d+[a-z]?)?(?![\w.])", enters)
        files = [*PATH.findall(enters), *(path for number in numbers for path in PATH.findall(SECTIONS[number]))]
        assert any(words(path).have(name) for path in files), f"{table}.{name}: {enters.strip()}"
        said = {number for number, text in SECTIONS.items() if f"`{name}`" in text}
        assert not said or said & set(numbers), f"{table}.{name} is named in {sorted(said)}"


def test_named_functions_stand_in_their_files() -> None:
    pairs = re.findall(r"`([\w/]+\.py)` \((\w+)\)", PAGE)
    pairs += [(path, name) for name, path in re.findall(r"\((\w+) in `([\w/]+\.py)`\)", PAGE)]
    assert len(pairs) > 5
    for path, name in pairs:
        code = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *def {name}\(", code, re.MULTILINE), f"{path}: {name}"


@pytest.mark.parametrize("station", ["shanghai", "chengdu", "beijing"])
def test_the_weather_names_every_record(station: str) -> None:
    records = set(load_records(f"weather_{station}"))
    named = set(re.findall(r"\[(\w+)\](?!\()", SECTIONS["7.9"])) | {f"rain_{month:02d}" for month in range(1, 13)}
    assert "[rain_01 to rain_12]" in SECTIONS["7.9"] and named - {"wet"} == records - {"wet"}
    fields = {field for record in records for field in load_records(f"weather_{station}")[record]}
    code = (words("agents/weather.py"), words("agents/weather_hours.py"))
    for field in set(re.findall(r"`([a-z]\w*)`", SECTIONS["7.9"])) & fields:
        assert any(room.have(field) for room in code), field


def test_quoted_figures_are_those_of_the_tables() -> None:
    goods, crops, melon = load_catalogue(), load_records("crops"), load_records("ripening")["melon"]
    base, cap, need = (float(melon[name]) for name in ("gdd_base_c", "gdd_cap_c", "gdd_fruitset_to_maturity"))
    cv = float(crops["melon_netted_hami"]["heat_cv"])
    assert f"SKU ({goods.n} in {len(goods.categories)} categories" in SECTIONS["2"]
    assert f"Melon: base {base:g}, cap {cap:g}, {need:g} degC d, cv {cv:.2f}." in SECTIONS["7.7"]
    assert f"(blueberry: {float(crops['blueberry']['pick_interval_d']):g}," in SECTIONS["7.7"]
    page = (ROOT / "docs/background/summer-season.md").read_text(encoding="utf-8")
    row = load_table("season")
    chance, shift = row["wave_week_chance"], row["wave_shift_c"]
    low, high = (100.0 * (limit or 0.0) for limit in (chance.low, chance.high))
    assert f"{100 * float(chance):g} % ({low:g} to {high:g} %, a guess)" in page
    assert f"{float(shift):g} K (sd {float(row['wave_shift_sd']):g})" in page
    assert f"In {100 * float(row['false_alarm_chance']):g} % of the other weeks" in page


def test_every_column_store_has_its_entity() -> None:
    stores = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "agents").rglob("*.py")
        if re.search(r"\bFrame\(\s*\"", file.read_text(encoding="utf-8"))
    }
    assert stores and not stores - set(PATH.findall(SECTIONS["2"]))


def test_the_schedule_is_the_programme() -> None:
    code = ast.parse((ROOT / "agents" / "day.py").read_text(encoding="utf-8"))
    phases = [
        (
            getattr(day, hour.id) if isinstance(hour, ast.Name) else ast.literal_eval(hour),
            re.sub(r" \d+$", "", str(name.value)),
        )
        for node in ast.walk(code)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phase"
        for hour, name in [node.args[:2]]
        if isinstance(name, ast.Constant)
    ]
    lines = [line.strip("| ").split(" | ") for line in SECTIONS["3"].splitlines() if re.match(r"\| -?\d", line)]
    table = {(float(hour), name) for at, names, _ in lines for hour in at.split(", ") for name in names.split(", ")}
    assert len(phases) > 20 and not set(phases) - table
    assert {name for _, name in table} == {name for _, name in phases}


def test_every_reason_for_a_posting_stands_in_the_file_that_its_line_names() -> None:
    lines = [line.strip("| ").split(" | ") for line in SECTIONS["7.11"].splitlines() if line.startswith("| ")][2:]
    assert len(lines) > 12
    for reasons, *_, file in lines:
        for reason in reasons.split(", "):
            assert words(file.strip("`")).have(reason), f"{file}: {reason}"
