"""Where results lie: `results/<config digest>` or the directory that was named. Nothing there is ever overwritten.

A directory of ours holds `config.json`, which says what it is for, and once finished `result.json`. A run writes beside
its target under a name of its own and is renamed into place, so that it is there whole or not at all; an experiment
claims its directory first and adds finished cells.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from experiments.config.compose import Composed
from experiments.config.paths import determining
from experiments.files import read_json, umask, write_json
from sim.errors import InputError, Problem

ROOT = Path("results")
SNAPSHOT = "snapshot"
"""The folder of a result that holds the twin as it stood on `snapshot_day`."""


class Kept(NamedTuple):
    """A result, where it lies, and how it compares with an earlier one of the same configuration.

    `earlier` is None, "same" or "differs"; `notes` say it in words. `snapshot` is where the snapshot lies, if one was
    written.
    """

    result: dict[str, Any]
    path: Path
    earlier: str | None = None
    notes: tuple[str, ...] = ()
    snapshot: Path | None = None


def check_out(out: str | None) -> None:
    """InputError unless results can be written to `--out`, or to `results` when that is not given."""
    target, name = (ROOT, str(ROOT)) if out is None else (Path(out).absolute(), "--out")
    existing = next(path for path in (target, *target.absolute().parents) if os.path.lexists(path))
    if len(os.fsencode(target.name)) > 255:
        raise InputError(Problem(name, f"is too long for the name of a directory: {target.name[:60]}..."))
    if not existing.is_dir():
        raise InputError(Problem(name, f"not a directory: {existing}"))
    for directory in {existing, existing.parent if out is not None and existing == target else existing}:
        if not os.access(directory, os.W_OK | os.X_OK):
            raise InputError(Problem(name, f"cannot be written to: {directory}"))
    if out is not None and existing == target:
        if os.path.ismount(target) or target.resolve() == Path.cwd():
            raise InputError(Problem(name, f"cannot be replaced, name a directory in it: {target}"))
        if _holds_files(target) and _read(target / "config.json") is None:
            raise InputError(Problem(name, f"holds files that are no result: {target}"))


def locate(config_digest: str, out: str | None) -> Path:
    """The directory for the result of a configuration; InputError when it cannot be used or belongs to another."""
    check_out(out)
    target = Path(out).absolute() if out is not None else ROOT / config_digest
    _check_owner(target, config_digest)
    return target


def marker(composed: Composed[Any]) -> dict[str, Any]:
    """What `config.json` says: the verb, its configuration and the digest of that; `shown` enters no digest."""
    config = determining(composed.config)
    shown = {name: value for name, value in composed.plain().items() if name not in config}
    return {"verb": composed.verb, "config_digest": composed.digest, "groups": composed.groups,
            **({"from": composed.origin} if composed.origin else {}), **({"shown": shown} if shown else {}),
            "config": config}


def keep(target: Path, mark: Mapping[str, Any], compute: Callable[[Path], dict[str, Any]]) -> Kept:
    """Computes a result into a directory of its own and puts it at `target`, or beside an earlier one that differs.

    `compute` writes its files into the directory it is given and returns what becomes `result.json`; its "digest" is
    what is compared. When it fails or is interrupted, nothing of it is left. A snapshot among its files is added to an
    earlier result that is the same.
    """
    with _made(target.parent), _staging(target) as staging:
        write_json(staging / "config.json", mark)
        result = compute(staging)
        write_json(staging / "result.json", result)
        return _place(staging, target, result)


def claim(target: Path, mark: Mapping[str, Any]) -> None:
    """Makes the directory of an experiment with its `config.json`, or goes on in one that has the same."""
    with _made(target.parent), _staging(target) as staging:
        write_json(staging / "config.json", mark)
        try:
            os.rename(staging, target)
        except OSError:
            if not _holds_files(target):
                raise
            _check_owner(target, mark["config_digest"])


def _place(staging: Path, target: Path, result: dict[str, Any]) -> Kept:
    differs: list[str] = []
    for number in count(1):
        path = target if number == 1 else target.with_name(f"{target.name}-{number}")
        try:
            os.rename(staging, path)
        except OSError:
            if not os.path.lexists(path) or (path.is_dir() and not _holds_files(path)):
                raise
        else:
            snapshot = path / SNAPSHOT if (path / SNAPSHOT).is_dir() else None
            if differs:
                return Kept(result, path, "differs", (*differs, f"written to {path}"), snapshot)
            return Kept(result, path, snapshot=snapshot)
        earlier = (_read(path / "result.json") or {}).get("digest")
        if earlier == result["digest"]:
            return Kept(result, path, "differs" if differs else "same",
                        (*differs, f"same as the result in {path} (digest {earlier})"),
                        _add_snapshot(staging / SNAPSHOT, path))
        differs.append(f"differs from the result in {path} (digest {earlier}, now {result['digest']})")
    raise AssertionError("count() does not end")


def _add_snapshot(written: Path, result: Path) -> Path | None:
    """Moves a snapshot to a result that has not got it yet; where it lies there, None where none was written."""
    if not written.is_dir():
        return None
    for number in count(1):
        path = result / (SNAPSHOT if number == 1 else f"{SNAPSHOT}-{number}")
        try:
            os.rename(written, path)
        except OSError:
            if not os.path.lexists(path):
                raise
            if _read(path / "manifest.json") != _read(written / "manifest.json"):
                continue
        return path
    raise AssertionError("count() does not end")


def _check_owner(target: Path, config_digest: str) -> None:
    """InputError when the directory holds anything but results of this configuration."""
    if not _holds_files(target):
        return
    owner = (_read(target / "config.json") or {}).get("config_digest")
    if owner is None:
        raise InputError(Problem(str(target), "holds files that are no result"))
    if owner != config_digest:
        raise InputError(Problem(str(target), f"holds the result of another configuration (digest {owner}, "
                                 f"not {config_digest})"))


def _holds_files(directory: Path) -> bool:
    return directory.is_dir() and next(directory.iterdir(), None) is not None


def _read(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file, or None when there is no such file or it holds none."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return None


@contextmanager
def _made(directory: Path) -> Iterator[None]:
    """Makes a directory and those above it, and takes back the empty ones when what follows fails."""
    made = [path for path in (directory, *directory.parents) if not os.path.lexists(path)]
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _take_back(made)
        raise _unwritable(directory, error) from None
    try:
        yield
    except BaseException:
        _take_back(made)
        raise


def _take_back(made: list[Path]) -> None:
    for path in made:
        if os.path.isdir(path) and not _holds_files(path):
            path.rmdir()


def _unwritable(directory: Path, error: OSError) -> InputError:
    return InputError(Problem(str(directory), f"cannot be written to ({error.strerror}); name another one by --out"))


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A new directory beside the target, gone at the end unless it was renamed."""
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}.", dir=target.parent))
    except OSError as error:
        raise _unwritable(target.parent, error) from None
    try:
        staging.chmod(0o777 & ~umask())
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
