"""The one way in which an artifact writes JSON and tables, so that what was read can be written again and compared."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import pyarrow as pa

from policies.errors import RefusedArtifact

_VERSION = pa.ipc.MetadataVersion.V5


def to_json(value: Any) -> bytes:
    """Return JSON with sorted keys, an indent of two and a line feed at the end; no NaN, no infinity."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def from_json(name: str, content: bytes) -> dict[str, Any]:
    """Return the object that ``content`` is the canonical form of. Raises RefusedArtifact for any other form."""
    found = plain_json(name, content)
    if to_json(found) != content:
        raise RefusedArtifact(f"{name}: is not in canonical form")
    return found


def plain_json(name: str, content: bytes) -> dict[str, Any]:
    """Return the JSON object in ``content``, however it is written. Raises RefusedArtifact when there is none."""
    try:
        found = json.loads(content.decode(), parse_constant=_no_number)
        to_json(found)
    except (ValueError, RecursionError):
        raise RefusedArtifact(f"{name}: is no JSON") from None
    if not isinstance(found, dict):
        raise RefusedArtifact(f"{name}: is no JSON object")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def to_arrow(table: pa.Table) -> bytes:
    """Return an Arrow stream of one batch: no compression, no metadata beside names and types."""
    whole = table.take(pa.array(range(table.num_rows), pa.int64())).combine_chunks()  # whatever it was cut from
    plain = pa.Table.from_arrays(whole.columns, schema=bare(table.schema))
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(metadata_version=_VERSION, compression=None, use_threads=False)
    with pa.ipc.new_stream(sink, plain.schema, options=options) as writer:
        writer.write_table(plain)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def from_arrow(name: str, content: bytes, schema: pa.Schema) -> pa.Table:
    """Return the table in an Arrow stream, under a contract's schema. Raises RefusedArtifact when it has another."""
    try:
        with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise RefusedArtifact(f"{name}: is no Arrow stream ({' '.join(str(error).split())})") from None
    if not table.schema.equals(bare(schema)):
        raise RefusedArtifact(f"{name}: its columns are not the contract's")
    return pa.Table.from_arrays(table.columns, schema=schema)


def bare(schema: pa.Schema) -> pa.Schema:
    """Return a schema without the descriptions of its columns."""
    return pa.schema([field.remove_metadata() for field in schema])
