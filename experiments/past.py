"""A snapshot as the past of a run: what configuration lived it, and how a run goes on from it.

A run with the snapshot's own configuration continues: its end is that of the run that was never interrupted. With other
values it forks: its burn-in is the past that the snapshot holds, and its own factors and policies take over there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from experiments.config.compose import Composed, digest_of
from experiments.config.model import RunConfig
from experiments.files import write_json
from sim import snapshot
from sim.errors import InputError, Problem

FILE = "run.json"
"""Lies in a snapshot beside the columns: the configuration that lived it."""

FIXED = ("city", "start", "burn_in_days", "seed", "data", "source_city")
"""What a snapshot's past was made of: nothing that goes on from it can change these."""

HORIZON = ("days", "settle_days")
"""What only says how long a run goes on and which of its days count."""


class Past(NamedTuple):
    """A snapshot that can be gone on from.

    `config` is the configuration that lived it, `day` the days after its start that were lived; `origin` is the digest
    of the snapshot that it was forked from itself (None: of none) and `digest` that of this snapshot.
    """

    path: Path
    config: RunConfig
    day: int
    origin: str | None
    digest: str


def write_config(directory: Path, config: RunConfig, origin: str | None) -> None:
    """Put the configuration that lived a snapshot into its directory."""
    write_json(directory / FILE, {"config_digest": digest_of("run", config, origin), "from": origin,
                                  "config": config.model_dump(mode="json")})


def read_past(path: Path) -> Past:
    """The snapshot at `path`, checked against its digests.

    Raises InputError when it is missing, damaged, none of ours, or written by another version of the configuration.
    """
    try:
        _, extra = snapshot.load(path, verify=True)
        if not (path / FILE).is_file():
            raise InputError(Problem(str(path), f"was not written by linli run (no {FILE} in it); "
                                                "give the directory that snapshot_day= wrote"))
    except InputError as error:
        raise InputError([Problem("from", str(problem)) for problem in error.problems]) from None
    except OSError as error:
        raise InputError(Problem("from", f"{path}: cannot be read ({error.strerror})")) from None
    try:
        found = json.loads((path / FILE).read_text(encoding="utf-8"))
        config = RunConfig.model_validate_json(json.dumps(found["config"]), strict=True)
        origin, day = found["from"], int(extra["day"]) - config.burn_in_days
        same = (found["config_digest"], extra["config_digest"]) == (
            digest_of("run", config, origin), digest_of("run", config))
        digest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))["digest"]
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        same = False
    if not same:
        raise InputError(Problem("from", f"{path / FILE}: is damaged or of another version of linli; "
                                         "use another copy of the snapshot or write it anew"))
    return Past(path, config, day, origin, digest)


def check_fixed(given: Mapping[str, Any]) -> list[Problem]:
    """A problem for each of the keys in `given` that cannot change."""
    return [Problem(key, f"cannot change: the snapshot's past was lived with {key.partition('.')[0]} as it is")
            for key in given if key.partition(".")[0] in FIXED or key == "scenario.demand"]


def other_demand(past: Past) -> Problem:
    """What is wrong with a scenario whose demand is of another kind."""
    return Problem("scenario", f"must have the demand of the snapshot's past, {past.config.scenario.demand}")


def going_on(past: Past, composed: Composed[RunConfig]) -> Composed[RunConfig]:
    """The configuration that goes on from `past`: the composed one, or for a fork the one whose burn-in the past is.

    Raises InputError when it would end before the snapshot's day, or change what cannot change.
    """
    config = composed.config
    if config.scenario.demand != past.config.scenario.demand:
        raise InputError(other_demand(past))
    fork = _forks(past.config, config)
    least = past.day + 1 if fork else max(past.day, 1)
    if config.days < least:
        raise InputError(Problem("days", f"counts from the snapshot's start: must be at least {least}, as the snapshot "
                                         f"is of day {past.day}, not {config.days}"))
    if not fork:
        return Composed("run", config, digest_of("run", config, past.origin), composed.groups, past.origin)
    forked = config.model_copy(update={
        "start": None if config.start is None else config.start + timedelta(days=past.day),
        "burn_in_days": config.burn_in_days + past.day,
        "days": config.days - past.day,
    })
    if forked.left_out_days >= forked.days:
        raise InputError(Problem("settle_days", f"leaves no day that counts: must be below the days after the fork, "
                                                f"{forked.days}"))
    return Composed("run", forked, digest_of("run", forked, past.digest), composed.groups, past.digest)


def _forks(lived: RunConfig, config: RunConfig) -> bool:
    """Whether anything but the horizon differs."""
    same = {key: getattr(lived, key) for key in HORIZON}
    return config.model_copy(update=same) != lived
