"""A comparison: lives the cells that are missing and reports every arm against the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.cells import cells_of
from experiments.config.model import CompareConfig
from experiments.evaluate import evaluate
from experiments.executors import run_cells
from experiments.experiment import CELLS
from experiments.report import write_report
from experiments.report.terminal import table
from experiments.runner import Progress


def compare(
    config: CompareConfig,
    directory: Path,
    *,
    retry_failed: bool = False,
    fail_fast: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[dict[str, Any], str]:
    """Compute what is missing, write the report and return the JSON answer and a table for a terminal.

    Records of cells lie in `directory/cells`. Raises RunError when no arm has a replication beside the baseline's.
    """
    records = run_cells(cells_of(config), directory / CELLS, progress, retry_failed=retry_failed, fail_fast=fail_fast,
                        workers=workers)
    found = evaluate(config, records)
    return found.as_json(write_report(found, directory)), table(found)
