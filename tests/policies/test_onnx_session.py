"""Exported models run in one-thread sessions, or are refused."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from policies.onnx_session import session


def doubling() -> np.ndarray:
    """A model whose answers are twice x, and x's sum."""
    x, y, total = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                   for name, shape in (("x", ["rows", 2]), ("y", ["rows", 2]), ("total", [])))
    nodes = [helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0)]
    graph = helper.make_graph(nodes, "doubling", [x], [y, total])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return np.frombuffer(model.SerializeToString(), np.uint8)


def test_a_model_answers_its_outputs_in_order() -> None:
    infer, x = session(doubling()), np.arange(6, dtype=np.float32).reshape(3, 2)
    twice, total = infer({"x": x})
    assert (twice == 2 * x).all() and total == 15.0
    assert [out.tolist() for out in infer({"x": x[:1]})] == [[[0.0, 2.0]], 1.0]


def test_bytes_that_are_no_model_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    for wrong in (np.zeros(0, np.uint8), np.frombuffer(b"no model", np.uint8), doubling()[:-9]):
        with pytest.raises(ValueError, match="no ONNX model"):
            session(wrong)
    assert capfd.readouterr() == ("", "")
