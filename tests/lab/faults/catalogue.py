"""All faults by name."""

from . import answers, application, edge_made, handshake, healthy, keeping, odd, path, proxying, reaching, streams
from .fault import Fault, Recording

MODULES = (reaching, path, keeping, handshake, answers, application, proxying, edge_made, healthy, odd, streams)
FAULTS: dict[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
# Recordings of these need the kernel's log to themselves: its line names no namespace.
EXCLUSIVE = {name for module in MODULES for name in module.EXCLUSIVE}


def recording(name: str) -> Recording:
    """`fault~family~seed`."""
    fault, family, seed = name.split("~")
    return Recording(FAULTS[fault], family, int(seed))


def names(seeds: range) -> list[str]:
    """Every fault with every family that can have it, for each seed: all of a seed first, so that breadth comes before depth."""
    return [f"{fault.name}~{family}~{seed}" for seed in seeds for fault in FAULTS.values() if fault.is_of(seed) for family in fault.families]
