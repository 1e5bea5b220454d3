"""The stages that run inside the project's environment: prepare, train, evaluate, export.

Started by the control world as ``python -m bringup.pipeline STAGE --request FILE``; answers
through files. Imports ``bringup.base`` and the project's frameworks, nothing else of bringup.
"""
