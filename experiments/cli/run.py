"""`linli run`: one arm, once."""

from __future__ import annotations

from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, gather

VERB = Verb(
    name="run",
    summary="compute one arm and print its metrics",
    flags=("--out",),
    root="run",
    details="A replay also takes data=DIR source_city=ID.",
)


def prepare(call: Call) -> Any:
    """The composed configuration and the directory for the result."""
    from experiments.config.compose import compose
    from experiments.results import check_out, locate

    composed, _ = gather(lambda: compose("run", call.pairs), lambda: check_out(call.out))
    return composed, locate(composed.digest, call.out)


def execute(call: Call, prepared: Any) -> Answer:
    """Computes the arm, keeps its result, and says how it compares with one that lay there."""
    from experiments.cli.progress import Progress
    from experiments.cli.table import metric_lines
    from experiments.provenance import versions
    from experiments.results import keep, marker
    from experiments.runner import run_arm

    composed, target = prepared
    fixed = {"seed": composed.config.seed, "config_digest": composed.digest, "versions": versions()}
    kept = keep(target, marker(composed), lambda directory: {
        **run_arm(composed.config, directory, progress=Progress(composed.config.scenario.name)), **fixed})
    data = {**kept.result, "results": kept.path, "earlier": kept.earlier}
    lines = [*metric_lines(kept.result["metrics"]), *_demand_lines(kept.result["demand"])]
    text = "\n".join([*lines, f"digest {kept.result['digest']}", f"results {kept.path}"])
    return Answer(data, text, kept.notes)


def _demand_lines(demand: dict[str, Any]) -> list[str]:
    """How a replay's offer compares with what was recorded."""
    if not demand:
        return []
    return [
        f"recorded demand {demand['recorded']:.1f}, offered {demand['offered']:.1f} in the data's unit: rounding error "
        f"{demand['error']:+.1f} ({demand['relative_error']:+.2e}), standard deviation {demand['error_sd']:.1f}",
        f"packs in the series {demand['packs']}, offered to the shelves {demand['packs_at_shelves']}",
        f"stock-out share of opening hours as recorded {demand['recorded_stockout_hours_share']:.4f}",
    ]
