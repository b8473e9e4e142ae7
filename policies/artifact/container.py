"""The container: a zip archive of which there is exactly one form for the same entries.

Entries are stored as they are, one after the other from the first byte on, in the order given, with the date, the
rights and the flags that stand here and nothing beside: so the reader can make the archive again from what it read, and
any byte that was changed anywhere is found. Nothing is ever extracted.

Source of the layout: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 4.3.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple
from zlib import crc32

from policies.errors import RefusedArtifact

MOST_ENTRIES = 64
MOST_ENTRY_BYTES = 256 * 1024 * 1024
MOST_BYTES = 512 * 1024 * 1024
"""Of all entries together; and of the file."""
MOST_RATIO = 100
"""An entry that claims to unpack to more than so many times its size is there to fill a memory."""

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_VERSION, _UNIX = 20, 3
_MIDNIGHT, _FIRST_DAY = 0, 0x21
"""1 January 1980: the first day a zip can say."""
_STORED, _ENCRYPTED = 0, 1
_REGULAR, _LINK, _KIND = 0o100000, 0o120000, 0o170000
_RIGHTS = 0o644


class _Entry(NamedTuple):
    """What the archive's directory says of an entry."""

    name: str
    made_by: int
    flags: int
    method: int
    packed: int
    size: int
    checksum: int
    mode: int
    place: int


def pack(entries: Mapping[str, bytes]) -> bytes:
    """Return the archive of these entries, in their order."""
    parts, directory, place = [], [], 0
    for name, content in entries.items():
        encoded = name.encode("ascii")
        shared = (_MIDNIGHT, _FIRST_DAY, crc32(content), len(content), len(content), len(encoded), 0)
        local = _LOCAL.pack(_LOCAL_MARK, _VERSION, 0, _STORED, *shared) + encoded
        directory.append(
            _CENTRAL.pack(_CENTRAL_MARK, _UNIX << 8 | _VERSION, _VERSION, 0, _STORED, *shared, 0, 0, 0,
                          (_REGULAR | _RIGHTS) << 16, place)
            + encoded
        )
        parts += [local, content]
        place += len(local) + len(content)
    listing = b"".join(directory)
    end = _END.pack(_END_MARK, 0, 0, len(entries), len(entries), len(listing), place, 0)
    return b"".join([*parts, listing, end])


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the entries of an archive that :func:`pack` could have made.

    Raises
    ------
    RefusedArtifact
        for anything else, with what is wrong with it first.
    """
    listed = _directory(content)
    _check_names(listed)
    for entry in listed:
        _check_entry(entry)
    if sum(entry.size for entry in listed) > MOST_BYTES:
        raise RefusedArtifact(f"its entries have more than {MOST_BYTES:,} bytes together")
    entries, place = {}, 0
    for entry in listed:
        if entry.place != place:
            found = "overlaps another entry" if entry.place < place else "does not begin where the one before it ends"
            raise RefusedArtifact(f"{entry.name}: {found} (data between or before the entries)")
        start = place + _LOCAL.size + len(entry.name)
        place = start + entry.size
        entries[entry.name] = content[start:place]
        if len(entries[entry.name]) != entry.size or crc32(entries[entry.name]) != entry.checksum:
            raise RefusedArtifact(f"{entry.name}: its bytes do not have the checksum that the archive's directory says")
    again = pack(entries)
    if again != content:
        raise RefusedArtifact(f"byte {_first_difference(again, content)} is not what the canonical form has there")
    return entries


def _directory(content: bytes) -> list[_Entry]:
    end = len(content) - _END.size
    if end < 0 or content[end : end + 4] != _END_MARK:
        last = content.rfind(_END_MARK)
        if last < 0 or len(content) - last < _END.size:
            raise RefusedArtifact("is no zip archive, or a part of one: there is no end of an archive in it")
        raise RefusedArtifact(f"{end - last} bytes stand after the end of the archive")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(content, end)
    if (disk, first_disk, comment) != (0, 0, 0) or here != count:
        raise RefusedArtifact("the archive has several parts, or a comment")
    if count > MOST_ENTRIES:
        raise RefusedArtifact(f"has {count} entries, at most {MOST_ENTRIES} are allowed")
    if start + length != end:
        raise RefusedArtifact(f"{abs(end - start - length)} bytes stand before the archive or between its parts")
    found, place = [], start
    for _ in range(count):
        if place + _CENTRAL.size > end or content[place : place + 4] != _CENTRAL_MARK:
            raise RefusedArtifact("the archive's directory is damaged")
        (_, made_by, _, flags, method, _, _, checksum, packed, size, name_length, extra, remark, _, _, rights,
         where) = _CENTRAL.unpack_from(content, place)
        place += _CENTRAL.size
        name = _name(content[place : place + name_length])
        place += name_length + extra + remark
        found.append(_Entry(name, made_by >> 8, flags, method, packed, size, checksum, rights >> 16, where))
    if place != end:
        raise RefusedArtifact("the archive's directory is longer or shorter than it says")
    return found


def _name(encoded: bytes) -> str:
    name = encoded.decode("ascii", errors="backslashreplace")
    if not encoded.isascii() or not name.isprintable() or not name:
        raise RefusedArtifact(f"an entry's name is empty or no plain ASCII: {name!r}")
    return name


def _check_names(listed: list[_Entry]) -> None:
    seen: dict[str, str] = {}
    for name in (entry.name for entry in listed):
        if name.startswith("/") or name[1:2] == ":":
            raise RefusedArtifact(f"{name}: an absolute name")
        if "\\" in name:
            raise RefusedArtifact(f"{name}: a backslash in a name")
        if ".." in name.split("/"):
            raise RefusedArtifact(f"{name}: a name that leads out of the archive")
        if name in seen.values():
            raise RefusedArtifact(f"{name}: stands twice in the archive")
        if name.lower() in seen:
            raise RefusedArtifact(f"{name}: differs from {seen[name.lower()]} by upper and lower case only")
        seen[name.lower()] = name


def _check_entry(entry: _Entry) -> None:
    kind = entry.mode & _KIND
    if kind == _LINK:
        raise RefusedArtifact(f"{entry.name}: is a link")
    if kind not in (0, _REGULAR) or entry.name.endswith("/"):
        raise RefusedArtifact(f"{entry.name}: is no regular file")
    if entry.flags & _ENCRYPTED:
        raise RefusedArtifact(f"{entry.name}: is encrypted")
    if entry.size > MOST_ENTRY_BYTES:
        raise RefusedArtifact(f"{entry.name}: has {entry.size:,} bytes, at most {MOST_ENTRY_BYTES:,} are allowed")
    if entry.size > MOST_RATIO * max(1, entry.packed):
        raise RefusedArtifact(f"{entry.name}: would unpack from {entry.packed:,} to {entry.size:,} bytes")
    if entry.method != _STORED:
        raise RefusedArtifact(f"{entry.name}: is compressed (method {entry.method}), not stored")


def _first_difference(left: bytes, right: bytes) -> int:
    """The first place at which two byte strings that are not equal differ, by halving."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
