"""Columnar state: named frames of preallocated columns, the only place where the world is kept.

A frame has `capacity` rows of room and `count` rows in use. Columns are read and written in place through
views of the rows in use; they can never be rebound, so nobody can swap a column for one of another type or
length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sim.digest import digest_columns
from sim.errors import InputError, Problem

Array = NDArray[Any]
ColumnType = DTypeLike | tuple[DTypeLike, int | tuple[int, ...]]


def _split(spec: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    dtype, shape = spec if isinstance(spec, tuple) else (spec, ())
    found = np.dtype(dtype)
    if found.hasobject:
        raise ValueError(f"a column of {found} cannot be saved; use numbers, dates or fixed-width text")
    return found, (shape,) if isinstance(shape, int) else tuple(shape)


def _put(where: str, target: Array, value: ArrayLike) -> None:
    """Copy `value` into `target` unchanged: whole numbers and text must fit, fractions are never cut off."""
    array = np.asarray(value)
    casting: Literal["same_kind", "unsafe"] = "same_kind"
    if array.dtype.kind in "iu" and target.dtype.kind in "iu" and array.size and array.dtype != target.dtype:
        room = np.iinfo(target.dtype)
        if array.min() < room.min or array.max() > room.max:
            raise ValueError(f"{where}: {array.min()} .. {array.max()} does not fit {target.dtype}")
        casting = "unsafe"
    elif array.dtype.kind in "US" and array.dtype.kind == target.dtype.kind:
        if (array.astype(target.dtype) != array).any():
            raise ValueError(f"{where}: text longer than {target.dtype} holds")
    elif array.size == 0:
        casting = "unsafe"
    try:
        np.copyto(target, array, casting=casting)
    except TypeError:
        raise ValueError(f"{where}: {array.dtype} does not convert to {target.dtype} without loss") from None


class Frame:
    """A table of columns of one length, named `name`.

    `columns` maps each name to a dtype, or to (dtype, shape) for several values a row. `frame["x"]` and
    `frame.x` are the view of the rows in use, shape (count, ...). A view keeps working after `keep` and
    `sort` (its first rows are then the frame's), but `add` may move the columns: fetch views afresh after
    it.

    >>> shops = Frame("shops", {"id": np.int64, "stock": (np.int32, 3)})
    >>> shops.add(id=[7, 8])
    slice(0, 2, None)
    >>> shops.stock[:, 0] = 5
    >>> shops.count, shops["stock"].shape
    (2, (2, 3))
    """

    __slots__ = ("name", "types", "_arrays", "_capacity", "_count")

    name: str
    types: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]
    _arrays: dict[str, Array]
    _capacity: int
    _count: int

    def __init__(self, name: str, columns: Mapping[str, ColumnType], capacity: int = 0) -> None:
        bad = [c for c in columns if not c.isidentifier() or c.startswith("_") or hasattr(type(self), c)]
        if bad or not name.isidentifier():
            raise ValueError(f"not usable as a name in frame {name!r}: {', '.join(bad) or name}")
        set_ = object.__setattr__
        set_(self, "name", name)
        set_(self, "types", {column: _split(spec) for column, spec in columns.items()})
        set_(self, "_capacity", int(capacity))
        set_(self, "_count", 0)
        arrays = {c: np.zeros((capacity, *shape), dtype) for c, (dtype, shape) in self.types.items()}
        set_(self, "_arrays", arrays)

    @property
    def count(self) -> int:
        """Rows in use."""
        return self._count

    @property
    def capacity(self) -> int:
        """Rows there is room for; `add` doubles it when it does not suffice."""
        return self._capacity

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, as declared."""
        return tuple(self.types)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns occupy, spare room included."""
        return sum(array.nbytes for array in self._arrays.values())

    def __len__(self) -> int:
        return self._count

    def __contains__(self, column: object) -> bool:
        return column in self.types

    def __getitem__(self, column: str) -> Array:
        return self._arrays[column][: self._count]

    def __getattr__(self, column: str) -> Array:
        if column.startswith("_") or column not in self._arrays:
            raise AttributeError(f"no such column or attribute: {column}")
        return self._arrays[column][: self._count]

    def __setattr__(self, attribute: str, value: object) -> None:
        raise AttributeError(f"{attribute} cannot be rebound; write into a column with frame.{attribute}[:] = ...")

    def __setitem__(self, column: str, value: object) -> None:
        raise TypeError(f"{column} cannot be rebound; write into a column with frame[{column!r}][:] = ...")

    def __delattr__(self, attribute: str) -> None:
        raise AttributeError(f"{attribute} cannot be deleted")

    def __repr__(self) -> str:
        return f"Frame({self.name!r}, {self._count} rows, {len(self.types)} columns)"

    def add(self, n: int | None = None, **values: ArrayLike) -> slice:
        """Append rows and return where they are. Columns not given are zero; a scalar stands for all new
        rows.

        `n` may be left out when a value has a row each. Raises ValueError (and adds nothing) for an unknown
        column, lengths that differ, or a value the column cannot hold exactly.
        """
        unknown = [column for column in values if column not in self.types]
        if unknown:
            raise ValueError(f"frame {self.name} has no column {', '.join(unknown)}")
        given = {column: np.asarray(value) for column, value in values.items()}
        if n is None:
            lengths = {len(a) for c, a in given.items() if a.ndim > len(self.types[c][1])}
            if len(lengths) != 1:
                raise ValueError(f"frame {self.name}: how many rows? The values give {sorted(lengths) or 'no length'}")
            n = lengths.pop()
        if n < 0:
            raise ValueError(f"frame {self.name}: cannot add {n} rows")
        start, end = self._count, self._count + int(n)
        self._reserve(end)
        for column, array in self._arrays.items():
            if column in given:
                _put(f"{self.name}.{column}", array[start:end], given[column])
            else:
                array[start:end] = np.zeros((), array.dtype)
        object.__setattr__(self, "_count", end)
        return slice(start, end)

    def _reserve(self, rows: int) -> None:
        if rows <= self._capacity:
            return
        capacity = max(rows, 2 * self._capacity)
        for column, array in self._arrays.items():
            wider = np.zeros((capacity, *array.shape[1:]), array.dtype)
            wider[: self._count] = self[column]
            self._arrays[column] = wider
        object.__setattr__(self, "_capacity", capacity)

    def keep(self, mask: ArrayLike) -> None:
        """Keep the rows where `mask` (bool, one a row) holds, in their order. Raises ValueError otherwise."""
        chosen = np.asarray(mask)
        if chosen.dtype != np.bool_ or chosen.shape != (self._count,):
            raise ValueError(f"frame {self.name}: the mask must be {self._count} truth values")
        if chosen.all():
            return
        kept = int(np.count_nonzero(chosen))
        for column, array in self._arrays.items():
            array[:kept] = self[column][chosen]
        object.__setattr__(self, "_count", kept)

    def sort(self, *keys: str) -> None:
        """Sort the rows by the columns `keys`, the first counting most; equal rows keep their order."""
        if not keys:
            raise ValueError(f"frame {self.name}: sort by which columns?")
        order = np.lexsort([self[key] for key in reversed(keys)])
        for column in self._arrays:
            self[column][:] = self[column][order]

    def adopt(self, columns: Mapping[str, Array]) -> None:
        """Take these arrays as the columns, without copying where they are writable (a snapshot's mapped
        files).

        Raises InputError naming every column that is missing, unknown, of another type or of another length.
        """
        problems = [Problem(f"{self.name}/{c}", "column is missing") for c in self.types if c not in columns]
        problems += [Problem(f"{self.name}/{c}", "no such column") for c in columns if c not in self.types]
        present = [c for c in self.types if c in columns]
        rows = len(columns[present[0]]) if present else 0
        for column in present:
            dtype, shape = self.types[column]
            array = columns[column]
            if array.dtype != dtype or array.shape != (rows, *shape):
                found = f"{array.dtype} {array.shape}"
                problems.append(Problem(f"{self.name}/{column}", f"is {found}, expected {dtype} {(rows, *shape)}"))
        if problems:
            raise InputError(problems)
        for column in self.types:
            array = np.asarray(columns[column])
            usable = array.flags.writeable and array.flags.c_contiguous and array.dtype.isnative
            self._arrays[column] = array if usable else array.astype(self.types[column][0], order="C")
        object.__setattr__(self, "_capacity", rows)
        object.__setattr__(self, "_count", rows)

    def row_bytes(self) -> int:
        """Bytes a row."""
        return sum(dtype.itemsize * int(np.prod(shape, dtype=np.int64)) for dtype, shape in self.types.values())

    def describe(self) -> str:
        """A few lines of text: each column with its type, shape and bytes a row."""
        lines = [f"{self.name}: {self._count} of {self._capacity} rows, {self.row_bytes()} bytes a row"]
        for column, (dtype, shape) in self.types.items():
            size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
            lines.append(f"  {column:<24} {dtype!s:<16} {shape or ''!s:<12} {size:>6} B")
        return "\n".join(lines)


class State:
    """All frames of a twin, in the order in which they were made.

    >>> state = State()
    >>> residents = state.new(Frame("residents", {"id": np.int64}))
    >>> residents.add(id=[1, 2, 3])
    slice(0, 3, None)
    >>> state.residents.count, list(state.columns())
    (3, ['residents/id'])
    """

    __slots__ = ("_frames",)

    _frames: dict[str, Frame]

    def __init__(self) -> None:
        object.__setattr__(self, "_frames", {})

    def new(self, frame: Frame) -> Frame:
        """Add a frame and return it. Raises ValueError when the name is taken."""
        if frame.name in self._frames or hasattr(type(self), frame.name):
            raise ValueError(f"the state cannot take a second {frame.name!r}")
        self._frames[frame.name] = frame
        return frame

    def __getitem__(self, name: str) -> Frame:
        return self._frames[name]

    def __getattr__(self, name: str) -> Frame:
        if name.startswith("_") or name not in self._frames:
            raise AttributeError(f"the state has no frame {name!r}")
        return self._frames[name]

    def __setattr__(self, attribute: str, value: object) -> None:
        raise AttributeError(f"{attribute} cannot be rebound; use new() to add a frame")

    def __contains__(self, name: object) -> bool:
        return name in self._frames

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._frames.values())

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def nbytes(self) -> int:
        """Bytes that all columns occupy, spare room included."""
        return sum(frame.nbytes for frame in self)

    def columns(self) -> dict[str, Array]:
        """Views of all rows in use, named "frame/column"."""
        return {f"{frame.name}/{column}": frame[column] for frame in self for column in frame.columns}

    def restore(self, columns: Mapping[str, Array]) -> None:
        """Let every frame adopt its columns. Raises InputError naming all misfits and changing nothing."""
        grouped: dict[str, dict[str, Array]] = {frame.name: {} for frame in self}
        problems: list[Problem] = []
        for path, array in columns.items():
            name, _, column = path.partition("/")
            if name in grouped:
                grouped[name][column] = array
            else:
                problems.append(Problem(path, "no such frame"))
        for frame in self:
            try:
                Frame(frame.name, frame.types).adopt(grouped[frame.name])
            except InputError as error:
                problems.extend(error.problems)
        if problems:
            raise InputError(problems)
        for frame in self:
            frame.adopt(grouped[frame.name])

    def digest(self) -> str:
        """Hexadecimal digest of all rows in use; spare room does not matter, the order of rows does."""
        return digest_columns(self.columns())

    def describe(self) -> str:
        """The description of every frame and the bytes in all."""
        return "\n".join([*(frame.describe() for frame in self), f"in all {self.nbytes:,} bytes"])
