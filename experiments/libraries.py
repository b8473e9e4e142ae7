"""Libraries that the core environment does not have: which of them are not here, and what installs them."""

from __future__ import annotations

from importlib.util import find_spec

from sim.errors import Problem


def lacking(who: str, extra: str, *modules: str, path: str = "") -> list[Problem]:
    """A problem at `path` when `who` needs modules that are not installed; `extra` of the distribution has them."""
    missing = [module for module in modules if find_spec(module) is None]
    if not missing:
        return []
    remedy = f"make install in a clone, pip install 'linli[{extra}]' elsewhere"
    return [Problem(path, f"{who} needs {', '.join(missing)}, not installed here: {remedy}")]
