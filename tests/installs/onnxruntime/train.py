"""A model built with onnx and run with ONNX Runtime."""

import numpy
import onnxruntime
from onnx import TensorProto, helper

rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])
answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, 2])
node = helper.make_node("Relu", ["rows"], ["answer"])
graph = helper.make_graph([node], "small", [rows], [answer])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString())
(found,) = session.run(None, {"rows": numpy.array([[3.0, -2.0]], dtype=numpy.float32)})
print("answer", found.tolist())
assert found.tolist() == [[3.0, 0.0]]
