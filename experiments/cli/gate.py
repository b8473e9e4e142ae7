"""`linli gate DIR`: whether an arm of an experiment may take the place of its baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.verb import Answer, Verb, gather
from sim.errors import InputError, Problem

VERB = Verb(
    name="gate",
    summary="decide whether an arm of an experiment may take its baseline's place",
    positionals=("DIR",),
    flags=("--out",),
    root="gate",
    details="DIR is what linli compare wrote; arm= and baseline= name arms of it.\n"
            "Exit 0 pass, 1 fail, 3 inconclusive. Writes gate.json, gate.md and junit.xml.\n"
            "language=zh writes gate.md in Chinese.",
)


def prepare(call: Call) -> Any:
    """The rules, the experiment, the two arms and the directory of the decision."""
    from experiments.config.compose import compose, digest_of
    from experiments.gate.evidence import open_experiment, read_evidence
    from experiments.results import check_out, locate

    composed, experiment, _ = gather(lambda: compose("gate", call.pairs), lambda: open_experiment(_directory(call)),
                                     lambda: check_out(call.out))
    arms = experiment.arms(composed.config.arm, composed.config.baseline)
    evidence = read_evidence(experiment, arms)
    composed = replace(composed, digest=digest_of("gate", composed.config, evidence.digest), origin=evidence.digest)
    return composed, experiment, arms, evidence, locate(composed.digest, call.out)


def _directory(call: Call) -> str:
    if not call.positionals:
        raise InputError(Problem("DIR", "is missing: the directory of an experiment that linli compare wrote"))
    return call.positionals[0]


def execute(call: Call, prepared: Any) -> Answer:
    """Decides, writes the decision and prints it."""
    from experiments.gate import CODES, decide, write
    from experiments.gate.page import terminal
    from experiments.results import keep, marker

    composed, experiment, (arm, baseline), evidence, target = prepared
    decision = decide(experiment, evidence, composed.config, arm, baseline)
    data: dict[str, Any] = {}

    def compute(directory: Any) -> dict[str, Any]:
        data.update(write(decision, directory))
        return {"digest": decision.digest, "verdict": decision.verdict}

    kept = keep(target, marker(composed), compute)
    return Answer({**data, "results": kept.path}, f"{terminal(decision)}\nresults {kept.path}", kept.notes,
                  code=CODES[decision.verdict])
