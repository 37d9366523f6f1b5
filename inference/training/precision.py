"""In which numbers a step is computed: bfloat16 where the processor has it, else float32."""

from __future__ import annotations

from typing import Any

import torch

from inference.training.config import OptimConfig
from inference.training.errors import ConfigRefused


def use_bf16(setting: str, device: torch.device) -> bool:
    """Autocast to bfloat16: "on", "off", or "auto": where the processor computes it natively."""
    if setting != "auto":
        return setting == "on"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.backends.cpu.get_cpu_capability()
    flags: Any = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(capabilities.startswith("AVX512") and flags())


def autocast_type(config: OptimConfig, device: torch.device) -> torch.dtype:
    """float32 stands for no autocast. Raises ConfigRefused for float16 on a CPU.

    An older CUDA device gets float16 under bf16 = "auto": its steps need a loss scale.
    """
    if config.fp16:
        if device.type != "cuda":
            raise ConfigRefused("optim.fp16 needs a CUDA device.")
        return torch.float16
    if use_bf16(config.bf16, device):
        return torch.bfloat16
    older = device.type == "cuda" and config.bf16 == "auto"
    return torch.float16 if older else torch.float32


def chosen_device(name: str) -> torch.device:
    """ "auto": CUDA where there is one. Raises ConfigRefused for CUDA where there is none."""
    present = torch.cuda.is_available()
    if name == "cuda" and not present:
        raise ConfigRefused("There is no CUDA device: use --device cpu or auto.")
    return torch.device("cuda" if present and name != "cpu" else "cpu")
