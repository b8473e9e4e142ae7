"""What an ONNX model may hold, read from its bytes: a verifier has no onnx package, and runs no model to look at it.

A model is a protocol-buffer message; only its wire format is read here. Field numbers: onnx/onnx.proto of ONNX 1.23 (IR
version 13), https://github.com/onnx/onnx.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from policies.errors import RefusedArtifact

OPERATORS = {
    "": frozenset([
        "Abs", "Add", "And", "ArgMax", "ArgMin", "Cast", "Ceil", "Clip", "Concat", "Constant",
        "ConstantOfShape", "Div", "Equal", "Exp", "Expand", "Flatten", "Floor", "Gather", "GatherElements",
        "GatherND", "Gemm", "Greater", "GreaterOrEqual", "Identity", "IsNaN", "Less", "LessOrEqual", "Log",
        "MatMul", "Max", "Mean", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Range", "Reciprocal",
        "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Reshape", "Round", "Shape", "Sigmoid",
        "Sign", "Slice", "Softmax", "Softplus", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Tile",
        "TopK", "Transpose", "Unsqueeze", "Where", "Xor",
    ]),
    "ai.onnx.ml": frozenset([
        "ArrayFeatureExtractor", "Imputer", "LinearRegressor", "Normalizer", "Scaler", "TreeEnsemble",
        "TreeEnsembleRegressor",
    ]),
}
"""By domain: functions of their inputs alone. None draws random numbers, calls a model within the model or loops."""
_SAME_DOMAIN = {"ai.onnx": ""}
_RAW = {1: "<f4", 10: "<f2", 11: "<f8"}
"""The floats that a tensor's raw bytes may be, by its data type."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_model(name: str, content: bytes) -> None:
    """Raise RefusedArtifact unless a model consists of allowed operators and holds all its weights, none of them NaN.

    Raises
    ------
    RefusedArtifact
        for what is no model, weights outside the file, an operator or domain off the list, functions, a model within
        the model, a weight that is NaN.
    """
    try:
        graphs = [part for number, part in _fields(content) if number == 7 and isinstance(part, bytes)]
        if len(graphs) != 1:
            raise RefusedArtifact(f"{name}: is no ONNX model")
        for number, part in _fields(content):
            if number == 8 and isinstance(part, bytes):
                _domain(name, _text(part, 1))
            elif number in (20, 25):
                raise RefusedArtifact(f"{name}: holds functions or training of its own")
        _check_graph(name, graphs[0])
    except (IndexError, ValueError) as error:
        if isinstance(error, RefusedArtifact):
            raise
        raise RefusedArtifact(f"{name}: is no ONNX model") from None


def _check_graph(name: str, graph: bytes) -> None:
    for number, part in _fields(graph):
        if not isinstance(part, bytes):
            continue
        if number == 1:
            _check_node(name, part)
        elif number == 5:
            _check_tensor(name, part)
        elif number == 15:
            raise RefusedArtifact(f"{name}: holds sparse weights")


def _check_node(name: str, node: bytes) -> None:
    kind, domain = _text(node, 4), _domain(name, _text(node, 7))
    if kind not in OPERATORS[domain]:
        raise RefusedArtifact(f"{name}: the operator {domain + '.' if domain else ''}{kind} is not allowed")
    for number, attribute in _fields(node):
        if number == 5 and isinstance(attribute, bytes):
            _check_attribute(name, attribute)


def _check_attribute(name: str, attribute: bytes) -> None:
    for number, part in _fields(attribute):
        if not isinstance(part, bytes):
            continue
        if number in (6, 11):
            raise RefusedArtifact(f"{name}: holds a model within the model")
        if number in (22, 23):
            raise RefusedArtifact(f"{name}: holds sparse weights")
        if number in (5, 10):
            _check_tensor(name, part)
        elif number == 7:
            _no_nan(name, part, "<f4")


def _check_tensor(name: str, tensor: bytes) -> None:
    fields = list(_fields(tensor))
    kind = next((part for number, part in fields if number == 2 and isinstance(part, int)), 0)
    for number, part in fields:
        if number == 13 or (number == 14 and part != 0):
            raise RefusedArtifact(f"{name}: its weights lie in another file")
        if isinstance(part, bytes):
            if number == 9 and kind in _RAW:
                _no_nan(name, part, _RAW[kind])
            elif number in (4, 10):
                _no_nan(name, part, "<f4" if number == 4 else "<f8")


def _no_nan(name: str, content: bytes, kind: str) -> None:
    if np.isnan(np.frombuffer(content, kind)).any():
        raise RefusedArtifact(f"{name}: a weight is NaN")


def _domain(name: str, domain: str) -> str:
    known = _SAME_DOMAIN.get(domain, domain)
    if known not in OPERATORS:
        raise RefusedArtifact(f"{name}: the operator domain {domain!r} is not allowed")
    return known


def _text(message: bytes, wanted: int) -> str:
    """The last value of a text field: that is the one which counts."""
    found = [part for number, part in _fields(message) if number == wanted and isinstance(part, bytes)]
    return found[-1].decode() if found else ""


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The fields of a message in order: numbers as whole numbers, all that has a length and fixed widths as bytes.

    Raises IndexError or ValueError for bytes that are no message.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if kind == _BYTES:
            length, place = _varint(message, place)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind}")
        if place + length > len(message):
            raise ValueError("cut off")
        yield number, message[place : place + length]
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
