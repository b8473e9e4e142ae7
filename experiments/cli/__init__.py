"""The `linli` command: exit 0; 1 the run failed; 2 wrong use; 3 inconclusive; 130 interrupted. Never a traceback.

Only what `--help` needs is imported here; a verb's own imports stand inside its functions.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence

from experiments.cli.arguments import parse, wants_json
from experiments.cli.output import Output
from experiments.cli.signals import terminate_like_interrupt
from experiments.cli.verb import help_of, load, overview
from sim.errors import ContractError, InputError, Problem, RefusedError, RunError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line (the process's own when `argv` is None) and returns its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    with Output(wants_json(arguments), keep_aside=argv is None) as output, terminate_like_interrupt():
        try:
            return _answer(arguments, output)
        except InputError as error:
            output.problems(error.problems)
            return 2
        except RefusedError as error:
            output.problems(error.problems)
            return 1
        except KeyboardInterrupt:
            output.problems([Problem("", _interrupted(arguments))])
            return 130
        except (RunError, ContractError) as error:
            output.problems([_failure(str(error))])
            return 1
        except MemoryError as error:
            output.problems([_failure(f"there is not enough memory for this ({error}); take fewer residents or days")])
            return 1
        except Exception as error:
            output.problems([_failure(f"unexpected {type(error).__name__}: {error}")])
            return 1


def _answer(arguments: list[str], output: Output) -> int:
    call, problems = parse(arguments)
    if not call.verb and not problems:
        output.text_or_json(overview(), {"help": overview()})
        return 0
    module = load(call.verb) if call.verb else None
    if module is None:
        raise InputError(problems)
    if call.help:
        text = help_of(module.VERB)
        output.text_or_json(text, {"help": text})
        return 0
    try:
        prepared = module.prepare(call)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    answer = module.execute(call, prepared)
    output.notes(answer.notes)
    output.text_or_json(answer.text, answer.data)
    return answer.code


def _interrupted(arguments: list[str]) -> str:
    call, _ = parse(arguments)
    module = load(call.verb) if call.verb else None
    if module is not None and module.VERB.resumes:
        return f"interrupted; what is finished is kept, to resume: linli {shlex.join(arguments)}"
    return "interrupted; nothing was written"


def _failure(what: str) -> Problem:
    """One line on the exception being handled; its trace goes to a file."""
    return Problem("", f"{' '.join(what.split())}; the trace is in {_trace_file()}")


def _trace_file() -> str:
    """The path of a new file with the trace."""
    import tempfile
    import traceback

    try:
        descriptor, path = tempfile.mkstemp(prefix="linli-", suffix=".trace.txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(traceback.format_exc())
    except OSError as error:
        return f"no file ({error.strerror})"
    return path
