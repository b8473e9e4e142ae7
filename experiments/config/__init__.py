"""Composition: groups chosen by Hydra, values given as dotted paths, one pydantic tree that validates it all."""
