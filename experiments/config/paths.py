"""The dotted paths of a model tree: which can be set, and of what type each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo


def derived(**constraints: Any) -> Any:
    """A field that composition fills; no `key=value` sets it."""
    return Field(json_schema_extra={"derived": True}, **constraints)


def presentation(**constraints: Any) -> Any:
    """A field that only says how results are shown: no figure depends on it and it enters no digest."""
    return Field(json_schema_extra={"presentation": True}, **constraints)


def named_freely(**constraints: Any) -> Any:
    """A mapping of mappings whose names the configuration does not know: any `field.outer.inner` can be given."""
    return Field(json_schema_extra={"named_freely": True}, **constraints)


def determining(config: BaseModel) -> dict[str, Any]:
    """A configuration as JSON's types, without what only says how results are shown."""
    shown = {name for name, field in type(config).model_fields.items() if _marked(field, "presentation")}
    return config.model_dump(mode="json", exclude=shown)


def leaves(model: type[BaseModel], data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Every path that a value can be given to, with its type.

    `data` is the composed configuration: a mapping of named things offers the names that stand there.
    """
    return dict(_leaves(model, data, prefix))


def free(model: type[BaseModel], prefix: str = "") -> set[str]:
    """The paths of the fields below which names are free; see `named_freely`."""
    found = set()
    for name, field in model.model_fields.items():
        if _marked(field, "named_freely"):
            found.add(f"{prefix}{name}")
        elif (kind := section(field.annotation)) is not None:
            found |= free(kind, f"{prefix}{name}.")
    return found


def _leaves(model: type[BaseModel], data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if not _marked(field, "derived") and not _marked(field, "named_freely"):
            yield from _below(field.annotation, data.get(name), f"{prefix}{name}", field)


def _below(annotation: Any, data: Any, path: str, field: FieldInfo | None = None) -> Iterator[tuple[str, Any]]:
    kind = section(annotation)
    entries = data if isinstance(data, Mapping) else {}
    if kind is not None:
        yield from _leaves(kind, entries, f"{path}.")
    elif get_origin(annotation) is dict:
        for key in entries:
            yield from _below(get_args(annotation)[1], entries[key], f"{path}.{key}")
    else:
        yield path, annotation


def section(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation names, alone or as the one alternative to None; else None."""
    if get_origin(annotation) is Annotated:
        return section(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return section(rest[0]) if len(rest) == 1 else None
    return None


def assign(data: dict[str, Any], path: str, value: Any) -> None:
    """Puts `value` at a dotted path, making the sections on the way."""
    *sections, last = path.split(".")
    for name in sections:
        below = data.get(name)
        if not isinstance(below, dict):
            below = data[name] = {}
        data = below
    data[last] = value


def _marked(field: FieldInfo, mark: str) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and bool(extra.get(mark))
