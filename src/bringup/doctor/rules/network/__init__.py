"""Indexes, proxies, certificates."""
