"""A promoted policy as one signed file: written once, read anywhere, trusted only by keys the reader names.

>>> from policies.artifact import load
>>> loaded = load("ease.linli", "trusted-keys")  # doctest: +SKIP
>>> loaded.policy.decide(question)  # doctest: +SKIP
"""

from policies.artifact.loading import Loaded, load, loads

__all__ = ["Loaded", "load", "loads"]
