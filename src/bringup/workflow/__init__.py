"""Stages in order: what is current, what must run and why, and the evidence they leave."""
