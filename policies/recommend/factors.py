"""Vectors of members and SKUs as an ONNX model of exact whole numbers: scores are the same bytes on every machine.

The model's inputs are ``row`` (the member's row in the table, 0 for a member it does not know) and ``bought`` (packs by
SKU, zeros for a member it knows); its output ``score`` is (member, SKU). A member it does not know is folded in: their
vector is the sum of the vectors of what they bought, which ranks as the mean does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float64]
STEP = 2.0**-12
"""Vectors are whole multiples of it, 16 bits wide, so every sum of products stays below 2^53 and is exact."""
OPSET, IR_VERSION = 17, 9


class Factors(NamedTuple):
    """Member ids and SKUs, rising, and their vectors, (id, dimension)."""

    members: Ids
    member_vectors: Vectors
    skus: Ids
    sku_vectors: Vectors


def to_onnx(factors: Factors) -> npt.NDArray[np.uint8]:
    """Return the model's file as bytes; SKUs without a vector score 0."""
    import onnx
    from onnx import helper, numpy_helper

    dimensions = factors.sku_vectors.shape[1]
    skus = np.zeros((int(factors.skus.max()) + 1, dimensions), np.int16)
    skus[factors.skus] = _whole(factors.sku_vectors)
    members = np.concatenate([np.zeros((1, dimensions), np.int16), _whole(factors.member_vectors)])
    double = onnx.TensorProto.DOUBLE
    nodes = [
        helper.make_node("Gather", ["members", "row"], ["member"], axis=0),
        helper.make_node("Cast", ["member"], ["known"], to=double),
        helper.make_node("Cast", ["skus"], ["sku"], to=double),
        helper.make_node("MatMul", ["bought", "sku"], ["folded"]),
        helper.make_node("Add", ["known", "folded"], ["vector"]),
        helper.make_node("Transpose", ["sku"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["vector", "turned"], ["score"]),
    ]
    inputs = [
        helper.make_tensor_value_info("row", onnx.TensorProto.INT64, ["n"]),
        helper.make_tensor_value_info("bought", double, ["n", len(skus)]),
    ]
    outputs = [helper.make_tensor_value_info("score", double, ["n", len(skus)])]
    tables = [numpy_helper.from_array(members, "members"), numpy_helper.from_array(skus, "skus")]
    graph = helper.make_graph(nodes, "factors", inputs, outputs, tables)
    model = helper.make_model(
        graph, producer_name="linli", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
    )
    onnx.checker.check_model(model)
    return np.frombuffer(model.SerializeToString(deterministic=True), np.uint8).copy()


def from_onnx(model: npt.NDArray[np.uint8], members: Ids, skus: Ids) -> Factors:
    """Return what :func:`to_onnx` wrote for ``members`` and ``skus``, to the STEP."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_model_from_string(model.tobytes()).graph
    tables = {one.name: STEP * numpy_helper.to_array(one).astype(np.float64) for one in graph.initializer}
    return Factors(members, tables["members"][1:], skus, tables["skus"][skus])


def _whole(vectors: Vectors) -> npt.NDArray[np.int16]:
    limits = np.iinfo(np.int16)
    return np.clip(np.rint(vectors / STEP), limits.min, limits.max).astype(np.int16)
