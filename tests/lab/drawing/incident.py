"""One incident: from recordings and dimensions to a folder, its truth and what is expected of a diagnosis."""

import collections
import json
import os
import random
import re
import shutil

from . import dimensions, logpush, origin_logs, packets, pages, rule
from .addresses import AddressPlan
from .parts import Part, Shelf, choose, lay
from .source import LOOP, loop_of

PORTS = (80, 443)
# Bytes of a segment that must have been captured for a record of an alert, a head, a certificate to be read.
ALERT, STATUS, HEAD, CERTIFICATE = 7, len("HTTP/1.1 503"), 300, 1300
EXPIRED = bytes.fromhex("15 03 03 00 02 02 2d")  # a fatal alert certificate_expired(45)
SPEAKS_ICMP = ("connect-refused-icmp", "firewall-reset", "host-unreachable", "mtu-black-hole")
POPULATION = (20, 0.05)  # docs/failures.md, rule 5
TIMES_IN_A_LOOP = 3  # rule 4: met so often by one visitor for one URL


def leading(failed: list[dict], ranked: list[str]) -> list[str]:
    """Which of the right answers, the most frequent first, may stand first: of causes of almost the same size either. Each is as large as the requests of which it is
    right, since of one root some may only be known by their mechanism."""
    sizes = collections.Counter(line["slug"] for line in failed)
    also = (set(line["acceptable"]) - {line["slug"]} for line in failed if line["slug"] != rule.UNEXPLAINED)
    fits = sizes + collections.Counter(slug for slugs in also for slug in slugs)
    return [slug for slug in ranked if fits[slug] >= 0.8 * sizes[ranked[0]]]


class Incident:
    def __init__(self, shelf: Shelf, seed: int, taken: str = ""):
        self.seed, self.rng = seed, random.Random(f"rayscope draw {seed}")
        self.dims = dimensions.draw(self.rng)
        self.kind, self.names = choose(shelf, seed, self.rng)
        self.plan = AddressPlan(self.rng, self.dims.six)
        self.parts = lay(shelf, self.names, self.rng, self.plan)
        if self.kind == "diluted":
            self.dims.share = 0.002
        if self.dims.share is not None:
            self.dims.share = round(self.dims.share, 5)
        for part in self.parts:
            part.keep = part.source.thinned(self.rng, self.dims.share)
        if taken or self.rng.random() < 0.22:
            dimensions.take_away(self.dims, taken or self.rng.choice(dimensions.TAKEN))
        self._settle()
        self._lay_out()

    def _lay_out(self) -> None:
        """What is known once recordings and dimensions are."""
        self.seen: dict[tuple, list[int]] = {}  # connection → when packets of it stand in the capture
        self.cut: dict[tuple, list[int]] = {}  # connection → when packets of it stand there without their last bytes
        self.says_expired: set[tuple] = set()  # connections on which the edge says that the certificate is out of its dates
        self.shown_edge: dict[str, frozenset] = {}
        self.paged: set[str] = set()
        self.paged_kinds: set[tuple] = set()  # a page speaks for the failures of its own status and host
        self.origin_logs = origin_logs.OriginLogs(self.parts, self.dims)
        self.begin = min(part.source.begin + part.shift_s for part in self.parts)
        self.end = max(part.source.end + part.shift_s for part in self.parts)

    def _settle(self) -> None:
        """What cannot be with these recordings is not."""
        routed = all(part.source.facts["router"] for part in self.parts)
        if self.dims.vantage in ("border", "both") and not routed:
            self.dims.vantage = "origin"
        if len(self.parts) > 1 or self.dims.share is not None:
            self.dims.inner = False  # its ports would collide, or it would show what was thinned out
        self.dims.keys = self.dims.keys and not self._all_plain()
        # Where ICMP may be the only answer, a capture without it would show silence.
        self.dims.icmp = self.dims.icmp or any(part.source.facts["fault"] in SPEAKS_ICMP for part in self.parts)

    def _all_plain(self) -> bool:
        return all(part.source.facts["transport"] == "plain" for part in self.parts)

    # Files

    def write(self, output: str) -> None:
        incident = os.path.join(output, "incident")
        shutil.rmtree(output, ignore_errors=True)
        os.makedirs(incident)
        if self.dims.vantage != "none":
            self._captures(incident)
        self.origin_logs.write(incident)
        if self.dims.edge:
            self._edge_log(incident)
        self._seen_by_visitors(incident)
        if not any(files for _, _, files in os.walk(incident)):
            # What was taken away was the last that was there: without any input there is no incident.
            self.dims.edge = logpush.draw(self.rng)
            self._edge_log(incident)
        truth = self.truth()
        self._no_lab_address(incident)
        with open(os.path.join(output, "truth.jsonl"), "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in truth)
        self._json(output, "expected.json", self.expected(truth))
        self._json(
            output,
            "draw.json",
            {
                "seed": self.seed,
                "complete": self.dims.is_complete and (self.dims.keys or self._all_plain()),
                "kind": self.kind,
                "recordings": [
                    {
                        "name": part.name,
                        "server": part.server,
                        "shift_s": part.shift_s,
                        "family": part.source.facts["family"],
                        "transport": part.source.facts["transport"],
                        "fault": part.source.facts["fault"],
                        "slug": part.source.facts["slug"],
                    }
                    for part in self.parts
                ],
                "dimensions": self.dims.words(),
            },
        )

    @staticmethod
    def _json(output: str, name: str, content) -> None:
        with open(os.path.join(output, name), "w") as file:
            json.dump(content, file, indent=1)
            file.write("\n")

    def _captures(self, incident: str) -> None:
        os.makedirs(os.path.join(incident, "capture"))
        if self.dims.vantage in ("origin", "both"):
            packets.write(self._packets(False), self.dims.form, os.path.join(incident, "capture", "origin"))
        if self.dims.vantage in ("border", "both"):
            form = packets.Form(**vars(self.dims.form) | {"link": packets.ETHERNET})
            packets.write(self._packets(True), form, os.path.join(incident, "capture", "border"))
        if self.dims.keys:
            keys = [part.source.folder + "/keys.log" for part in self.parts if os.path.exists(part.source.folder + "/keys.log")]
            with open(os.path.join(incident, "capture", "tls-keys.log"), "w") as target:
                for path in keys:
                    with open(path) as file:
                        target.write(file.read())

    def bounds(self) -> tuple[float, float]:
        """When the capture begins and ends."""
        first, last = self.dims.window
        length = self.end - self.begin + 2.0
        return self.begin - 1.0 + first * length, self.begin - 1.0 + last * length

    def _packets(self, border: bool) -> list[packets.Packet]:
        first, last = (round(one * 1e9) for one in self.bounds())
        room = (self.dims.form.snaplen or 262144) - packets.LINK_HEADER[packets.ETHERNET if border else self.dims.form.link]
        merged, misses = [], random.Random(f"{self.seed} misses")
        for part in self.parts:
            every = part.source.packets_kept(part.source.capture(border), part.keep)
            leaks = any(packet.inner and b"10.77." in packet.data for packet in every)
            shown = packets.Shown(part.mapping.address, part.mapping.port, self.dims.six, round(part.shift_s * 1e9))
            for packet in every:
                if not self._wanted(packet, leaks):
                    continue
                at = packet.at + shown.shift_ns
                if not first <= at <= last or self.dims.drops and misses.random() < self.dims.drops:
                    continue
                ends = packet.ends()
                merged.append(shown.packet(packet))
                if ends and not packet.inner:
                    if EXPIRED in packet.data:
                        self.says_expired.add((part.number, *ends[:2]))
                    for address, port in (ends[:2], ends[2:]):
                        self.seen.setdefault((part.number, address, port), []).append(at)
                        if len(merged[-1].data) > room:
                            self.cut.setdefault((part.number, address, port), []).append(at)
        merged.sort(key=lambda packet: packet.at)
        return merged

    def _wanted(self, packet: packets.Packet, leaks: bool) -> bool:
        if packet.inner:
            return self.dims.inner and not leaks
        if packet.data[9] == packets.ICMP and not self.dims.icmp:
            return False
        if self.dims.one_way == "in" and packet.outgoing:
            return False
        ends = packet.ends()
        return ends is not None and (ends[1] in PORTS or ends[3] in PORTS)

    def _edge_log(self, incident: str) -> None:
        records, form = [], self.dims.edge
        for part in self.parts:
            for ray in part.staying():
                if form.sample > 1 and int(ray["ray"], 16) % form.sample:
                    continue
                record = dict(ray["record"])
                for name in ("EdgeServerIP", "OriginIP"):
                    record[name] = part.mapping.table.get(record[name], record[name])
                for name in logpush.TIMES:
                    record[name] += round(part.shift_s * 1e9)
                records.append(record)
                self.shown_edge[ray["ray"]] = frozenset(logpush.fields_of(form, record))
        logpush.write(records, form, incident, random.Random(f"{self.seed} edge"))

    def _failing(self) -> list[tuple[Part, dict]]:
        return [(part, ray) for part in self.parts for ray in part.staying() if ray["failed"]]

    def _seen_by_visitors(self, incident: str) -> None:
        rng, failing = random.Random(f"{self.seed} visitors"), self._failing()
        offset = self.dims.edge.offset_s if self.dims.edge else 0.0
        chosen = rng.sample(failing, min(self.dims.har, len(failing)))
        if chosen:
            # A browser's record has all of a loop, which stays as a whole.
            chosen = [(part, one) for part, ray in chosen for one in part.source.with_its_loop(ray)]
            rays = [(ray, ray["started"] + part.shift_s + offset) for part, ray in chosen]
            for part, ray in chosen:  # and what else that visitor asked for
                rays += [
                    (other, other["started"] + part.shift_s + offset)
                    for other in part.staying()
                    if other["client"] == ray["client"] and not other["failed"]
                ][:6]
            unique = {ray["ray"]: (ray, moment) for ray, moment in rays}
            pages.write_har(list(unique.values()), os.path.join(incident, "session.har"))
            self._note_pages(chosen)
        saved = [(part, ray) for part, ray in failing if pages.made_by_edge(ray) and ray["edge_status"] != 499]
        for part, ray in rng.sample(saved, min(self.dims.pages, len(saved))):
            pages.write_page(ray, ray["started"] + part.shift_s + offset, os.path.join(incident, "pages"))
            self._note_pages([(part, ray)])

    def _note_pages(self, seen: list[tuple[Part, dict]]) -> None:
        self.paged.update(ray["ray"] for _, ray in seen)
        self.paged_kinds.update(self._kind_of_page(part, ray) for part, ray in seen)

    # Truth

    def _at_hand(self, part: Part, ray: dict) -> rule.AtHand:
        first, last = self.bounds()
        begin, end = ray["started"] + part.shift_s, ray["ended"] + part.shift_s
        covered = self.dims.vantage != "none" and first <= begin and end + 0.05 <= last
        facts, snap, room = part.source.facts, self.dims.form.snaplen, self.dims.room()
        seen = covered and self._connection_seen(part, ray)
        whole = snap == 0 or self._captured_whole(part, ray)
        clear = facts["transport"] == "plain" or self.dims.keys and whole
        inside = ray["edge_status"] == 400 and facts["transport"] != "plain"
        alert = facts["transport"] == "tls12" and room >= ALERT
        tells = alert and bool(ray["attempts"]) and self._connection(part, ray) in self.says_expired  # it has an alert of its own
        own, words, row = self.origin_logs.about(part, ray)
        return rule.AtHand(
            covered=covered,
            packets=seen and not self.dims.one_way,
            asked=seen,
            both_ways=not self.dims.one_way,
            readable=clear and (room >= HEAD or whole),
            status=clear and (room >= STATUS or whole),
            hello=room >= ALERT,
            alert=alert,
            certificate=(self.dims.keys and whole) or tells or facts["transport"] == "tls12" and (room >= CERTIFICATE or whole) and not inside,
            border=covered and self.dims.vantage in ("border", "both") and self.dims.icmp,
            edge=self.shown_edge.get(ray["ray"], frozenset()),
            access=row is not None,
            page=ray["ray"] in self.paged,
            page_of_kind=self._kind_of_page(part, ray) in self.paged_kinds,
            own=own,
            words=words,
            others_pass=ray["slug"] == "edge-outage" and self._others_pass(part, ray),
            others_served=ray["slug"] != "firewall-drop" or self._others_served(part),
            restarted=self.origin_logs.restarted_around(part, ray),
        )

    def _others_served(self, part: Part) -> bool:
        """Whether requests from other addresses of the edge pass at a part's server between the first and the last that its fault kept out."""
        kept_out = [ray for ray in part.staying() if ray["failed"] and ray["slug"] == "firewall-drop"]
        addresses = {attempt["edge_ip"] for ray in kept_out for attempt in ray["attempts"]}
        first, last = min(ray["started"] for ray in kept_out) + part.shift_s, max(ray["ended"] for ray in kept_out) + part.shift_s
        return any(
            first <= attempt["at"] + beside.shift_s <= last and attempt["edge_ip"] not in addresses
            for beside in self.parts
            if beside.server == part.server
            for other in beside.staying()
            if not other["failed"]
            for attempt in other["attempts"]
        )

    def _others_pass(self, part: Part, ray: dict) -> bool:
        """Whether the edge's log shows that requests of other recordings pass at a request's data centre within a second."""
        at = ray["started"] + part.shift_s
        return any(
            not other["failed"] and other["colo"] == ray["colo"] and other["ray"] in self.shown_edge and abs(other["started"] + beside.shift_s - at) < 1
            for beside in self.parts
            if beside is not part
            for other in beside.source.rays
        )

    @staticmethod
    def _kind_of_page(part: Part, ray: dict) -> tuple:
        return part.number, ray["edge_status"], ray["code"], ray["host"]

    @staticmethod
    def _connection(part: Part, ray: dict) -> tuple:
        """The connection on which it failed, as packets have it."""
        import socket

        attempt = ray["attempts"][-1]
        return part.number, socket.inet_aton(attempt["edge_ip"]), attempt["port"]

    def _captured_whole(self, part: Part, ray: dict) -> bool:
        """Whether the snap length cut no packet of its connection, from the handshake to its end."""
        if not ray["attempts"]:
            return False
        return not any(at <= (ray["ended"] + part.shift_s) * 1e9 + 5e8 for at in self.cut.get(self._connection(part, ray), []))

    def _connection_seen(self, part: Part, ray: dict) -> bool:
        if not ray["attempts"]:
            return False
        attempt, times = ray["attempts"][-1], self.seen.get(self._connection(part, ray), [])
        begin, end = (attempt["at"] + part.shift_s) * 1e9 - 5e8, (ray["ended"] + part.shift_s) * 1e9 + 5e8
        return any(begin <= at <= end for at in times)

    def truth(self) -> list[dict]:
        """A line for each ray. `failed`: it failed and something at hand shows it; `slug`: the answer by the rule on inputs; `root`: the cause itself."""
        lines, total, left, loops = [], 0, 0, {}  # loops: of which URL → visitor → lines
        for part in self.parts:
            for ray in part.staying():
                total += 1
                line = {
                    "ray": ray["ray"],
                    "edge_status": ray["edge_status"],
                    "failed": False,
                    "slug": None,
                    "error": ray["error"],
                    "attempts": [
                        attempt
                        | {
                            "edge_ip": part.mapping.row(attempt["edge_ip"], 0)[0],
                            "port": part.mapping.row(attempt["edge_ip"], attempt["port"])[1],
                            "origin": part.mapping.row(attempt["origin"], 0)[0],
                            "at": round(attempt["at"] + part.shift_s, 6),
                        }
                        for attempt in ray["attempts"]
                    ],
                    "server": part.server,
                    "recording": part.number,
                }
                if ray["failed"]:
                    line |= self._judged(part, ray)
                    left += line["slug"] == "client-abort"
                    if line["slug"] == LOOP:
                        loops.setdefault((part.number, *loop_of(ray)[1:]), {}).setdefault(ray["client"], []).append(line)
                lines.append(line)
        if left < POPULATION[0] or left < POPULATION[1] * total:
            self._tolerate("client-abort", [line for line in lines if line["slug"] == "client-abort"])
        for by_visitor in loops.values():
            if max(map(len, by_visitor.values())) < TIMES_IN_A_LOOP:
                self._tolerate(LOOP, [line for asked in by_visitor.values() for line in asked])
        return sorted(lines, key=lambda line: (line["attempts"][0]["at"] if line["attempts"] else 0.0, line["ray"]))

    @staticmethod
    def _tolerate(slug: str, lines: list[dict]) -> None:
        """Too few to be a failure: to name them costs nothing and earns nothing."""
        for line in lines:
            line |= {"failed": False, "slug": None, "depth": None, "tolerated": slug}

    def _judged(self, part: Part, ray: dict) -> dict:
        at_hand, line = self._at_hand(part, ray), ray | {"logged_status": self.origin_logs.status(part, ray)}
        slug, depth, also = rule.answer(ray["slug"], line, at_hand)
        judged = {
            "failed": True,
            "slug": slug,
            "root": ray["slug"],
            "depth": depth,
            "acceptable": also,
            "inputs": self._inputs(at_hand),
            "ray_at_hand": bool(
                at_hand.edge
                or at_hand.page
                or self.origin_logs.names_ray(part, ray)
                or at_hand.packets
                and at_hand.readable
                and ray["error"] not in rule.NEVER_ASKED
            ),
        }
        soft = ray["edge_status"] < 500 and ray["edge_status"] != 499
        if not at_hand.shows(line) or soft and depth != "root":  # rule 4: without its sign a 4xx or 3xx is healthy traffic
            judged |= {"failed": False, "slug": None, "depth": None, "tolerated": ray["slug"]}
        return judged

    @staticmethod
    def _inputs(at_hand: rule.AtHand) -> str:
        return "".join(
            letter
            for letter, there in (
                ("P", at_hand.packets),
                ("E", bool(at_hand.words)),
                ("A", at_hand.access),
                ("C", bool(at_hand.edge)),
                ("H", at_hand.page),
            )
            if there
        )

    def expected(self, truth: list[dict]) -> dict:
        failed = [line for line in truth if line["failed"]]
        counts = collections.Counter(line["slug"] for line in failed)
        ranked = sorted(counts, key=lambda slug: (-counts[slug], slug))
        verdicts = {part.source.facts["slug"]: part.source.facts["verdict"] for part in self.parts}
        first = next((line["root"] for line in failed if ranked and line["slug"] == ranked[0]), None)
        acceptable = {slug: sorted({other for line in failed if line["slug"] == slug for other in line["acceptable"]} - {slug}) for slug in ranked}
        # Who names what became of such a request and not why says no more.
        tolerated = {slug for line in truth if line.get("tolerated") for slug in (line["tolerated"], rule.MECHANISM.get(line["error"])) if slug}
        tolerated = sorted(tolerated - set(ranked))
        verdict = "healthy" if not failed else "inconclusive" if ranked[0] == rule.UNEXPLAINED else verdicts.get(first, "origin")
        return {
            "verdict": verdict,
            "causes": ranked,
            "first": leading(failed, ranked),
            "note": " ".join(part.source.facts["note"] for part in self.parts[:3]),
            "requests": len(truth),
            "failed": len(failed),
            "by_cause": {slug: counts[slug] for slug in ranked},
            "acceptable": acceptable,
            "tolerated": tolerated,
            "depths": dict(sorted(collections.Counter(line["depth"] for line in failed).items())),
            "roots": dict(sorted(collections.Counter(line["root"] for line in failed).items())),
            "confidence_at_most": 0.6 if ranked and ranked[0] == rule.UNEXPLAINED else 1.0,
            "healed": sum(1 for line in truth if not line["failed"] and line["edge_status"] < 500 and len(line["attempts"]) > 1),
        }

    @staticmethod
    def _no_lab_address(incident: str) -> None:
        import gzip

        for parent, _, names in os.walk(incident):
            for name in names:
                path = os.path.join(parent, name)
                with (gzip.open if name.endswith(".gz") else open)(path, "rb") as file:
                    found = re.search(rb"10\.77\.\d+\.\d+|rayscope-lab", file.read())
                if found:
                    raise ValueError(f"{path} holds {found[0]!r}, which is the lab's")
