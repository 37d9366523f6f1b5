"""The one door to torchvision: ``from inference.networks.vision import torchvision``.

``import torchvision`` fails beside a torch build whose libraries its compiled operators do not find
(``operator torchvision::nms does not exist``). This module tries the compiled operators first and
registers exact pure-torch ones in their place only where they are missing. Packages that import
torchvision themselves (``pytorch_grad_cam``) work after this module was imported.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any, Final

import torch

from inference.networks.operators import is_defined, register_missing

_NAMES_WITH_GUARD = ("boxes", "roi_align")


def _load_compiled() -> bool:
    """Load torchvision's own operators without importing it; False where they do not load."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("torchvision is not installed", name="torchvision")
    load_library: Any = torch.ops.load_library  # without type information
    for folder in spec.submodule_search_locations:
        for library in sorted(Path(folder).glob("_C*.so")) + sorted(Path(folder).glob("_C*.pyd")):
            with contextlib.suppress(OSError):
                load_library(str(library))
    return is_defined("nms") and is_defined("roi_align")


def _accept() -> None:
    """Stands for torchvision's check that its compiled operators were loaded."""


def _has() -> bool:
    return True


def _open_guards() -> None:
    """torchvision refuses to call nms and roi_align unless its own library loaded."""
    for name in _NAMES_WITH_GUARD:
        module: Any = sys.modules[f"torchvision.ops.{name}"]
        module._assert_has_ops = _accept
        if hasattr(module, "_has_ops"):
            module._has_ops = _has


def _open() -> tuple[Any, tuple[str, ...]]:
    registered = () if _load_compiled() else register_missing()
    module = importlib.import_module("torchvision")
    for name in ("models.detection", "ops", "transforms.v2", "tv_tensors"):
        importlib.import_module(f"torchvision.{name}")
    if registered:
        _open_guards()
    return module, registered


_opened = _open()
# torchvision ships no type information: Any is the honest type at this door.
torchvision: Final[Any] = _opened[0]
REGISTERED_HERE: Final[tuple[str, ...]] = _opened[1]
