"""Every dimension of an incident besides its recordings, drawn from a seed."""

import random
from dataclasses import asdict, dataclass, field

from . import layouts, logpush, packets

TAKEN = ("no-capture", "no-edge-log", "no-origin-logs", "no-har", "snap96", "first-half", "edge-1in10", "one-way")
ZONES = [0, 0, 0, 3600, 7200, -18000, -28800, 19800, 36000]


@dataclass
class Dimensions:
    """What is drawn. It stands in draw.json as it is here."""

    six: bool = False
    share: float | None = None  # of requests that fail; None: as recorded
    # The capture
    vantage: str = "origin"  # "none", "origin", "border" or "both"
    form: packets.Form = field(default_factory=packets.Form)
    inner: bool = False  # the hop between the origin's own programs is in it
    icmp: bool = True
    window: tuple = (0.0, 1.0)  # part of the incident's time that it covers
    drops: float = 0.0  # share of packets that it missed
    one_way: str = ""  # "in" or "out": the only direction in it
    keys: bool = False  # the secrets of TLS are in the folder
    # The edge's log
    edge: logpush.Form | None = None
    # The origin's logs
    access: bool = True
    errors: bool = True
    system: bool = True
    outputs: bool = True  # what commands such as ss printed
    quiet: bool = True  # error logs show what the program's default level shows
    zone: int = 0
    clock_s: float = 0.0  # the logs' clock against the capture's
    layout: dict = field(default_factory=dict)  # program → layout of its access log
    split: bool = False  # a rotated access log: the older part is compressed
    # Seen by visitors
    har: int = 0  # so many failing requests are in a HAR
    pages: int = 0  # so many saved pages
    taken: str = ""  # what was taken away last

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing that such inputs can hold."""
        whole = self.vantage != "none" and not self.form.snaplen and self.window == (0.0, 1.0) and not self.drops and not self.one_way
        edge = self.edge is not None and self.edge.fields == logpush.FULL and self.edge.sample == 1
        return whole and edge and self.access and self.errors and self.system and not self.quiet

    def room(self) -> int:
        """Bytes of a segment's payload that the capture keeps."""
        if not self.form.snaplen:
            return 65535
        return self.form.snaplen - packets.LINK_HEADER[self.form.link] - (40 if self.six else 20) - 32  # with TCP's time stamps

    def words(self) -> dict:
        return asdict(self)


def draw(rng: random.Random) -> Dimensions:
    one = Dimensions(six=rng.random() < 0.18)
    one.share = rng.choice([None, None, None, rng.uniform(0.004, 0.02), rng.uniform(0.02, 0.1), rng.uniform(0.2, 0.6)])
    one.vantage = rng.choices(["none", "origin", "border", "both"], [22, 66, 6, 6])[0]
    link = rng.choices([packets.ETHERNET, packets.SLL2, packets.SLL, packets.RAW], [55, 20, 15, 10])[0]
    one.form = packets.Form(
        link,
        rng.random() < 0.3,
        rng.random() < 0.35,
        rng.random() < 0.35,
        rng.choice([1, 1, 1, 1, 2, 3, 5]),
        rng.choices([0, 1500, 400, 256, 128, 96], [66, 6, 9, 7, 7, 5])[0],
    )
    one.inner = link in (packets.SLL, packets.SLL2) and rng.random() < 0.5
    one.icmp = rng.random() < 0.85
    one.window = rng.choices([(0.0, 1.0), (rng.uniform(0.1, 0.35), 1.0), (0.0, rng.uniform(0.6, 0.9))], [72, 14, 14])[0]
    one.drops = rng.choices([0.0, rng.uniform(0.001, 0.03)], [88, 12])[0]
    one.keys = rng.random() < 0.5
    one.edge = logpush.draw(rng) if rng.random() < 0.85 else None
    one.access, one.errors, one.system = rng.random() < 0.8, rng.random() < 0.8, rng.random() < 0.8
    one.outputs, one.quiet = rng.random() < 0.6, rng.random() < 0.6
    one.zone = rng.choice(ZONES)
    one.clock_s = rng.choice([0.0, 0.0, 0.0, round(rng.uniform(-2, 2), 3), round(rng.uniform(-30, 30), 3)])
    one.layout = {program: rng.choice(choices) for program, choices in sorted(layouts.CHOICES.items())}
    one.split = rng.random() < 0.15
    one.har, one.pages = rng.choice([0, 0, 0, 1, 2, 4]), rng.choice([0, 0, 0, 0, 1, 2])
    if rng.random() < 0.3:
        complete(one, rng)
    if one.vantage == "none" and one.edge is None and not one.access:
        one.edge = logpush.draw(rng)
    return one


def complete(one: Dimensions, rng: random.Random) -> None:
    """Everything is at hand: what is drawn is only its form."""
    one.vantage = "origin" if one.vantage == "none" else one.vantage
    one.form.snaplen, one.icmp, one.window, one.drops, one.keys = 0, True, (0.0, 1.0), 0.0, True
    one.edge = one.edge or logpush.draw(rng)
    one.edge.fields = logpush.FULL
    one.access = one.errors = one.system = one.outputs = True
    one.quiet, one.har = False, max(1, one.har)


def take_away(one: Dimensions, what: str) -> None:
    """Takes an input away, or part of it."""
    one.taken = what
    if what == "no-capture":
        one.vantage = "none"
    elif what == "no-edge-log":
        one.edge = None
    elif what == "no-origin-logs":
        one.access = one.errors = one.system = one.outputs = False
    elif what == "no-har":
        one.har = one.pages = 0
    elif what == "snap96":
        one.form.snaplen = 96
    elif what == "first-half":
        one.window = (one.window[0], min(one.window[1], 0.5))
    elif what == "edge-1in10" and one.edge:
        one.edge.sample = 10
    elif what == "one-way":
        one.one_way = "in"
