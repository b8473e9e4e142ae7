"""The lab `route`: a capacitated vehicle routing problem from a file, by the solver that the route policy uses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from experiments.labs.parameters import LabParameters
from policies.route.solver import Task, solve
from sim.errors import InputError, Problem


class RouteParameters(LabParameters):
    """Keys and values of ``conf/lab/route.yaml``; ``file`` may also be given as the argument after the lab's name."""

    file: Path | None
    iterations: Annotated[int, Field(ge=1, le=1_000_000)]
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]


def read(path: Path | None) -> Task:
    """The problem that a file states. Raises InputError where it cannot be read or is none."""
    if path is None:
        raise InputError(Problem("FILE", "is missing; a file in TSPLIB format is needed"))
    import vrplib

    try:
        stated = vrplib.read_instance(path)
        depot, load = int(stated["depot"][0]), np.asarray(stated["demand"])
        distance, capacity = np.floor(np.asarray(stated["edge_weight"]) + 0.5), int(stated["capacity"])
        order = np.argsort(np.arange(len(load)) != depot, kind="stable")
        task = Task(distance[np.ix_(order, order)].astype(np.int64), load[order[1:]].astype(np.int64), capacity)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("FILE", f"cannot be read: {getattr(error, 'strerror', None) or error}")) from None
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise InputError(Problem("FILE", f"is no routing problem in TSPLIB format ({error})")) from None
    if len(task.load) and task.load.max() > task.capacity:
        raise InputError(Problem("FILE", f"a demand of {task.load.max()} exceeds the capacity of {task.capacity}"))
    return task


def run(parameters: RouteParameters) -> dict[str, Any]:
    """Length of the best plan found and its routes: places as numbered in the file less one, the depot left out."""
    plan = solve(read(parameters.file), parameters.iterations, parameters.seed)
    return {"cost": plan.distance, "routes": plan.routes}
