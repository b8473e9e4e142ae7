"""What the steps between the arms are worth, and who can live on it."""

from __future__ import annotations

from experiments.evaluate import Comparison
from experiments.report.document import Section, Text
from experiments.report.words import Words


def decomposition(found: Comparison, words: Words) -> Section:
    """Fulfilment, S, P and F, as far as the arms of this comparison allow."""
    return Section("steps", words("steps.title"), [Text(words("steps.missing"))])


def economics(found: Comparison, words: Words) -> Section:
    """One owner, one truck, one farm."""
    return Section("economics", words("economics.title"), [Text(words("economics.missing"))])
