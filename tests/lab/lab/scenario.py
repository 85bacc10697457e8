"""What a scenario file holds, and how the lab decides the truth of each request."""
import importlib.util
import os
from dataclasses import dataclass, field

from .capture import Capture
from .edge import Outcome
from .edgelog import EdgeLog
from .settings import EdgeBehaviour

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")


@dataclass
class Scenario:
    """The declaration in a scenario file (`SCENARIO = Scenario(...)`).

    Beside it the file defines `origin(lab)`, which starts the servers, `traffic(lab)`, which gives the requests, and,
    where something happens during the traffic, `during(lab)`, which runs beside it.
    """
    note: str                                  # one sentence: what is broken
    causes: list[str] = field(default_factory=list)    # catalogue slugs, the most frequent first
    verdict: str = "origin"
    capture: Capture | None = field(default_factory=Capture)
    edge_log: EdgeLog | None = field(default_factory=EdgeLog)
    edge: EdgeBehaviour = field(default_factory=EdgeBehaviour)
    # The true cause of failures of requests that were not made to fail themselves, by the edge's word for the error
    # (see edge.py) or by the edge's status as text. "*" stands for all others.
    collateral: dict[str, str] = field(default_factory=dict)
    router: bool = False                       # a router stands before the origin, and the capture is taken there
    failing_statuses: tuple = ()               # besides 5xx, where rule 4 or 5 of docs/failures.md makes them failures

    def failed(self, outcome: Outcome) -> bool:
        """The rules of docs/failures.md."""
        benign = outcome.edge_status == 504 and not outcome.attempts   # the edge's own noise, see docs/edge.md
        return (outcome.edge_status >= 500 and not benign) or outcome.edge_status in self.failing_statuses

    def slug_of(self, outcome: Outcome) -> str | None:
        """The true cause of a failed request, None for one that did not fail. "?" where the scenario has no word for it."""
        if not self.failed(outcome):
            return None
        if outcome.request.fault:
            return outcome.request.fault
        for key in (outcome.error, str(outcome.edge_status), "*"):
            if key and key in self.collateral:
                return self.collateral[key]
        return "?"


def names() -> list[str]:
    return sorted(name[:-3] for name in os.listdir(FOLDER) if name.endswith(".py"))


def load(name: str):
    """The scenario file as a module."""
    path = os.path.join(FOLDER, name + ".py")
    specification = importlib.util.spec_from_file_location("scenario_" + name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
