"""Labs: small published models with a known answer, run through the same phases and rules as the twin."""

from experiments.labs.runner import LABS, prepare_lab, run_lab

__all__ = ["LABS", "prepare_lab", "run_lab"]
