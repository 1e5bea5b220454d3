"""Judgement: rules over facts, findings with their fixes. No rule probes, no probe judges."""
