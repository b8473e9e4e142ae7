"""A promoted policy in a process of its own: one that hangs, crashes or prints harms nobody who asks it.

``python -P -m policies.serving.process SOCKET LIFE`` is that process. Messages are frames over a socket, eight bytes of
length before each. It is given the trusted keys and the artifact, verifies it, says what it is, and then answers each
question, both as Arrow streams. It ends when the descriptor LIFE is closed: with whoever started it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import pyarrow as pa

from policies.artifact.keys import Trusted, key_id, public_pem
from policies.errors import NoDecision, RefusedArtifact
from policies.serving.answers import judged
from policies.serving.rows import lengths_of
from sim.contracts.decisions import DECISION_POINTS
from sim.contracts.point import DecisionPoint

START_SECONDS = 60.0
"""Longest that verifying an artifact may take, the golden question and imports included."""
_LENGTH = struct.Struct("<Q")
_CHUNK = 1 << 20
_READY, _ANSWER, _FAILED = b"R", b"A", b"F"


class About(NamedTuple):
    """What a promoted policy is.

    Attributes
    ----------
    said
        what it says of itself: ``policy, params, digest, key_id, manifest, gate``.
    point
        the contract of its decision point.
    lengths
        how long the lists of a question's columns have to be.
    """

    said: Mapping[str, Any]
    point: DecisionPoint
    lengths: Mapping[str, int]

    @property
    def digest(self) -> str:
        """SHA-256 of the artifact."""
        return str(self.said["digest"])


class PolicyProcess:
    """The process; it is started anew when the policy did not answer in time, or ended it."""

    def __init__(self, artifact: bytes, trusted: Trusted, seconds: float) -> None:
        """Verify the artifact and make its policy, which may take ``seconds`` over a question.

        Raises RefusedArtifact with the reason not to use it.
        """
        self._artifact, self._seconds = artifact, seconds
        self._keys = json.dumps([public_pem(key).decode() for key in trusted.values()]).encode()
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._life = -1
        self.about = self._start()

    def decide(self, question: pa.Table) -> pa.Table:
        """Return the answer, which keeps the contract, in the question's order.

        Raises
        ------
        NoDecision
            when the policy raised, crashed, gave no answer in time or a wrong one.
        """
        if self._socket is None:
            try:
                self._start()
            except RefusedArtifact as error:  # it was not refused before: the machine is to blame
                raise NoDecision(f"cannot be started again: {error}") from error
        try:
            content = self._asked(question)
        except NoDecision:
            self.close()
            raise
        kind, rest = content[:1], content[1:]
        if kind == _FAILED:
            raise NoDecision(rest.decode())
        return judged(self.about.point, question, _table(rest))

    @property
    def alive(self) -> bool:
        """Whether the process is there; one that is not is started by the next question."""
        child = self._child  # another thread may be about to close it
        return child is not None and child.poll() is None

    def interrupt(self) -> None:
        """End the process while another thread waits for its answer: that thread's ``decide`` raises NoDecision."""
        child = self._child
        if child is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and whatever it started."""
        if self._child is None:
            return
        self.interrupt()
        self._child.wait()
        if self._socket is not None:
            self._socket.close()
        os.close(self._life)
        self._child = self._socket = None

    def _start(self) -> About:
        ours, theirs = socket.socketpair()
        lives, self._life = os.pipe()
        self._socket = ours
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "policies.serving.process", str(theirs.fileno()), str(lives)],
                stdin=subprocess.DEVNULL, stdout=2, pass_fds=(theirs.fileno(), lives), start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
        finally:
            theirs.close()
            os.close(lives)
        until = time.monotonic() + START_SECONDS
        try:
            for part in (self._keys, self._artifact):
                _send(ours, part, until)
            content = _receive(ours, until)
        except (OSError, EOFError) as error:
            how = f"takes longer than {START_SECONDS:g} s" if isinstance(error, TimeoutError) else "ends the process"
            self.close()
            raise RefusedArtifact(f"verifying it {how}") from None
        except KeyboardInterrupt:
            self.close()
            raise
        if content[:1] != _READY:
            self.close()
            raise RefusedArtifact(content[1:].decode())
        said = json.loads(content[1:])
        return About(said, DECISION_POINTS[said["manifest"]["contract"]["name"]], said.pop("lengths"))

    def _asked(self, question: pa.Table) -> bytes:
        assert self._socket is not None
        until = time.monotonic() + self._seconds
        try:
            _send(self._socket, _stream(question), until)
            return _receive(self._socket, until)
        except TimeoutError:
            raise NoDecision(f"gave no answer within {self._seconds:g} s", late=True) from None
        except (OSError, EOFError):
            raise NoDecision("ended the process") from None


def _send(to: socket.socket, content: bytes, until: float | None = None) -> None:
    if until is not None:
        to.settimeout(max(until - time.monotonic(), 1e-3))
    to.sendall(_LENGTH.pack(len(content)))
    to.sendall(content)


def _receive(source: socket.socket, until: float | None = None) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size, until))
    return _exactly(source, length, until)


def _exactly(source: socket.socket, length: int, until: float | None) -> bytes:
    """So many bytes. Raises EOFError when the other side ended before them, TimeoutError when the time is up."""
    parts, left = [], length
    while left:
        if until is not None:
            source.settimeout(max(until - time.monotonic(), 1e-3))
        part = source.recv(min(left, _CHUNK))
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _table(content: bytes) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
        return reader.read_all()


def main() -> None:
    """Be the process."""
    asks, life = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from policies.artifact import loads

    keys: Any = [load_pem_public_key(pem.encode()) for pem in json.loads(_receive(asks))]
    try:
        loaded = loads(_receive(asks), {key_id(key): key for key in keys})
    except RefusedArtifact as error:
        _send(asks, _FAILED + str(error).encode(errors="backslashreplace"))
        return
    said = {"policy": loaded.manifest.policy, "params": dict(loaded.params), "digest": loaded.digest,
            "key_id": loaded.key_id, "manifest": loaded.manifest.plain(), "gate": dict(loaded.gate),
            "lengths": lengths_of(loaded.contract, loaded.question)}
    _send(asks, _READY + json.dumps(said).encode())
    while True:
        try:
            question = _table(_receive(asks))
        except EOFError:
            return
        _send(asks, _answer(loaded.policy, question))


def _answer(policy: Any, question: pa.Table) -> bytes:
    try:
        answer = policy.decide(question)
        if not isinstance(answer, pa.Table):
            return _FAILED + f"answered with {type(answer).__name__}, not a pyarrow.Table".encode()
        return _ANSWER + _stream(answer)
    except Exception as error:  # a policy may be third-party code
        return _FAILED + " ".join(f"raised {type(error).__name__}: {error}".split()).encode(errors="backslashreplace")


def _end_with(life: int) -> None:
    os.read(life, 1)
    os._exit(0)


if __name__ == "__main__":
    main()
