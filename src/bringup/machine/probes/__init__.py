"""The probes: one module a topic, each with ``SOURCES`` (fact key -> ordered sources)."""
