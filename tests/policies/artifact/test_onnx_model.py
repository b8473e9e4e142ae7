"""A model may hold what stands on the list, and all of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from policies.artifact.onnx_model import OPERATORS, check_model
from policies.errors import RefusedArtifact

X, Y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy")
W = numpy_helper.from_array(np.eye(2, dtype=np.float32), "w")


def model(*nodes: Any, weights: Any = (W,), domains: tuple[str, ...] = ("",), **parts: Any) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "graph", [X], [Y], list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(name, 1) for name in domains], **parts)


def external(weight: TensorProto) -> TensorProto:
    changed = TensorProto()
    changed.CopyFrom(weight)
    changed.data_location = TensorProto.EXTERNAL
    changed.external_data.add(key="location", value="../../etc/passwd")
    return changed


TIMES = helper.make_node("MatMul", ["x", "w"], ["y"])
LEAVES = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", nodes_values=[0.5, 1.0])
BRANCH = helper.make_node("If", ["x"], ["y"], then_branch=model(TIMES).graph, else_branch=model(TIMES).graph)
WRAPPED = helper.make_node("Identity", ["x"], ["y"], body=model(TIMES).graph)
NAN = np.full(2, np.nan)


def test_what_is_allowed_passes() -> None:
    check_model("m", model(TIMES).SerializeToString())
    check_model("m", model(LEAVES, domains=("", "ai.onnx.ml")).SerializeToString())


@pytest.mark.parametrize(("made", "reason"), [
    (model(helper.make_node("RandomNormal", [], ["y"], shape=[2])), "m: the operator RandomNormal is not allowed"),
    (model(BRANCH), "m: the operator If is not allowed"),
    (model(WRAPPED), "m: holds a model within the model"),
    (model(helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")), "domain 'com.microsoft' is not allowed"),
    (model(TIMES, domains=("", "mine")), "m: the operator domain 'mine' is not allowed"),
    (model(helper.make_node("SVMRegressor", ["x"], ["y"], domain="ai.onnx.ml")), "ai.onnx.ml.SVMRegressor is not allo"),
    (model(TIMES, weights=[external(W)]), "m: its weights lie in another file"),
    (model(helper.make_node("Constant", [], ["y"], value=external(W))), "m: its weights lie in another file"),
    (model(TIMES, weights=[numpy_helper.from_array(NAN.astype(np.float32), "w")]), "m: a weight is NaN"),
    (model(TIMES, weights=[numpy_helper.from_array(NAN, "w")]), "m: a weight is NaN"),
    (model(TIMES, weights=[helper.make_tensor("w", TensorProto.FLOAT, [2], NAN)]), "m: a weight is NaN"),
    (model(TIMES, weights=[helper.make_tensor("w", TensorProto.DOUBLE, [2], NAN)]), "m: a weight is NaN"),
    (model(helper.make_node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", scale=NAN.tolist())), "m: a weight is NaN"),
    (model(TIMES, functions=[helper.make_function("mine", "F", ["x"], ["y"], [TIMES], [])]), "m: holds functions"),
])
def test_what_is_not_allowed_is_named(made: onnx.ModelProto, reason: str) -> None:
    with pytest.raises(RefusedArtifact, match=reason):
        check_model("m", made.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"model", b"\xff" * 40, model(TIMES).SerializeToString()[:-9]])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedArtifact, match="m: "):
        check_model("m", content)


def test_the_list_names_operators_that_there_are() -> None:
    for domain, names in OPERATORS.items():
        known = {schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == domain}
        assert names <= known
