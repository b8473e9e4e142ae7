"""`linli score FILE IN OUT`: a promoted policy's decisions for the questions in a Parquet file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from experiments.cli.arguments import Call
from experiments.cli.given import given
from experiments.cli.promoted import TRUST, Promoted, new_file, promoted, started
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem, RefusedError

VERB = Verb(
    name="score",
    summary="decide the questions in a Parquet file by a promoted policy",
    positionals=("FILE", "IN", "OUT"),
    keys=(TRUST,),
    serving=("cryptography", "safetensors", "onnxruntime"),
    details="IN has the columns of the decision point's observation, OUT gets those of its decision. Rows that are no\n"
            "questions go beside it, to OUT's .rejects.parquet, with the reason; a missing, further or differently\n"
            "typed column refuses the whole file (exit 2). Exit 1 when the policy is refused, or does not answer each\n"
            "question rightly within 120 s a batch (LINLI_DECIDE_SECONDS), or no row is a question. Nothing is\n"
            "overwritten or left half-written.",
)


class Prepared(NamedTuple):
    """The policy, the questions, where decisions go, and the longest time for a batch."""

    policy: Promoted
    source: Path
    target: Path
    seconds: float


def prepare(call: Call) -> Prepared:
    """All that is named, there to be read or written."""
    from experiments.limits import decide_seconds

    _, policy, seconds, source, target = given(
        call, VERB, promoted, lambda _: decide_seconds(), lambda words: _source(words["IN"]),
        lambda words: _target(words["OUT"]), needed=("trust",))
    return Prepared(policy, source, target, seconds)


def _source(word: str) -> Path:
    if not Path(word).is_file():
        raise InputError(Problem(word, "is no file" if Path(word).exists() else "there is no such file"))
    return Path(word)


def _target(word: str) -> Path:
    from policies.serving.batch import rejects_beside

    return new_file(word, rejects_beside(Path(word)))


def execute(call: Call, prepared: Prepared) -> Answer:
    """Decides."""
    from experiments.cli.progress import Progress
    from policies.errors import NoDecision, WrongQuestions
    from policies.serving.batch import rejects_beside, score

    policy = started(prepared.policy, prepared.seconds)
    progress = Progress("rows")
    try:
        scored = score(prepared.source, prepared.target, policy, lambda done, total: progress(done, total))
    except WrongQuestions as error:
        raise InputError(Problem(str(prepared.source), line) for line in error.problems) from None
    except NoDecision as error:
        raise RefusedError(Problem(str(policy.about.said["policy"]), str(error))) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(Problem(str(prepared.target), f"cannot be written ({reason})")) from None
    finally:
        policy.close()
    rejects = rejects_beside(prepared.target) if scored.rejected else None
    data: dict[str, Any] = {
        "policy": policy.about.said["policy"], "artifact": policy.about.digest, "rows": scored.rows,
        "decided": scored.decided, "rejected": scored.rejected, "decisions": prepared.target, "rejects": rejects}
    lines = [f"{scored.decided} of {scored.rows} rows decided by {data['policy']} -> {prepared.target}"]
    if rejects is not None:
        lines.append(f"{scored.rejected} rows rejected, with the reason -> {rejects}")
    return Answer(data, "\n".join(lines), code=1 if scored.rows and not scored.decided else 0)
