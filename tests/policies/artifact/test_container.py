"""An archive that is not of the one form is refused, with its reason, before anything in it is used."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from policies.artifact import container
from policies.artifact.container import pack, unpack
from policies.errors import RefusedArtifact

ENTRIES = {"a.json": b"{}\n", "b/c.bin": bytes(range(256)), "empty": b""}


def crafted(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED, mode: int = 0o100644, comment: bytes = b"",
            extra: bytes = b"") -> bytes:
    """An archive by the standard library, which writes almost anything."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr, info.compress_type, info.extra = 3, mode << 16, method, extra
            archive.writestr(info, content)
        archive.comment = comment
    return sink.getvalue()


def patched(content: bytes, name: bytes, place: int, value: bytes) -> bytes:
    """With other bytes in the directory's record of an entry."""
    start = content.rfind(name) - 46 + place
    return content[:start] + value + content[start + len(value):]


def test_what_was_packed_is_unpacked_and_any_reader_can_read_it() -> None:
    content = pack(ENTRIES)
    assert unpack(content) == ENTRIES
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == ENTRIES
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_every_byte_counts() -> None:
    content = pack(ENTRIES)
    for place in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            try:
                found = unpack(bytes(changed))
            except RefusedArtifact:
                continue
            pytest.fail(f"byte {place}, bit {bit}: {found.keys()}")


PLAIN = pack({"a": b"content"})


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("content", "reason"), [
    (lambda: b"", "is no zip archive"),
    (lambda: b"text " * 20, "is no zip archive"),
    (lambda: PLAIN[:-1], "is no zip archive"),
    (lambda: PLAIN[:40], "is no zip archive"),
    (lambda: PLAIN + b"x", "1 bytes stand after the end of the archive"),
    (lambda: crafted(("a", b""), comment=b"hello"), "5 bytes stand after the end of the archive"),
    (lambda: b"#!/bin/sh\n" + PLAIN, "10 bytes stand before the archive or between its parts"),
    (lambda: crafted(("../a", b"")), r"\.\./a: a name that leads out of the archive"),
    (lambda: crafted(("b/../../a", b"")), "leads out of the archive"),
    (lambda: crafted(("/etc/passwd", b"")), "/etc/passwd: an absolute name"),
    (lambda: crafted(("C:/a", b"")), "C:/a: an absolute name"),
    (lambda: crafted(("b\\a", b"")), r"b\\a: a backslash in a name"),
    (lambda: crafted(("名", b"")), "an entry's name is empty or no plain ASCII"),
    (lambda: crafted(("a\nb", b"")), "an entry's name is empty or no plain ASCII"),
    (lambda: crafted(("a", b"/etc/passwd"), mode=0o120777), "a: is a link"),
    (lambda: crafted(("a", b""), mode=0o010644), "a: is no regular file"),
    (lambda: crafted(("a/", b""), mode=0o040755), "a/: is no regular file"),
    (lambda: crafted(("a", b"1"), ("a", b"2")), "a: stands twice in the archive"),
    (lambda: crafted(("a", b"1"), ("A", b"2")), "A: differs from a by upper and lower case only"),
    (lambda: crafted(("a", b"12345"), method=zipfile.ZIP_DEFLATED), r"a: is compressed \(method 8\), not stored"),
    (lambda: crafted(("a", bytes(1_000_000)), method=zipfile.ZIP_DEFLATED), "a: would unpack from .* to 1,000,000 byt"),
    (lambda: crafted(*((f"{i}", b"") for i in range(65))), "has 65 entries, at most 64"),
    (lambda: patched(PLAIN, b"a", 24, struct.pack("<I", 1 << 31)), "a: has 2,147,483,648 bytes, at most 268,435,456"),
    (lambda: patched(PLAIN, b"a", 8, struct.pack("<H", 1)), "a: is encrypted"),
    (lambda: patched(PLAIN, b"a", 16, b"\0\0\0\0"), "a: its bytes do not have the checksum"),
    (lambda: patched(pack({"a": b"x", "b": b"y"}), b"b", 42, struct.pack("<I", 0)), "b: overlaps another entry"),
    (lambda: patched(pack({"a": b"x", "b": b"y"}), b"b", 42, struct.pack("<I", 99)), "b: does not begin where"),
    (lambda: crafted(("a", b""), extra=b"\x99\x99\x04\0abcd"), "does not begin where|is not what the canonical form"),
    (lambda: crafted(("a", b""), mode=0o100755), "byte .* is not what the canonical form has there"),
])
def test_another_archive_is_refused_with_its_reason(content: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(RefusedArtifact, match=reason) as caught:
        unpack(content())
    assert "\n" not in str(caught.value)


def test_entries_that_are_too_large_together_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(container, "MOST_BYTES", 100)
    with pytest.raises(RefusedArtifact, match="more than 100 bytes together"):
        unpack(pack(ENTRIES))
