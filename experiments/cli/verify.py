"""`linli verify FILE`: what a promoted policy is, who signed it and what it passed; serving libraries are enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.cli.arguments import Call
from experiments.cli.given import given
from experiments.cli.promoted import TRUST, Promoted, new_file, opened, promoted
from experiments.cli.verb import Answer, Verb

if TYPE_CHECKING:
    import pyarrow as pa

VERB = Verb(
    name="verify",
    summary="say what a promoted policy is, who signed it and what it passed, or why it is refused",
    positionals=("FILE",),
    keys=(TRUST,
          ("question", "a Parquet file to write the golden question to: an example of what linli score is asked")),
    serving=("cryptography", "safetensors", "onnxruntime"),
    details="Every byte is checked, and the policy must answer its golden question as it did in the twin. Exit 1 with\n"
            "the reason when the file is refused.",
)


class Prepared(NamedTuple):
    """The policy, and where its golden question goes, if anywhere."""

    policy: Promoted
    question: Path | None


def prepare(call: Call) -> Prepared:
    """The file and the trusted keys, both there to be read, and a place for the question."""
    _, policy, question = given(call, VERB, promoted, _question, needed=("trust",))
    return Prepared(policy, question)


def _question(words: Mapping[str, str]) -> Path | None:
    return new_file(words["question"]) if "question" in words else None


def execute(call: Call, prepared: Prepared) -> Answer:
    """Loads it and says what it is."""
    from policies.artifact.manifest import made_with

    loaded = opened(prepared.policy)
    if prepared.question is not None:
        _write(loaded.question, prepared.question)
    said, here = loaded.manifest, made_with()
    other = {name: {"made_with": version, "here": here[name]}
             for name, version in said.made_with.items() if here.get(name, version) != version}
    data = {
        "file": prepared.policy.file,
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
        "question": prepared.question,
        "entries": [entry.model_dump() for entry in said.entries],
    }
    notes = tuple(f"made with {name} {versions['made_with']}, here is {versions['here']}; the golden question got the "
                  "same answer" for name, versions in other.items())
    return Answer(data, "\n".join(_lines(data)), notes)


def _write(question: pa.Table, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from experiments.files import write_bytes

    content = pa.BufferOutputStream()
    pq.write_table(question, content)
    write_bytes(path, content.getvalue().to_pybytes())


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
        *([("question", str(data["question"]))] if data["question"] else []),
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
