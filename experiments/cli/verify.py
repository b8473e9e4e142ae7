"""`linli verify FILE`: what a promoted policy is, who signed it and what it passed; serving libraries are enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.cli.arguments import Call
from experiments.cli.given import given
from experiments.cli.promoted import TRUST, Promoted, opened, promoted
from experiments.cli.verb import Answer, Verb

VERB = Verb(
    name="verify",
    summary="say what a promoted policy is, who signed it and what it passed, or why it is refused",
    positionals=("FILE",),
    keys=(TRUST,),
    details="Every byte is checked, and the policy must answer its golden question as it did in the twin. Exit 1 with\n"
            "the reason when the file is refused.",
)


def prepare(call: Call) -> Promoted:
    """The file and the trusted keys, both there to be read."""
    return promoted(given(call, VERB, needed=("trust",)))


def execute(call: Call, prepared: Promoted) -> Answer:
    """Loads it and says what it is."""
    from policies.artifact.manifest import made_with

    loaded = opened(prepared)
    said, here = loaded.manifest, made_with()
    other = {name: {"made_with": version, "here": here[name]}
             for name, version in said.made_with.items() if here.get(name, version) != version}
    data = {
        "file": prepared.file,
        "digest": loaded.digest,
        "key_id": loaded.key_id,
        "policy": said.policy,
        "params": loaded.params,
        "contract": said.contract.model_dump(),
        "created": said.created,
        "made_with": said.made_with,
        "other_versions": other,
        "origin": said.origin.model_dump(),
        "gate": loaded.gate,
        "golden_rows": loaded.rows,
        "entries": [entry.model_dump() for entry in said.entries],
    }
    notes = tuple(f"made with {name} {versions['made_with']}, here is {versions['here']}; the golden question got the "
                  "same answer" for name, versions in other.items())
    return Answer(data, "\n".join(_lines(data)), notes)


def _lines(data: Mapping[str, Any]) -> list[str]:
    """What a person wants to know."""
    contract, origin, gate = data["contract"], data["origin"], data["gate"]
    params = " ".join(f"{name}={value}" for name, value in data["params"].items())
    rows = [
        ("policy", f"{data['policy']}{f' with {params}' if params else ''}"),
        ("contract", f"{contract['name']} {contract['version']}"),
        ("signed by", data["key_id"]),
        ("promoted", f"{data['created']}, linli {data['made_with'].get('linli', '?')}"),
        ("experiment", f"{origin['experiment']}, arm {origin['arm']} against {origin['baseline']}"),
        ("gate", f"{origin['gate']}: {gate.get('verdict')}"),
        *(("", line) for line in _figures(gate.get("metrics"))),
        ("golden", f"{data['golden_rows']} rows answered as in the twin"),
        ("digest", data["digest"]),
    ]
    return [f"{name:<10}  {text}".rstrip() for name, text in rows]


def _figures(metrics: Any) -> list[str]:
    """A line for each metric of the gate, as far as it says what a gate of ours says."""
    lines = []
    for name, found in metrics.items() if isinstance(metrics, dict) else ():
        if isinstance(found, dict):
            numbers = [found.get(key) for key in ("difference", "low", "high")]
            said = [f"{number:+.4g}" if isinstance(number, int | float) else "-" for number in numbers]
            lines.append(f"{name} ({found.get('role')}): {said[0]} [{said[1]}, {said[2]}] {found.get('unit')}, "
                         f"{found.get('status')}")
    return lines
