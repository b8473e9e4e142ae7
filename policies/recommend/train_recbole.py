"""RecBole as a library that only trains: on one thread, silent, and with nothing left behind.

Import it inside functions only: it loads torch. RecBole 1.2.1 (Zhao et al. 2021, "RecBole: towards a unified,
comprehensive and efficient framework for recommendation algorithms", CIKM '21) reads the command line, writes to the
working directory and asks NumPy for names that are gone; all of that is kept out here.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.dataset import Dataset
from recbole.data.utils import create_samplers, get_dataloader
from recbole.trainer import trainer as trainer_module
from recbole.utils import get_trainer, init_seed

WHOLE = "all"
"""Names the one part of a data set that is not split."""


class Configuration(Config):
    """RecBole's configuration without the command line and without changes to NumPy."""

    def compatibility_settings(self) -> None:
        """Leave NumPy as it is; :func:`workshop` lends the one name that is still read."""

    def _load_cmd_line(self) -> dict[str, Any]:
        return {}


class Data(NamedTuple):
    """A data set by RecBole's numbering, and its loaders; without a split only the first holds anything."""

    dataset: Dataset
    train: Any
    valid: Any = None
    test: Any = None


class _NoTensorboard:
    def add_scalar(self, *_: Any, **__: Any) -> None: ...

    def add_hparams(self, *_: Any, **__: Any) -> None: ...


@contextmanager
def workshop() -> Iterator[Path]:
    """Let RecBole work inside: on one thread, its files in a folder that goes away, ``np.float`` lent to it.

    Yields the folder. The environment variable that RecBole sets, torch's threads and NumPy are put back at the end.
    """
    threads, devices = torch.get_num_threads(), os.environ.get("CUDA_VISIBLE_DEVICES")
    tensorboard = trainer_module.get_tensorboard
    with TemporaryDirectory(prefix="linli-recbole-") as folder, warnings.catch_warnings():
        for kind in (FutureWarning, DeprecationWarning):  # of pandas, NumPy and torch: RecBole's to mend
            warnings.simplefilter("ignore", kind)
        torch.set_num_threads(1)
        trainer_module.get_tensorboard = lambda _: _NoTensorboard()
        np.float = float  # type: ignore[attr-defined]
        try:
            yield Path(folder)
        finally:
            del np.float  # type: ignore[attr-defined]
            trainer_module.get_tensorboard = tensorboard
            torch.set_num_threads(threads)
            os.environ.pop("CUDA_VISIBLE_DEVICES", None)
            if devices is not None:
                os.environ["CUDA_VISIBLE_DEVICES"] = devices


def configuration(model: str | type, dataset: str, folder: Path, **settings: Any) -> Configuration:
    """Return RecBole's configuration of ``model`` with ``settings`` over its defaults, for data below ``folder``."""
    quiet = {"data_path": str(folder), "checkpoint_dir": str(folder), "gpu_id": "", "show_progress": False}
    return Configuration(model=model, dataset=dataset, config_dict={**quiet, **settings})


def split(config: Configuration) -> Data:
    """Read and split the data as ``config`` says, by its seed."""
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    return Data(dataset, *data_preparation(config, dataset))


def unsplit(config: Configuration) -> Data:
    """Read the data whole: every row is for training."""
    init_seed(config["seed"], config["reproducibility"])
    dataset = create_dataset(config)
    (built,) = dataset.build()
    sampler, _, _ = create_samplers(config, dataset, [built] * 3)
    return Data(dataset, get_dataloader(config, "train")(config, built, sampler, shuffle=config["shuffle"]))


def fit(config: Configuration, model: Any, data: Data) -> Any:
    """Train ``model``; return the trainer, nothing saved.

    Where there are rows to validate on, training stops early and ``model`` is as it was when it ranked them best.
    """
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    best: dict[str, torch.Tensor] = {}

    def validated(_: int, __: float) -> None:
        if trainer.cur_step == 0:  # no worse than any before
            best.update({name: values.clone() for name, values in model.state_dict().items()})

    trainer.fit(data.train, data.valid, verbose=False, saved=False, show_progress=False, callback_fn=validated)
    if best:
        model.load_state_dict(best)
    return trainer


def write_interactions(folder: Path, name: str, columns: Mapping[str, Any]) -> None:
    """Write rows of (user, item, time) as RecBole's atomic file; times are whole numbers."""
    place = folder / name
    place.mkdir()
    kinds = {"user_id": "token", "item_id": "token", "timestamp": "float"}
    header = "\t".join(f"{column}:{kind}" for column, kind in kinds.items())
    rows = np.stack([np.asarray(columns[column]) for column in kinds], axis=1)
    np.savetxt(place / f"{name}.{WHOLE}.inter", rows, fmt="%d", delimiter="\t", header=header, comments="")
