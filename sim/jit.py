"""Numba, set up so that its on-disk cache can be trusted.

Numba keeps compiled kernels on disk but does not notice when a helper or a constant in *another* file was
edited. The cache therefore lives in a folder named by a digest of every kernel source and of what those
sources import, with numba's version and the processor. Import `kernel` and `device` from here, never `njit`
from numba: this module must set the folder before the first kernel is defined. Importing it costs the numba
import.

`fastmath` is never used and no float is summed across threads, so results do not depend on the number of
threads.
"""

import ast
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any

# Threads that wait for work must sleep: a spinning one takes the processor from the others, this run's or another's.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba import njit, prange

PACKAGES = ("sim", "agents", "hardware_models", "policies", "experiments")
_MARK = re.compile(r"\bsim\b[^#]*\bjit\b")  # imports this module, in whatever form

range_parallel = prange


def _imports(source: str, module: str, is_package: bool) -> Iterator[str]:
    """Names of the modules that `source` (of `module`) imports, `from a import b` giving both a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")
                stem = above[: len(above) - node.level + is_package]
                base = ".".join([*stem, base] if base else stem)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def kernel_sources(root: Path) -> dict[str, Path]:
    """The modules under `root` whose text decides what kernels compute: name to file.

    These are the modules of PACKAGES that import `sim.jit`, and all that they import from PACKAGES.
    """
    known: dict[str, Path] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            known[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    text = {name: path.read_text(encoding="utf-8") for name, path in known.items()}
    waiting = [name for name, source in text.items() if _MARK.search(source)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        is_package = known[name].name == "__init__.py"
        waiting.extend(other for other in _imports(text[name], name, is_package) if other in known)
    return {name: known[name] for name in sorted(found)}


def sources_digest(root: Path) -> str:
    """Hexadecimal digest of all kernel sources under `root`, the compiler's versions and the processor."""
    digest = blake2b(digest_size=16)
    cpu = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    for part in (sys.version, numba.__version__, llvmlite.__version__, *cpu):
        digest.update(part.encode() + b"\0")
    for name, path in kernel_sources(root).items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _temporary_root() -> Path:
    """A folder of our own among the temporary files; nobody else may put compiled code there."""
    root = Path(tempfile.gettempdir()) / f"linli-cache-{os.getuid()}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        found = root.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="linli-cache-"))
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
    return root if ours else Path(tempfile.mkdtemp(prefix="linli-cache-"))


def cache_root() -> Path:
    """Where compiled kernels go: $LINLI_CACHE, else the user's cache folder, else a temporary one."""
    chosen = os.environ.get("LINLI_CACHE")
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home
        home = _temporary_root()
    root = Path(chosen) if chosen else home / "linli"
    return root.resolve() if _writable(root) else _temporary_root()


CACHE_DIR = cache_root() / "numba" / sources_digest(Path(__file__).resolve().parent.parent)
setattr(numba.config, "CACHE_DIR", str(CACHE_DIR))  # noqa: B010  (numba makes its settings at run time)


SMALL_ARRAY = 1 << 14
"""Below so many elements a second thread costs more (milliseconds of waiting) than it saves."""


def _large(args: Iterable[Any]) -> bool:
    """Whether an array among the arguments, those in tuples included, is worth more than one thread."""
    for arg in args:
        if isinstance(arg, np.ndarray):
            if arg.size >= SMALL_ARRAY:
                return True
        elif isinstance(arg, tuple) and _large(arg):
            return True
    return False


def _twin(function: Callable[..., Any]) -> FunctionType:
    """The same function under another name: numba's cache does not tell compilations with other options apart."""
    twin = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__qualname__, twin.__module__ = f"{function.__qualname__}_alone", function.__module__
    return twin


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel: a loop over `range_parallel`, each element of the output written by one iteration only.

    A call whose arrays are all small runs in a compilation of its own without threads, which need a tenth of a
    millisecond to be told that one is enough; the result is the same.
    """
    compiled = njit(parallel=True, cache=True, error_model="numpy")(function)
    alone = njit(cache=True, error_model="numpy")(_twin(function))

    @wraps(function)
    def call(*args: Any) -> Any:
        return compiled(*args) if _large(args) else alone(*args)

    call.compiled, call.alone = compiled, alone  # type: ignore[attr-defined]
    return call


def device(function: Callable[..., Any]) -> Any:
    """Compile a scalar function that kernels call; it is inlined into them."""
    return njit(cache=True, error_model="numpy", forceinline=True)(function)
