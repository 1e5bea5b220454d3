"""What both worlds stand on: errors, messages, files, processes, events, evidence.

Imports nothing but the standard library, so that it works inside any project's environment.
"""
