"""The conformance check of one policy in a process of its own, which the policy may stop, end or print in.

``python -P -m policies.conformance_process REPORT`` reads what to check from standard input, as JSON ``{"policy": NAME,
"params": {...}, "path": FOLDER}``, and writes to the descriptor REPORT, as JSON a line:

- ``{"step": NAME}`` when a step begins, ``{"step": NAME, "found": [...]}`` when it has ended;
- ``{"unusable": WHY}`` when no policy can be made of what was named;
- ``{"point": ..., "version": ..., "cases": N, "problems": [...]}`` at the end.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from policies import registry
from policies.conformance import check
from policies.errors import ConformanceError, PolicyError
from sim.contracts.decisions import DECISION_POINTS

Tell = Callable[[Mapping[str, Any]], None]


def main() -> None:
    """Check what standard input names."""
    report = int(sys.argv[1])
    os.set_inheritable(report, False)

    def tell(what: Mapping[str, Any]) -> None:
        os.write(report, (json.dumps(what) + "\n").encode())

    asked = json.load(sys.stdin)
    # only now, so that nothing in the folder stands before linli's own packages, whose names are common words
    sys.path.insert(0, asked["path"])
    _check(asked["policy"], asked["params"], tell)


def _check(name: str, params: dict[str, Any], tell: Tell) -> None:
    tell({"step": "making it"})
    try:
        make = _maker(name, params)
        policy = make()
        unusable = registry.cannot_learn(policy)
    except PolicyError as error:
        unusable = str(error)
    if unusable is not None:
        tell({"unusable": unusable})
        return

    def listener(step: str, found: list[str] | None) -> None:
        tell({"step": step} if found is None else {"step": step, "found": found})

    point = getattr(policy, "point", None)
    version = DECISION_POINTS[point].version if point in DECISION_POINTS else None
    end: dict[str, Any] = {"point": point, "version": version, "cases": 0, "problems": []}
    try:
        end["cases"] = len(check(policy, make=make, listener=listener).cases)
    except ConformanceError as error:
        end["problems"] = list(error.problems)
    tell(end)


def _maker(name: str, params: dict[str, Any]) -> Callable[[], Any]:
    if ":" in name:
        return partial(_made, _imported(name), params)
    return partial(registry.create, name, **params)


def _imported(name: str) -> Callable[..., Any]:
    """The class or function that ``module:Class`` names. Raises PolicyError when there is none."""
    module, _, attribute = name.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:  # whatever the module does when it is imported
        raise PolicyError(f"cannot be imported: {type(error).__name__}: {error}") from error
    return found


def _made(maker: Callable[..., Any], params: dict[str, Any]) -> Any:
    """A policy. Raises PolicyError when ``maker`` does not take the parameters or cannot make one."""
    try:
        return maker(**params)
    except (Exception, SystemExit) as error:
        raise PolicyError(f"cannot be made: {type(error).__name__}: {error}") from error


if __name__ == "__main__":
    main()
