"""Promoted policies at work: asked in a process of their own, by file (:mod:`batch`) or over HTTP (:mod:`http`)."""
