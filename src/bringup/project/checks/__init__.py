"""What the types alone cannot say of a project: files that exist, keys that fit each other.

Each module has one ``check`` over the values as written; it passes over a value whose type is
wrong, since that has been said already.
"""
