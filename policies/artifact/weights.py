"""What a policy learned, as entries: plain arrays in one safetensors file, every ONNX model in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.artifact.onnx_model import check_model
from policies.errors import RefusedArtifact

ARRAYS = "weights.safetensors"
_MODEL = re.compile(r"onnx/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.onnx")
_KINDS = "biuf"
"""Truth values, whole numbers, floats: what safetensors and every reader know."""

Array = npt.NDArray[Any]


def is_model(name: str) -> bool:
    """Whether an entry of this name holds an ONNX model."""
    return _MODEL.fullmatch(name) is not None


def to_entries(state: Mapping[str, Array]) -> dict[str, bytes]:
    """Return the entries that hold a policy's state. Raises RefusedArtifact for a state that cannot be promoted."""
    from safetensors.numpy import save

    arrays, models = {}, {}
    for key in sorted(state):
        value = np.asarray(state[key])
        if value.dtype.kind not in _KINDS or value.dtype.itemsize > 8:
            raise RefusedArtifact(f"the state's {key} holds {value.dtype}; only numbers and truth values can be kept")
        if key.endswith(".onnx"):
            if not is_model(f"onnx/{key}"):
                raise RefusedArtifact(f"the state's {key} cannot be the name of a file")
            models[f"onnx/{key}"] = value.astype(np.uint8).tobytes()
        else:
            arrays[key] = np.asarray(value, value.dtype.newbyteorder("<"), order="C")
    return {**({ARRAYS: save(arrays)} if arrays else {}), **models}


def from_entries(entries: Mapping[str, bytes]) -> dict[str, Array]:
    """Return the state in an artifact's entries.

    Raises
    ------
    RefusedArtifact
        for what is no safetensors file, a weight that is NaN, or a model that is refused (see
        :func:`policies.artifact.onnx_model.check_model`).
    """
    state = _arrays(entries[ARRAYS]) if ARRAYS in entries else {}
    for key, value in state.items():
        if value.dtype.kind == "f" and np.isnan(value).any():
            raise RefusedArtifact(f"{ARRAYS}: {key} holds NaN")
    for name in filter(is_model, entries):
        check_model(name, entries[name])
        state[name.removeprefix("onnx/")] = np.frombuffer(entries[name], np.uint8)
    return state


def _arrays(content: bytes) -> dict[str, Array]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(content))
    except (SafetensorError, KeyError, ValueError) as error:
        raise RefusedArtifact(f"{ARRAYS}: is no safetensors file ({' '.join(str(error).split())})") from None
