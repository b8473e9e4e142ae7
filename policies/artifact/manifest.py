"""What an artifact says of itself (``manifest.json``) and of the contract it was promoted under (``contract.json``)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Any, Final, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from policies.artifact.canonical import to_json
from policies.artifact.signature import digest
from policies.errors import RefusedArtifact
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.point import DecisionPoint

FORMAT: Final = "linli.policy/1"
_LIBRARIES = ("linli", "numpy", "pyarrow", "onnxruntime")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Contract(_Part):
    """The decision point and the version of its contract."""

    name: str
    version: str


class Entry(_Part):
    """An entry beside the manifest and the signature."""

    name: str
    bytes: int
    sha256: str


class Origin(_Part):
    """Where the policy was trained and judged: an experiment's arm, against which baseline, by which gate."""

    experiment: str
    arm: str
    baseline: str
    gate: str


class Manifest(_Part):
    """``manifest.json``.

    Attributes
    ----------
    format
        of the file, :data:`FORMAT`.
    policy
        its name in the registry.
    contract
        the decision point and its version.
    created
        when it was promoted, a date such as 2026-03-02: given, never read from a clock.
    made_with
        versions of Python, linli and the libraries that made the golden answer.
    origin
        where the policy comes from.
    entries
        all entries beside this one and the signature, in the archive's order.
    """

    format: Literal["linli.policy/1"]
    policy: str
    contract: Contract
    created: str
    made_with: dict[str, str]
    origin: Origin
    entries: tuple[Entry, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return self.model_dump(mode="json")


def manifest(policy: str, point: DecisionPoint, created: str, origin: Origin, entries: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of these entries, made with the libraries that are here."""
    listed = tuple(Entry(name=name, bytes=len(content), sha256=digest(content)) for name, content in entries.items())
    contract = Contract(name=point.name, version=point.version)
    return Manifest(format=FORMAT, policy=policy, contract=contract, created=created, made_with=made_with(),
                    origin=origin, entries=listed)


def made_with() -> dict[str, str]:
    """Return the versions of Python, linli and the libraries that a decision is computed with."""
    found = {"python": python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def read_manifest(found: Mapping[str, Any], entries: Mapping[str, bytes]) -> Manifest:
    """Return the manifest in ``found``. Raises RefusedArtifact unless it is one of exactly these entries."""
    if found.get("format") != FORMAT:
        raise RefusedArtifact(f"is of the format {found.get('format')!r}; this version of linli reads {FORMAT}")
    try:
        read = Manifest.model_validate_json(to_json(dict(found)), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RefusedArtifact(f"manifest.json: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
    listed = tuple(Entry(name=name, bytes=len(content), sha256=digest(content)) for name, content in entries.items())
    if read.entries != listed:
        raise RefusedArtifact("manifest.json: does not list the entries of the archive")
    return read


def describe(point: DecisionPoint) -> dict[str, Any]:
    """Return a contract as data: name, version, key, row-wise or not, and both tables' columns."""
    return {
        "name": point.name,
        "version": point.version,
        "key": list(point.key),
        "row_wise": point.row_wise,
        "observation": [_column(field) for field in point.observation],
        "decision": [_column(field) for field in point.decision],
    }


def _column(field: pa.Field) -> dict[str, Any]:
    about = {name.decode(): value.decode() for name, value in (field.metadata or {}).items()}
    return {"name": field.name, "type": str(field.type), "nullable": field.nullable, **about}


def known_contract(said: Contract, described: Mapping[str, Any]) -> DecisionPoint:
    """Return the contract that this linli has and the artifact was promoted under.

    Raises
    ------
    RefusedArtifact
        when it has none of that name, another version of it, or other columns.
    """
    point = DECISION_POINTS.get(said.name)
    if point is None:
        raise RefusedArtifact(f"answers the decision point {said.name!r}; this linli has {', '.join(DECISION_POINTS)}")
    if said.version != point.version:
        raise RefusedArtifact(f"answers version {said.version} of the contract {said.name}; this linli has "
                              f"{point.version}: promote it anew, or use the linli it was made with")
    if _without_words(described) != _without_words(describe(point)):
        raise RefusedArtifact(f"contract.json: is not version {said.version} of {said.name} as this linli has it")
    return point


def _without_words(described: Mapping[str, Any]) -> dict[str, Any]:
    """A contract without what is only said to people."""
    try:
        columns = {
            table: [{name: value for name, value in column.items() if name != "doc"} for column in described[table]]
            for table in ("observation", "decision")
        }
    except (KeyError, TypeError, AttributeError):
        raise RefusedArtifact("contract.json: is no contract") from None
    return {**described, **columns}
