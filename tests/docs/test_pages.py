"""What the pages say of files, parameters, arms and policies is true of the repository."""

import re
from pathlib import Path

import pytest

from agents.params import WorldParams
from agents.sourced import load_table, params_dir
from experiments.build import decisions_of
from experiments.config.compose import compose
from experiments.config.groups import choices
from experiments.config.model import ScenarioConfig
from experiments.metrics import METRICS
from policies import registry
from sim.contracts.decisions import DECISION_POINTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WORLD = tuple(WorldParams.model_fields)
ROOMS = ("sim", "hardware_models", "agents", "policies", "experiments", "conf", "tests", "docs", "locks")


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _rows(text: str, after: str) -> list[list[str]]:
    """The cells of the first table after a line of text."""
    lines = text[text.index(after):].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    table = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return [table[0], *table[2:]]


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not link.startswith(("http://", "https://")):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_named_files_exist(page):
    for path in re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`", page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_named_parameters_exist(page):
    text = page.read_text(encoding="utf-8")
    tables = {entry.name.removesuffix(".yaml") for entry in params_dir().iterdir()} - {"catalogue"}
    for table, row in re.findall(r"`(\w+)\.(\w+(?:\.\w+)?)`", text):
        if table in tables and f"{table}.{row}" not in {f"world.{name}" for name in WORLD}:
            assert row in load_table(table), f"{table}.{row}"
    for section, row in re.findall(rf"world\.({'|'.join(WORLD)})\.(\w+)", text):
        assert row in load_table("world" if section == "costs" else section), f"{section}.{row}"


def test_every_section_of_the_world_is_listed_with_its_table():
    page = (ROOT / "docs/how-to/change-a-parameter.md").read_text(encoding="utf-8")
    sections = {name: field.annotation.table for name, field in WorldParams.model_fields.items()}
    rows = _rows(page, "Behaviour and physics")[1:]
    assert dict(rows) == {f"world.{name}": f"conf/params/{table}.yaml" for name, table in sections.items()}
    without = {entry.name.removesuffix(".yaml") for entry in params_dir().iterdir()} - set(sections.values())
    named = page.split("The other tables")[1].split("have no keys")[0]
    assert all(table.split("_")[0] in named for table in without)


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_named_policies_exist(page):
    known = {*registry.names(), "replenish.one_case", "replenish.mine"}
    for name in re.findall(rf"`((?:{'|'.join(DECISION_POINTS)})\.[a-z_]+)`", page.read_text(encoding="utf-8")):
        assert name in known, name


def test_every_table_of_parameters_is_named_in_the_odd_page():
    text = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
    for entry in params_dir().iterdir():
        if entry.name.endswith(".yaml"):
            assert f"conf/params/{entry.name}" in text


def test_arms_are_those_of_the_configuration():
    header, *rows = _rows((ROOT / "docs/reference/arms.md").read_text(encoding="utf-8"), "# Arms and switches")
    assert [row[0] for row in rows] and sorted(row[0] for row in rows) == sorted(choices("scenario"))
    for row in rows:
        pairs = [("scenario", row[0])] + ([("data", str(ROOT)), ("source_city", "0")] if row[-1] == "replay" else [])
        arm = compose("run", pairs).config.scenario
        shown = [str(getattr(arm, name)) for name in header[1:]]
        assert [cell.lower() for cell in shown] == row[1:]


def test_who_decides_is_what_the_builder_chooses():
    header, *rows = _rows((ROOT / "docs/reference/arms.md").read_text(encoding="utf-8"), "## Who decides")
    assert set(header[2:]) == set(DECISION_POINTS)
    for row in rows:
        s, p = (cell == "on" for cell in row[:2])
        arm = ScenarioConfig(name="x", fulfilment="mix", preorder_share=0.5, s=s, p=p, f=False)
        chosen = decisions_of(arm, WorldParams.model_validate({}))
        assert [chosen.policy_name(point) for point in header[2:]] == [
            f"{point}.{name}" for point, name in zip(header[2:], row[2:], strict=True)
        ]


def test_the_page_on_policies_runs():
    text = (ROOT / "docs/how-to/write-a-policy.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    room: dict[str, object] = {}
    for block in code:
        exec(compile(block, "write-a-policy.md", "exec"), room)
    assert room["metrics"].keys() == METRICS.keys()
