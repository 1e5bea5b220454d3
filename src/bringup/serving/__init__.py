"""The bundle on a port: the Open Inference Protocol v2 over HTTP, without the training framework.

Runs inside the serving environment (Starlette, uvicorn, ONNX Runtime, NumPy):
``python -m bringup.serving --bundle FOLDER``. ``bringup.serving.check`` asks a running server.
"""
