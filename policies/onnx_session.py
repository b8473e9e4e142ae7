"""Inference through an exported ONNX model: the same session in the twin and in production."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Inference = Callable[[Mapping[str, npt.NDArray[np.generic]]], list[npt.NDArray[np.generic]]]
"""From the model's inputs by name to its outputs in the model's order."""

_FATAL_ONLY = 4
"""onnxruntime's own messages would stand between the lines of a program; what goes wrong is raised."""


def session(model: npt.NDArray[np.uint8] | bytes) -> Inference:
    """Return a model ready to infer, on one thread and one node after the other.

    Making it costs milliseconds to a second, so a policy makes it once for the bytes it learned and keeps it; it is no
    part of the policy's state, and a copy of a policy makes its own.

    Parameters
    ----------
    model
        the bytes of an ONNX file, as they stand in a policy's state (1-D, uint8).

    Raises
    ------
    ValueError
        when the bytes are no ONNX model that onnxruntime can run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _FATAL_ONLY
    content = model if isinstance(model, bytes) else np.ascontiguousarray(model, np.uint8).tobytes()
    try:
        opened = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base of their own
        raise ValueError(f"no ONNX model that can be run: {error}") from error
    return lambda inputs: [np.asarray(found) for found in opened.run(None, dict(inputs))]
