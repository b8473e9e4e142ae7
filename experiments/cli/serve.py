"""`linli serve FILE`: a promoted policy's decisions over HTTP."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any, NamedTuple

from experiments.cli.arguments import Call
from experiments.cli.given import given
from experiments.cli.promoted import TRUST, Promoted, promoted, started
from experiments.cli.verb import Answer, Verb
from sim.errors import InputError, Problem

VERB = Verb(
    name="serve",
    summary="decide over HTTP by a promoted policy",
    positionals=("FILE",),
    keys=(TRUST,
          ("host", "address to listen at (127.0.0.1)"),
          ("port", "port to listen at (8000); 0: any that is free, which is printed"),
          ("seconds", "longest that the policy may take over a request (10)"),
          ("max_rows", "most rows of a request (10000)"),
          ("max_bytes", "most bytes of a request (16777216)")),
    serving=("cryptography", "safetensors", "onnxruntime", "fastapi", "uvicorn"),
    details="POST /v1/decide takes {\"rows\": [...]} with the columns of the decision point's observation and answers\n"
            "{\"decisions\": [...], \"artifact\": digest}; GET /healthz, GET /metadata, GET /openapi.json. SIGTERM or\n"
            "Ctrl-C ends it after the requests that are under way (exit 0). Exit 1 when the policy is refused.",
)
GRACE_SECONDS = 10


class Prepared(NamedTuple):
    """The policy, where to listen, and the limits."""

    policy: Promoted
    host: str
    port: int
    seconds: float
    rows: int
    bytes: int


def prepare(call: Call) -> Prepared:
    """All that is named; see `Prepared`."""
    words, policy, port, seconds, rows, size = given(
        call, VERB, promoted, lambda words: _whole(words, "port", 8000, 0, 65_535),
        lambda words: _whole(words, "seconds", 10, 1, 3_600),
        lambda words: _whole(words, "max_rows", 10_000, 1, 1_000_000),
        lambda words: _whole(words, "max_bytes", 16 * 2**20, 1, 2**30), needed=("trust",))
    return Prepared(policy, words.get("host", "127.0.0.1"), port, float(seconds), rows, size)


def _whole(words: dict[str, str], key: str, otherwise: int, low: int, high: int) -> int:
    raw = words.get(key, str(otherwise))
    if not (raw.isascii() and raw.isdigit()) or not low <= int(raw) <= high:
        raise InputError(Problem(key, f"must be a whole number from {low} to {high}, not {raw!r}"))
    return int(raw)


def execute(call: Call, prepared: Prepared) -> Answer:
    """Serves until it is told to stop."""
    import uvicorn

    from experiments.cli.progress import announce
    from policies.serving.http import Limits, application

    with _listening(prepared.host, prepared.port) as listener:
        policy = started(prepared.policy, prepared.seconds)
        try:
            port = listener.getsockname()[1]
            host = f"[{prepared.host}]" if ":" in prepared.host else prepared.host
            url = f"http://{host}:{port}"
            server = uvicorn.Server(uvicorn.Config(
                application(policy, Limits(prepared.rows, prepared.bytes)), log_config=None, access_log=False,
                lifespan="off", timeout_graceful_shutdown=GRACE_SECONDS))
            announce(f"serving {policy.about.said['policy']} at {url} (artifact {policy.about.digest})")
            with suppress(KeyboardInterrupt):  # uvicorn finishes what is under way, then passes the signal on
                server.run(sockets=[listener])
        finally:
            policy.close()
    data: dict[str, Any] = {"policy": policy.about.said["policy"], "artifact": policy.about.digest, "url": url,
                            "requests": server.server_state.total_requests}
    return Answer(data, f"stopped after {data['requests']} requests")


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (while ")[0]  # Python adds the address, which stands beside it already
        raise InputError(Problem("host" if isinstance(error, socket.gaierror) else "port",
                                 f"cannot listen at {host}:{port} ({reason})")) from None
