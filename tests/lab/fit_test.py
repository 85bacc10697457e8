"""What fitting promises: nothing is measured on what it was fitted to, and figures are what they are called.

Run: python3 tests/lab/fit_test.py
"""

import os
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from fitting import figures, folds  # noqa: E402
from fitting.incidents import Recorded  # noqa: E402


def recorded(seed: int, families: list[str], inputs: list[str], cases: list[dict] | None = None, truth: list | None = None) -> Recorded:
    return Recorded(
        {
            "name": f"draw-{seed:05d}",
            "draw": {"complete": False, "kind": "alone", "taken": "", "recordings": [{"fault": f"fault-{seed % 7}", "family": one} for one in families]},
            "inputs": inputs,
            "expected": {"causes": ["worker-crash"], "first": ["worker-crash"], "acceptable": {}, "tolerated": []},
            "edge_seen": True,
            "cases": cases or [],
            "truth": truth or [],
            "named": [],
        }
    )


class Folds(unittest.TestCase):
    def setUp(self):
        rng = random.Random(520)
        families = ["nginx", "nginx+php", "haproxy+nginx", "haproxy-tcp", "caddy", "node", "apache+files"]
        self.incidents = [
            recorded(seed, rng.sample(families, rng.choice([1, 1, 3])), rng.sample(folds.INPUTS, rng.randrange(1, 5))) for seed in range(1, 200)
        ]

    def test_no_incident_is_measured_by_a_fit_that_saw_what_was_left_out(self):
        for fitted, measured in folds.by_program(self.incidents):
            left_out = set.intersection(*(folds.programs(one) for one in measured))
            self.assertTrue(left_out and not any(left_out & folds.programs(one) for one in fitted))
        for fitted, measured in folds.by_input(self.incidents):
            left_out = set.intersection(*(one.inputs for one in measured))
            self.assertTrue(left_out and not any(left_out & one.inputs for one in fitted))
        for fitted, measured in folds.by_cell(self.incidents):
            self.assertFalse({one.first_cell for one in measured} & {cell for one in fitted for cell in one.cells})

    def test_each_is_measured_once_by_server_program_and_by_cell(self):
        for folding in (folds.by_program, folds.by_cell):
            measured = [one.name for _, some in folding(self.incidents) for one in some]
            self.assertEqual(sorted(measured), [one.name for one in self.incidents])


class Figures(unittest.TestCase):
    def test_rows_give_the_report_that_the_program_would_write(self):
        crash = {"failed": True, "slug": "worker-crash", "depth": "root", "acceptable": [], "tolerated": None, "ray_at_hand": True}
        closed = crash | {"slug": "empty-response", "depth": "mechanism", "acceptable": ["oom-kill"]}
        requests = [{"count": 3, "truth": 0, "with_ray": True}, {"count": 1, "truth": 1, "with_ray": True}, {"count": 2, "truth": None, "with_ray": False}]
        rows = [dict(row, counts=True, beside=False) for row in requests]
        one = recorded(1, ["nginx"], ["capture"], rows, [[crash, 3], [closed, 2]])
        diagnosis = one.diagnosis([["worker-crash", 900], ["oom-kill", 600], ["worker-crash", 500]])
        self.assertEqual([(cause["slug"], cause["confidence"], cause["cases"]) for cause in diagnosis["causes"]], [("worker-crash", 0.797, 5), ("oom-kill", 0.5, 1)], "0.74 and 0.6, of five and of one of six")
        marks = figures.Marked(one, [["worker-crash", 900], ["oom-kill", 600], ["worker-crash", 500]]).marks
        self.assertEqual((marks["first"], marks["named"], marks["right"], marks["knowable"], marks["found"]), ("right", 4, 4, 5, 4))

    def test_causes_are_ranked_by_what_counts_and_what_stands_beside_it(self):
        def row(count: int, counts: bool, beside: bool) -> dict:
            return {"count": count, "truth": None, "with_ray": False, "counts": counts, "beside": beside}

        rows = [row(2, True, False), row(9, False, True), row(3, False, True), row(4, True, False), row(2, False, True), row(50, False, False)]
        one = recorded(1, ["nginx"], ["capture"], rows, [])
        slugs = ["oom-kill", "oom-kill", "firewall-drop", "slow-response", "packet-loss", "tunnel-down"]
        named = [cause["slug"] for cause in one.diagnosis([[slug, 900] for slug in slugs])["causes"]]
        self.assertEqual(named, ["oom-kill", "slow-response", "firewall-drop"], "two beside are too few, and what the edge tried again is no cause")

    def test_claims_that_are_as_true_as_they_say_have_no_calibration_error(self):
        rng = random.Random(7)
        honest = [(confidence, rng.random() < confidence) for confidence in (rng.uniform(0.5, 1) for _ in range(300))]
        self.assertLess(figures.debiased(honest), 0.03)
        self.assertGreater(figures.debiased([(0.95, number % 2 == 0) for number in range(300)]), 0.4)

    def test_an_interval_holds_its_share(self):
        low, high = figures.wilson(0.9, 100)
        self.assertTrue(low < 0.9 < high and high - low < 0.25)


if __name__ == "__main__":
    unittest.main()
