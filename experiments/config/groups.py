"""What can be chosen: the packaged configuration's root files, groups and choices, read without Hydra."""

from __future__ import annotations

from pathlib import Path

import conf


def conf_dir() -> Path:
    """The folder of the packaged configuration."""
    return Path(conf.__file__).resolve().parent


def choices(group: str) -> tuple[str, ...]:
    """The names that `group=` accepts, in alphabetical order; none when there is no such group."""
    return tuple(sorted(file.stem for file in (conf_dir() / group).glob("*.yaml")))


def groups_of(verb: str) -> dict[str, str]:
    """The groups of a verb's root configuration with the choice it makes by default."""
    import yaml

    root = yaml.safe_load((conf_dir() / f"{verb}.yaml").read_text(encoding="utf-8"))
    return {group: choice for entry in root["defaults"] if isinstance(entry, dict) for group, choice in entry.items()}
