"""Snapshots: a state on disk as one directory of uncompressed columns, to restore from or to fork many
futures from.

    DIR/manifest.json           what is in it, with the digest of every part
    DIR/columns/residents/x.npy one column, `count` rows
    DIR/...                     what the caller adds (logs, policies)

A snapshot is written beside its place and moved there in one step, so it is whole or absent, and it is never
written over. Columns are opened memory-mapped copy-on-write: a fork reads only what it touches and never
alters the file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from sim.digest import digest_array
from sim.errors import InputError, Problem, RunError
from sim.state import State

FORMAT = "linli-snapshot"
VERSION = 1
_MANIFEST = "manifest.json"
_COLUMNS = "columns"
_NAME = re.compile(r"[^\W\d]\w*/[^\W\d]\w*")
_CHUNK = 1 << 20


def save(
    state: State,
    path: str | os.PathLike[str],
    extra: Mapping[str, Any] | None = None,
    also: Callable[[Path], None] | None = None,
) -> None:
    """Write all rows in use to the new directory `path`, with `extra` (JSON) and whatever `also` puts beside
    them.

    `also` gets the directory while it is still being written; the files it makes there are digested too.
    Raises InputError when something lies at `path` already or its parent cannot hold it, RunError when
    writing fails.
    """
    place = Path(path)
    if place.exists() or place.is_symlink():
        raise _wrong(place, "exists already and a snapshot is never written over; choose another path or remove it")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.parent / f".snapshot-{uuid4().hex}"
        draft.mkdir()
    except OSError as error:
        raise _wrong(place, f"cannot be made ({error.strerror or error}); choose a folder you may write to") from error
    try:
        _write(draft, state.columns(), dict(extra or {}), also)
        _move(draft, place)
    except OSError as error:
        raise RunError(f"writing the snapshot {place} failed: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def load(
    path: str | os.PathLike[str], mmap: bool = True, verify: bool = False
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The columns ("frame/column" to array) and the `extra` of the snapshot at `path`.

    With `mmap` the arrays are mapped copy-on-write: writing to them stays in this process. With `verify`
    every file is read and its digest compared. Raises InputError, naming the place and a remedy, for what is
    missing, damaged or no snapshot.
    """
    place = Path(path)
    manifest = _manifest(place)
    problems: list[Problem] = []
    columns: dict[str, NDArray[Any]] = {}
    for name, entry in manifest["columns"].items():
        file = _file_of(place, name)
        try:
            columns[name] = _open(file, entry, mmap)
            damaged = verify and digest_array(name, columns[name]) != entry["digest"]
        except (OSError, ValueError, EOFError) as error:
            problems.append(Problem(str(file), f"cannot be read ({_reason(error)}); use another copy of the snapshot"))
            continue
        if damaged:
            problems.append(Problem(str(file), "differs from its digest; use another copy of the snapshot"))
    if verify:
        for name, expected in manifest["files"].items():
            file = place / name
            if not file.is_file():
                problems.append(Problem(str(file), "is missing; use another copy of the snapshot"))
            elif _digest_file(file) != expected:
                problems.append(Problem(str(file), "differs from its digest; use another copy of the snapshot"))
    if problems:
        raise InputError(problems)
    return columns, manifest["extra"]


def _wrong(place: Path, message: str) -> InputError:
    return InputError([Problem(str(place), message)])


def _reason(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error)


def _file_of(place: Path, column: str) -> Path:
    return place / _COLUMNS / f"{column}.npy"


def _digest_file(file: Path) -> str:
    digest = blake2b(digest_size=32)
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _digest_json(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return blake2b(canonical.encode(), digest_size=32).hexdigest()


def _write(
    draft: Path,
    columns: Mapping[str, NDArray[Any]],
    extra: dict[str, Any],
    also: Callable[[Path], None] | None,
) -> None:
    entries = {}
    for name, array in columns.items():
        file = _file_of(draft, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, array, allow_pickle=False)
        entries[name] = {
            "dtype": array.dtype.str,
            "shape": list(array.shape),
            "digest": digest_array(name, array),
        }
    if also is not None:
        also(draft)
    written = {file for file in draft.rglob("*") if file.is_file()} - {_file_of(draft, name) for name in columns}
    files = {file.relative_to(draft).as_posix(): _digest_file(file) for file in sorted(written)}
    content = {"format": FORMAT, "version": VERSION, "columns": entries, "files": files, "extra": extra}
    # through JSON once, so that the digest is of what will be read
    content = json.loads(json.dumps(content, allow_nan=False))
    text = json.dumps(content | {"digest": _digest_json(content)}, indent=1, ensure_ascii=False)
    (draft / _MANIFEST).write_text(text, encoding="utf-8")


def _move(draft: Path, place: Path) -> None:
    try:
        os.replace(draft, place)
    except OSError as error:
        if place.exists():  # another process was first
            raise _wrong(place, "exists already and a snapshot is never written over; choose another path") from error
        raise


def _manifest(place: Path) -> dict[str, Any]:
    """The checked manifest: its own digest holds, so its shape is what `_write` gave it."""
    if not place.exists():
        raise _wrong(place, "does not exist; give the directory that snapshot_day= wrote")
    file = place / _MANIFEST
    if not place.is_dir() or not file.is_file():
        raise _wrong(place, f"is no snapshot (no {_MANIFEST} in it); give the directory that snapshot_day= wrote")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(file, f"cannot be read ({_reason(error)}); use another copy of the snapshot") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _wrong(place, "is no snapshot of linli; give the directory that snapshot_day= wrote")
    if content.get("version") != VERSION:
        found = content.get("version")
        raise _wrong(place, f"is a snapshot of version {found}, this linli reads version {VERSION}; write it anew")
    digest = content.pop("digest", None)
    if digest != _digest_json(content) or not all(_NAME.fullmatch(name) for name in content["columns"]):
        raise _wrong(file, "differs from its digest; use another copy of the snapshot")
    return content


def _open(file: Path, entry: Mapping[str, Any], mmap: bool) -> NDArray[Any]:
    shape = tuple(entry["shape"])
    empty = 0 in shape  # nothing to map
    loaded = np.load(file, mmap_mode="c" if mmap and not empty else None, allow_pickle=False)
    array: NDArray[Any] = np.asarray(loaded)
    if array.dtype.str != entry["dtype"] or array.shape != shape:
        raise ValueError(f"holds {array.dtype.str} {array.shape}, not {entry['dtype']} {shape}")
    return array
