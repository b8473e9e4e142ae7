"""`linli backtest`: a forecaster on recorded history, with what had been recorded by each day only."""

from __future__ import annotations

from typing import Any, NamedTuple

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, gather

VERB = Verb(
    name="backtest",
    summary="forecast recorded history day by day and compare with simple forecasts",
    details="data=DIR is a directory in the format of FreshRetailNet (docs/how-to/backtest.md). forecast=NAME is a\n"
            "registered policy, params.NAME=value its parameters; from=DATE to=DATE the days that are forecast,\n"
            "horizon_days=N how far ahead, refit_days=N how often it learns, unit= the sale that counts one pack.",
)


class Prepared(NamedTuple):
    """The configuration, the recording, and the recorded days of the first and the last target."""

    config: Any
    recording: Any
    begin: int
    end: int


def prepare(call: Call) -> Prepared:
    """The recording and what is to be forecast; see `Prepared`."""
    from experiments.backtest.config import configured
    from experiments.backtest.recording import read_recording
    from experiments.backtest.testing import days_of

    config = configured(call.pairs)
    recording = read_recording(config.data.expanduser().absolute(), config.unit)
    (days,) = gather(lambda: days_of(recording, config.first, config.last))
    return Prepared(config, recording, *days)


def execute(call: Call, prepared: Prepared) -> Answer:
    """The figures, with the differences from the baselines."""
    from experiments.backtest.testing import backtest
    from experiments.cli.progress import Progress

    config = prepared.config
    progress = Progress(config.forecast)
    data = backtest(prepared.recording, config.forecast, config.params, prepared.begin, prepared.end,
                    config.horizon_days, config.refit_days, progress)
    return Answer(data, "\n".join(_lines(config.forecast, data)))


def _lines(name: str, data: dict[str, Any]) -> list[str]:
    """A table of forecasters, then the differences."""
    width = max(len(one) for one in (name, *data["baselines"]))
    lines = [f"{'':<{width}}  {'WAPE':>8}{'in stock':>10}{'of mean':>10}{'bias':>9}{'cover 90':>10}"]
    for one, found in ((name, data), *data["baselines"].items()):
        figures = [found[key] for key in ("wape", "wape_in_stock", "wape_of_mean", "bias", "coverage_90")]
        lines.append(f"{one:<{width}}  {_said(figures[0], 8)}{_said(figures[1], 10)}{_said(figures[2], 10)}"
                     f"{_said(figures[3], 9)}{_said(figures[4], 10)}")
    for one, found in data["baselines"].items():
        for key, what in (("difference", "all"), ("difference_in_stock", "in stock")):
            gap = found[key]
            lines.append(f"WAPE less that of {one}, {what}: {_said(gap['mean'], 0)} "
                         f"({_said(gap['low'], 0)} to {_said(gap['high'], 0)})")
    losses = "  ".join(f"{level} {_said(loss, 0)}" for level, loss in data["pinball"].items())
    return [*lines, f"pinball loss over sales by quantile: {losses}", f"rows {data['rows']}"]


def _said(value: float | None, width: int) -> str:
    return f"{'-' if value is None else format(value, '.4f'):>{width}}"
