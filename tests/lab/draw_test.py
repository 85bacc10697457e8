"""What drawing promises, on small recordings made up here: no root, no server, no recording of the lab.

Run: python3 tests/lab/draw_test.py
"""

import hashlib
import json
import os
import random
import shutil
import struct
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from drawing import dimensions, grade, layouts, lines, packets, rule, selection, stamps  # noqa: E402
from drawing.addresses import AddressPlan, Mapping  # noqa: E402
from drawing.incident import HEAD, Incident, leading  # noqa: E402
from drawing.origin_logs import OriginLogs, dated  # noqa: E402
from drawing.parts import Shelf, lay  # noqa: E402
from drawing.source import Source, loop_of  # noqa: E402
from faults import catalogue  # noqa: E402
from lab import apache, settings  # noqa: E402
from lab.checksum import internet_checksum  # noqa: E402

BEGIN = 1_795_232_000.25


def segment(source: str, port: int, destination: str, other: int, flags: int, payload: bytes = b"") -> bytes:
    """An IPv4 packet with a TCP segment whose checksums are right."""
    import socket

    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    tcp = bytearray(struct.pack(">HHIIBBHHH", port, other, 1, 1, 0x50, flags, 1024, 0, 0) + payload)
    struct.pack_into(">H", tcp, 16, internet_checksum(ends + struct.pack(">HH", 6, len(tcp)) + bytes(tcp)))
    head = bytearray(struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 7, 0, 60, 6, 0) + ends)
    struct.pack_into(">H", head, 10, internet_checksum(bytes(head)))
    return bytes(head + tcp)


def good(packet: bytes) -> bool:
    """Whether the checksum of TCP is right, over IPv4 or IPv6."""
    if packet[0] >> 4 == 6:
        tcp, ends = packet[40:], packet[8:40]
        return internet_checksum(ends + struct.pack(">II", len(tcp), 6) + tcp) == 0
    head = (packet[0] & 15) * 4
    tcp = packet[head:]
    return internet_checksum(packet[:head]) == 0 and internet_checksum(packet[12:20] + struct.pack(">HH", 6, len(tcp)) + tcp) == 0


def ray_of(ray: str, number: int, failed: bool, slug: str | None, at: float, edge, port: int) -> dict:
    """What the edge saw of one request."""
    record = {
        "RayID": ray,
        "EdgeStartTimestamp": round(at * 1e9),
        "EdgeEndTimestamp": round((at + 0.1) * 1e9),
        "ClientIP": "198.51.100.7",
        "ClientRequestHost": "shop.example",
        "ClientRequestMethod": "GET",
        "ClientRequestURI": f"/page/{number}",
        "ClientRequestUserAgent": "browser",
        "EdgeResponseStatus": 520 if failed else 200,
        "OriginResponseStatus": 0 if failed else 200,
        "OriginIP": settings.ORIGIN_LAB,
        "EdgeServerIP": edge.lab,
        "EdgeColoCode": edge.colo,
        "SecurityAction": "",
        "CacheCacheStatus": "dynamic",
        "ClientRequestSource": "eyeball",
        "OriginTCPHandshakeDurationMs": 3,
        "OriginTLSHandshakeDurationMs": 0,
        "OriginResponseHeaderReceiveDurationMs": 0,
        "EdgeResponseBytes": 10,
    }
    return (
        {
            "ray": ray,
            "edge_status": 520 if failed else 200,
            "failed": failed,
            "slug": slug if failed else None,
            "error": "closed" if failed else None,
            "attempts": [{"edge_ip": edge.lab, "port": port, "reused": False, "error": None, "origin": settings.ORIGIN_LAB, "at": at}],
            "started": at,
            "ended": at + 0.1,
            "host": "shop.example",
            "path": f"/page/{number}",
            "colo": edge.colo,
            "code": 0,
            "client": "198.51.100.7",
            "origin_status": 0 if failed else 200,
            "mask": False,
            "headers": [],
            "sample": "",
            "record": record,
        }
    )


def recording(folder: str, name: str, slug: str | None, seed: int, healthy: int = 60, failing: int = 20) -> None:
    """A recording of single requests on connections of their own, as the recorder would have kept it."""
    rng, target = random.Random(seed), os.path.join(folder, name)
    os.makedirs(os.path.join(target, "logs"))
    rays, capture, access, errors = [], [], [], []
    for number in range(healthy + failing):
        failed, at = number >= healthy, BEGIN + rng.random() * 8
        edge, port, ray = rng.choice(settings.EDGES), 20000 + number, f"9f{rng.getrandbits(56):014x}"
        request = f"GET /page/{number} HTTP/1.1\r\nHost: shop.example\r\nCF-Ray: {ray}-FRA\r\n\r\n".encode()
        answer = b"" if failed else b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 03:40:14 GMT\r\nContent-Length: 0\r\n\r\n"
        for step, (outgoing, flags, payload) in enumerate(
            [(False, 2, b""), (True, 18, b""), (False, 24, request), (True, 17 if failed else 24, answer)]
        ):
            ends = (settings.ORIGIN_LAB, 80, edge.lab, port) if outgoing else (edge.lab, port, settings.ORIGIN_LAB, 80)
            capture.append((round((at + step * 0.01) * 1e9), outgoing, segment(*ends, flags, payload)))
        rays.append(ray_of(ray, number, failed, slug, at, edge, port))
        access.append(
            json.dumps(
                {
                    "t": at + 0.03,
                    "addr": edge.lab,
                    "port": port,
                    "method": "GET",
                    "uri": f"/page/{number}",
                    "status": 0 if failed else 200,
                    "bytes": 0,
                    "agent": "browser",
                    "ray": f"{ray}-FRA",
                    "host": "shop.example",
                    "rt": 0.01,
                    "xff": "",
                }
            )
        )
        if failed:
            errors.append(
                (
                    at + 0.03,
                    f"[error] 12#12: *{number} upstream prematurely closed connection, client: {edge.lab}, request: \"GET /page/{number} HTTP/1.1\"",
                )
            )
    _keep(target, name, slug, seed, rays, sorted(capture), access, errors)


def _keep(target: str, name: str, slug: str | None, seed: int, rays: list, capture: list, access: list, errors: list) -> None:
    content = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, packets.SLL2)]
    for at, outgoing, data in capture:
        frame = b"\x08\x00\0\0" + struct.pack(">IHBB", 2, 1, 4 if outgoing else 0, 6) + bytes(8) + data
        content += [struct.pack("<IIII", at // 10**9, at % 10**9, len(frame), len(frame)), frame]
    with open(os.path.join(target, "capture.pcap"), "wb") as file:
        file.write(b"".join(content))
    texts = {"0-access.log": access, "1-error.log": [stamps.stamp(at, "nginx", 0) + text for at, text in sorted(errors)]}
    for file_name, content in texts.items():
        with open(os.path.join(target, "logs", file_name), "w") as file:
            file.writelines(line + "\n" for line in content)
    fault, family, _ = name.split("~")
    facts = {
        "name": name,
        "fault": fault,
        "slug": slug,
        "family": family,
        "transport": "plain",
        "seed": seed,
        "note": fault,
        "verdict": "origin",
        "host_scope": False,
        "decoy_for": [],
        "hosts": ["shop.example"],
        "router": False,
        "edge": {},
    }
    logs = [
        {"file": "0-access.log", "kind": "access", "program": "python", "name": "app/access.log"},
        {"file": "1-error.log", "kind": "error", "program": "nginx", "name": "nginx/error.log"},
    ]
    for file_name, value in (("recording.json", facts), ("logs.json", logs)):
        with open(os.path.join(target, file_name), "w") as file:
            json.dump(value, file)
    with open(os.path.join(target, "edge.jsonl"), "w") as file:
        file.writelines(json.dumps(ray) + "\n" for ray in rays)


def add_log(target: str, said: list[tuple[float, str]], program: str = "node", kind: str = "app") -> None:
    """Gives a recording the log of another program: seconds after its beginning, and words."""
    with open(os.path.join(target, "logs", "2-app.log"), "w") as file:
        file.writelines(stamps.stamp(BEGIN + after, program, 0) + text + "\n" for after, text in said)
    path = os.path.join(target, "logs.json")
    with open(path) as file:
        logs = json.load(file)
    with open(path, "w") as file:
        json.dump([*logs, {"file": "2-app.log", "kind": kind, "program": program, "name": "app/out.log"}], file)


def change_failing(target: str, change) -> None:
    """Gives each failing request of a recording, with its number among them, what `change` says."""
    path = os.path.join(target, "edge.jsonl")
    with open(path) as file:
        rays = [json.loads(line) for line in file]
    for number, ray in enumerate(ray for ray in rays if ray["failed"]):
        ray |= change(number)
        ray["record"]["EdgeResponseStatus"] = ray["edge_status"]
    with open(path, "w") as file:
        file.writelines(json.dumps(ray) + "\n" for ray in rays)


def digest(folder: str) -> str:
    """Names and bytes of all files below a folder."""
    found = hashlib.sha256()
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found.update(os.path.relpath(path, folder).encode() + b"\0" + file.read())
    return found.hexdigest()


class Drawing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.recordings = os.path.join(cls.folder, "recordings")
        for number in range(4):
            recording(cls.recordings, f"empty-response~python~{number}", "empty-response", number)
        recording(cls.recordings, "healthy~python~0", None, 9, failing=0)
        cls.shelf = Shelf(cls.recordings)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def drawn(self, seed: int, taken: str = "") -> str:
        output = os.path.join(self.folder, f"{seed}{taken}")
        Incident(self.shelf, seed, taken).write(output)
        return output

    def test_the_same_seed_gives_the_same_bytes(self):
        for seed in range(12):
            self.assertEqual(digest(self.drawn(seed)), digest(self.drawn(seed)), seed)

    def test_a_folder_of_one_kind_of_recordings_is_drawn_from_too(self):
        for name in ("empty-response~python~0", "healthy~python~0"):
            folder = os.path.join(self.folder, f"only {name}")
            shutil.copytree(os.path.join(self.recordings, name), os.path.join(folder, name))
            for seed in range(12):
                Incident(Shelf(folder), seed).write(os.path.join(self.folder, "one kind"))

    def test_a_request_that_was_thinned_out_is_in_no_input(self):
        source = Source(os.path.join(self.recordings, "empty-response~python~0"))
        for share in (0.01, 0.1, 0.5):
            keep = source.thinned(random.Random(1), share)
            staying = [ray for ray in source.rays if source.component[ray["ray"]] in keep]
            failed = sum(ray["failed"] for ray in staying)
            self.assertGreaterEqual(failed, 2)
            self.assertGreaterEqual(len(staying) - failed, 30)
            gone = {ray["ray"].encode() for ray in source.rays if source.component[ray["ray"]] not in keep}
            content = b"".join(packet.data for packet in source.packets_kept(source.capture(), keep))
            times = source.failing_times(keep)
            rows = {line.ray.encode() for log in source.logs for line in source.lines_kept(log, keep, times)}
            self.assertFalse([ray for ray in gone if ray in content or ray in rows])
            self.assertTrue(all(ray["ray"].encode() in content for ray in staying))

    def test_a_death_goes_with_the_request_that_it_ended(self):
        source = Source(os.path.join(self.recordings, "empty-response~python~0"))
        failed = [ray for ray in source.rays if ray["failed"]]
        for ray in failed:
            ray["slug"] = "worker-crash"
        said = [lines.Line(ray["ended"] + 0.01, f"worker process {number} exited on signal 11") for number, ray in enumerate(failed)]
        keep = source.thinned(random.Random(1), 0.01)
        kept = source.lines_kept(lines.Log("error", "nginx", "error.log", said), keep, source.failing_times(keep))
        staying = [line for line, ray in zip(said, failed) if source.component[ray["ray"]] in keep]
        self.assertEqual([line for line in staying if line not in kept], [])
        self.assertGreater((len(said) - len(staying)) / 3, len(kept) - len(staying), "but for those of one moment")

    def test_the_death_of_a_service_stays_with_what_it_refused_until_it_was_started_again(self):
        source = Source(os.path.join(self.recordings, "empty-response~python~0"))
        failed = [ray for ray in source.rays if ray["failed"]]
        for ray in failed:
            ray["slug"] = "worker-crash"
        died, started = "systemd[1]: shop.service: Main process exited, code=dumped, status=11/SEGV", "systemd[1]: Started shop.service - Shop."
        said = [lines.Line(ray["ended"] - 2 + step, text) for ray in failed for step, text in enumerate((died, started))]
        keep = source.thinned(random.Random(1), 0.01)
        kept = source.lines_kept(lines.Log("system", "system", "syslog", said), keep, source.failing_times(keep))
        for ray, death in zip(failed, said[::2]):
            if source.component[ray["ray"]] in keep:
                self.assertIn(death, kept)
        self.assertLess(len(kept), len(said))
        self.assertEqual([line.text for line in kept[::2]], [died] * (len(kept) // 2), "a start goes with the death before it")

    def test_something_is_at_hand_in_every_incident(self):
        incident = Incident(self.shelf, 7)
        incident.dims.vantage, incident.dims.edge, incident.dims.har, incident.dims.pages = "none", None, 0, 0
        incident.dims.access = incident.dims.errors = incident.dims.system = incident.dims.outputs = False
        output = os.path.join(self.folder, "nothing at hand")
        incident.write(output)
        files = [file for _, _, files in os.walk(os.path.join(output, "incident")) for file in files]
        self.assertTrue(files)

    def test_overlays_never_share_a_connection(self):
        names = [f"empty-response~python~{number}" for number in range(4)]
        parts = lay(self.shelf, names, random.Random(3), AddressPlan(random.Random(4), False))
        seen = [(part.server, *part.mapping.row(*key)) for part in parts for key in part.source.connections]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertGreater(sum(len(part.mapping.ports) for part in parts), 0, "the recordings use the same ports on purpose")

    def test_no_two_machines_show_one_address(self):
        for seed in range(30):
            for six in (False, True):
                plan = AddressPlan(random.Random(seed), six)
                tables = [plan.table(server) for server in range(len(plan.servers))]
                own = (settings.ORIGIN_LAB, settings.SECOND_ORIGIN_LAB, settings.FORMER_ORIGIN_LAB)
                shown = set(plan.edges.values()) | {table[lab] for table in tables for lab in own}
                shown |= {tables[0][lab] for lab in settings.BYSTANDERS}
                self.assertEqual(len(shown), len(plan.edges) + len(own) * len(tables) + len(settings.BYSTANDERS), seed)

    def test_packets_keep_good_checksums_in_either_family_and_at_another_time(self):
        source = Source(os.path.join(self.recordings, "empty-response~python~1"))
        for six in (False, True):
            mapping = Mapping(AddressPlan(random.Random(5), six).table(1), {key: key[1] + 1 for key in source.connections})
            shown = packets.Shown(mapping.address, mapping.port, six, round(3601.5e9))
            rewritten = [shown.packet(packet).data for packet in source.capture()]
            self.assertTrue(all(good(packet) for packet in rewritten))
            self.assertTrue(any(b"Sat, 21 Nov 2026 04:40:1" in packet for packet in rewritten), "the answer's Date moved with the clock")

    def test_without_an_input_an_answer_only_retreats(self):
        depth = {"root": 0, "mechanism": 1, "none": 2, None: 3}
        for seed in range(20):
            incident = Incident(self.shelf, seed)
            if incident.dims.taken:
                continue
            whole = {line["ray"]: line for line in self.truth(self.drawn(seed))}
            for taken in dimensions.TAKEN:
                for line in self.truth(self.drawn(seed, taken)):
                    before = whole[line["ray"]]
                    self.assertGreaterEqual(depth[line.get("depth")], depth[before.get("depth")], (seed, taken, line))

    def test_a_program_was_restarted_around_a_request_between_its_lines_of_stop_and_start(self):
        folder = os.path.join(self.folder, "restarted")
        shutil.copytree(os.path.join(self.recordings, "empty-response~python~0"), os.path.join(folder, "empty-response~python~0"))
        add_log(os.path.join(folder, "empty-response~python~0"), [(0.0, "listening on 9000"), (3.0, "SIGTERM received"), (5.0, "listening on 9000")])
        parts = lay(Shelf(folder), ["empty-response~python~0"], random.Random(1), AddressPlan(random.Random(1), False))
        parts[0].keep = set(parts[0].source.component.values())
        logs = OriginLogs(parts, dimensions.Dimensions())
        for after, wanted in ((1.0, False), (3.5, True), (4.9, True), (6.5, False)):
            ray = {"started": BEGIN + after, "ended": BEGIN + after + 0.1}
            self.assertEqual(logs.restarted_around(parts[0], ray), wanted, after)
        self.assertTrue(rule.STOPPED.search("[31713] [INFO] Shutting down: Master"), "gunicorn's, whoever stopped it")
        without = OriginLogs(parts, dimensions.Dimensions(errors=False))
        self.assertFalse(without.restarted_around(parts[0], {"started": BEGIN + 4.0, "ended": BEGIN + 4.1}))

    def test_a_proxys_row_of_a_connection_is_the_last_requests_on_it(self):
        name, rays = "empty-response~python~0", Source(os.path.join(self.recordings, "empty-response~python~0")).rays
        folder, attempt = os.path.join(self.folder, "proxied"), rays[-1]["attempts"][0]
        shutil.copytree(os.path.join(self.recordings, name), os.path.join(folder, name))
        ends = f"{attempt['edge_ip']}:{attempt['port']} [21/Nov/2026:03:40:14.000]"
        add_log(os.path.join(folder, name), [(1.0, f"{ends} web shop/app1 1/0/400 0 SD 27/27/26/26/0 0/0")], "haproxy", "access")
        parts = lay(Shelf(folder), [name], random.Random(1), AddressPlan(random.Random(1), False))
        parts[0].keep = set(parts[0].source.component.values())
        logs = OriginLogs(parts, dimensions.Dimensions())
        states = [any(" SD " in words for words in logs.about(parts[0], ray)[0]) for ray in parts[0].source.rays]
        self.assertEqual(states, [False] * (len(rays) - 1) + [True])

    def test_a_snap_length_that_cut_nothing_of_a_connection_hides_nothing_of_it(self):
        def readable(snap: int, link: int = packets.RAW) -> set[bool]:
            several = (Incident(self.shelf, seed) for seed in range(99))
            incident = next(one for one in several if len(one.parts) == 1 and one._failing() and not one.dims.six)
            incident.dims.vantage, incident.dims.form.snaplen, incident.dims.form.link = "origin", snap, link
            incident.dims.window, incident.dims.drops, incident.dims.one_way = (0.0, 1.0), 0.0, ""
            incident._lay_out()
            incident.write(os.path.join(self.folder, "snap"))
            return {incident._at_hand(part, ray).readable for part, ray in incident._failing()}

        request = 40 + len("GET /page/60 HTTP/1.1\r\nHost: shop.example\r\nCF-Ray: 9f00000000000000-FRA\r\n\r\n")  # the largest packet of each
        self.assertLess(request, HEAD)
        self.assertEqual(readable(request), {True})
        self.assertEqual(readable(request, packets.SLL2), {False})
        self.assertEqual(readable(request + 20, packets.SLL2), {True})
        self.assertEqual(readable(request - 1), {False})

    def looped(self, name: str, times: int) -> Incident:
        """A recording of visitors who met a redirect to itself so many times each, all of it at hand."""
        folder = os.path.join(self.folder, name)
        recording(folder, "redirect-loop~python~0", "redirect-loop", 5)
        change_failing(
            os.path.join(folder, "redirect-loop~python~0"),
            lambda number: {"client": f"198.51.100.{number // times}", "path": "/loop", "edge_status": 301, "error": None},
        )
        several = (Incident(Shelf(folder), seed) for seed in range(99))
        incident = next(one for one in several if len(one.parts) == 1 and one.dims.edge and not one.dims.taken)
        incident.dims.vantage, incident.dims.form.snaplen, incident.dims.window, incident.dims.drops = "origin", 0, (0.0, 1.0), 0.0
        return incident

    def test_a_visitor_in_a_loop_asks_on_however_few_stay(self):
        source = self.looped("loop", 5).parts[0].source
        for share in (0.2, 0.1, 0.01):
            keep = source.thinned(random.Random(2), share)
            asked = [loop_of(ray) for ray in source.rays if ray["failed"] and source.component[ray["ray"]] in keep]
            self.assertEqual({asked.count(one) for one in asked}, {5}, share)
        self.assertLess(len(asked), 20)

    def test_what_no_visitor_met_three_times_is_no_loop(self):
        for times, wanted in ((2, {(False, "redirect-loop")}), (4, {(True, None)})):
            incident = self.looped(f"loop of {times}", times)
            incident.parts[0].keep = set(incident.parts[0].source.component.values())
            incident.write(os.path.join(self.folder, f"loops of {times}"))
            lines = [line for line in incident.truth() if line["edge_status"] == 301]
            self.assertEqual({(line["failed"], line.get("tolerated")) for line in lines}, wanted, times)

    def test_a_browsers_record_has_the_whole_of_its_loop(self):
        incident = self.looped("recorded loop", 5)
        incident.dims.har, incident.dims.pages = 1, 0
        incident.write(os.path.join(self.folder, "recorded"))
        asked = {loop_of(ray) for ray in incident.parts[0].source.rays if ray["ray"] in incident.paged}
        self.assertEqual((len(incident.paged), len(asked)), (5, 1))

    def machines(self, name: str, kills: list[float], other: dict, dims: dimensions.Dimensions) -> tuple[bool, OriginLogs, list]:
        """Two servers whose requests fail, the kernel's log of one, and whether its kills are known to be about that one's."""
        folder = os.path.join(self.folder, name)
        names = ["oom-kill~python~0", "empty-response~python~1"]
        for number, one in enumerate(names):
            recording(folder, one, one.partition("~")[0], number, failing=4)
        change_failing(os.path.join(folder, names[1]), lambda number: other)
        change_failing(os.path.join(folder, names[0]), lambda number: {"ended": BEGIN + number + 1.0})
        add_log(os.path.join(folder, names[0]), [(at, "web1 kernel: [ 7.1] Out of memory: Killed process 7 (node)") for at in kills], "kernel", "system")
        parts = lay(Shelf(folder), names, random.Random(1), AddressPlan(random.Random(1), False), one_server=False)
        for part in parts:
            part.keep = set(part.source.component.values())
        logs = OriginLogs(parts, dims)
        return logs.ties.hold(parts[0].server, "oom-kill"), logs, parts

    def test_a_machine_whose_lines_name_nothing_is_a_server_by_exclusion_or_by_what_stands_beside(self):
        bare, same, told = {"access": False, "errors": False}, {}, [1.0, 2.0, 3.0, 4.0]
        held, logs, parts = self.machines("untied", told[:2], same, dimensions.Dimensions(**bare))
        self.assertFalse(held, "both servers close connections, and nothing says which of them the machine is")
        ray = next(ray for ray in parts[0].source.rays if ray["failed"])
        self.assertEqual(logs.about(parts[0], ray)[1], [])
        self.assertTrue(self.machines("rows", told[:2], same, dimensions.Dimensions(errors=False))[0], "its access rows name requests")
        self.assertTrue(self.machines("lines", told[:2], same, dimensions.Dimensions(access=False))[0], "a line names the edge's address")
        unlike = {"error": "connect_timeout", "edge_status": 522}
        held, logs, parts = self.machines("exclusion", told[:2], unlike, dimensions.Dimensions(**bare))
        self.assertTrue(held, "one machine has such lines, and one server fails so")
        self.assertTrue(any("Out of memory" in words for words in logs.about(parts[0], parts[0].source.rays[-4])[1]))
        beside = {"ended": BEGIN + 60}
        self.assertTrue(self.machines("beside", told, beside, dimensions.Dimensions(**bare))[0], "each failure of one has its line")
        self.assertFalse(self.machines("clock", told, beside, dimensions.Dimensions(**bare, clock_s=20.0))[0])

    def test_a_line_without_a_date_is_of_a_moment_only_between_lines_that_are_there_to_see(self):
        stamped, bare = (lambda at: lines.Line(at, "stamped")), lines.Line(7.0, "bare", stamped=False)
        self.assertEqual(dated([stamped(1.0), bare, bare, stamped(3.0)]), [[1.0], [1.0, 3.0], [1.0, 3.0], [3.0]])
        self.assertEqual(dated([bare, stamped(3.0), bare]), [[3.0], [3.0], [3.0]])
        self.assertEqual(dated([bare]), [[]], "what the recording knows is not told")

    def test_a_log_without_dates_tells_where_its_server_fails_of_nothing_else(self):
        for other, wanted in (("worker-crash", True), ("empty-response", False)):
            folder = os.path.join(self.folder, f"undated {other}")
            target = os.path.join(folder, "worker-crash~python~0")
            recording(folder, "worker-crash~python~0", "worker-crash", 3)
            change_failing(target, lambda number: {"slug": other} if number < 5 else {})
            add_log(target, [], "uwsgi", "mixed")
            with open(os.path.join(target, "logs", "2-app.log"), "w") as file:
                file.write("!!! uWSGI process 13366 got Segmentation Fault !!!\nDAMN ! worker 3 (pid: 13366) died :( trying respawn ...\n")
            parts = lay(Shelf(folder), ["worker-crash~python~0"], random.Random(1), AddressPlan(random.Random(1), False))
            parts[0].keep = set(parts[0].source.component.values())
            logs = OriginLogs(parts, dimensions.Dimensions(access=False))
            words = logs.about(parts[0], next(ray for ray in parts[0].source.rays if ray["slug"] == "worker-crash"))[1]
            self.assertEqual(any("Segmentation" in one for one in words), wanted, other)

    @staticmethod
    def truth(output: str) -> list[dict]:
        with open(os.path.join(output, "truth.jsonl")) as file:
            return [json.loads(line) for line in file]

    def test_a_root_is_as_large_as_the_requests_of_which_it_is_right(self):
        of = {"root": {"slug": "host-unreachable", "acceptable": []}, "way": {"slug": "connect-timeout", "acceptable": ["host-unreachable"]}}
        failed = [of["way"]] * 22 + [of["root"]] * 9 + [{"slug": "backend-pool-stalled", "acceptable": []}] * 28
        ranked = ["backend-pool-stalled", "connect-timeout", "host-unreachable"]
        self.assertEqual(leading(failed, ranked), ["backend-pool-stalled", "host-unreachable"])
        self.assertEqual(leading(failed[:22] + failed[31:], ranked[:2]), ["backend-pool-stalled"], "of 22 alone")

    def test_the_true_answers_get_full_marks_and_a_wrong_cause_none(self):
        drawn = (self.drawn(seed) for seed in range(99))
        output = next(one for one in drawn if any(line["depth"] == "root" for line in self.truth(one) if line["failed"]))
        truth = [line for line in self.truth(output) if line["failed"]]
        with open(os.path.join(output, "expected.json")) as file:
            expected = json.load(file)
        perfect = {"causes": [{"slug": expected["causes"][0], "confidence": 0.9, "rays": [line["ray"] for line in truth]}]}
        marks = grade.incident(perfect, expected, self.truth(output))
        self.assertEqual((marks["first"], marks["right"], marks["named"]), ("right", len(truth), len(truth)))
        wrong = {"causes": [{"slug": "packet-loss", "confidence": 0.9, "rays": [line["ray"] for line in truth]}]}
        self.assertEqual(grade.incident(wrong, expected, self.truth(output))["first"], "wrong")


class Grade(unittest.TestCase):
    def first(self, slug: str, confidence: float) -> str:
        line = {"ray": "9f", "failed": True, "slug": grade.UNEXPLAINED, "root": "invalid-chunking", "ray_at_hand": True, "depth": "none"}
        line["acceptable"] = ["invalid-chunking", "invalid-header"]
        expected = {"causes": [grade.UNEXPLAINED], "first": [grade.UNEXPLAINED], "acceptable": {grade.UNEXPLAINED: line["acceptable"]}}
        marks = grade.incident({"causes": [{"slug": slug, "confidence": confidence, "rays": ["9f"]}]}, expected, [line])
        figures = grade.summary([marks])
        for word in ("right", "wrong"):
            self.assertEqual(figures[f"first cause {word}"], float(marks["first"] == word))
        self.assertEqual(figures["wrong at 0.8 or more"], float(marks["first"] == "wrong" and confidence >= grade.SURE))
        return marks["first"]

    def test_the_true_cause_is_never_wrong_and_right_no_surer_than_the_rule_allows(self):
        self.assertEqual(self.first("invalid-chunking", 0.5), "right")
        self.assertEqual(self.first("invalid-chunking", 0.95), "beyond")
        self.assertEqual(self.first("invalid-header", 0.5), "right", "a candidate")
        self.assertEqual(self.first("invalid-header", 0.95), "wrong", "a candidate that is not what happened")
        self.assertEqual(self.first("body-overrun", 0.5), "wrong")

    def test_the_largest_cause_by_what_happened_is_not_wrong_where_the_rule_knows_a_part_of_it(self):
        told = [("bare-lf", "bare-lf")] * 4 + [("invalid-chunking", "invalid-chunking")] * 2 + [(grade.UNEXPLAINED, "invalid-chunking")] * 3
        truth = [
            {"ray": f"{number}f", "failed": True, "slug": slug, "root": root, "ray_at_hand": True, "depth": "root", "acceptable": []}
            for number, (slug, root) in enumerate(told)
        ]
        expected = {"causes": ["bare-lf", grade.UNEXPLAINED, "invalid-chunking"], "first": ["bare-lf"], "acceptable": {}}
        for slug, first in [("bare-lf", "right"), ("invalid-chunking", "beyond"), ("body-overrun", "wrong")]:
            marks = grade.incident({"causes": [{"slug": slug, "confidence": 0.9, "rays": []}]}, expected, truth)
            self.assertEqual(marks["first"], first, slug)

    def test_what_may_be_a_failure_or_none_is_neither_first_nor_missed(self):
        crash = {"ray": "9f", "failed": True, "slug": "worker-crash", "root": "worker-crash", "ray_at_hand": True, "depth": "root"}
        too_large = {"ray": "8e", "failed": False, "slug": None, "root": "edge-limits", "tolerated": "edge-limits"}
        expected = {"causes": ["worker-crash"], "first": ["worker-crash"], "acceptable": {}, "tolerated": ["edge-limits"]}
        for slugs, first in [(["edge-limits", "worker-crash"], "right"), (["edge-limits", "oom-kill"], "wrong"), (["edge-limits"], "missed")]:
            causes = [{"slug": slug, "confidence": 0.9, "rays": ["8e" if slug == "edge-limits" else "9f"]} for slug in slugs]
            self.assertEqual(grade.incident({"causes": causes}, expected, [crash, too_large])["first"], first, slugs)

    def test_what_may_be_a_failure_may_be_named_by_what_became_of_it(self):
        line = {"failed": False, "slug": None, "edge_status": 522, "error": "connect_timeout", "attempts": [{}], "tolerated": "conntrack-full"}
        expected = Incident.expected(types.SimpleNamespace(parts=[]), [line])
        self.assertEqual(expected["tolerated"], ["connect-timeout", "conntrack-full"])
        causes = [{"slug": "connect-timeout", "confidence": 0.9, "rays": []}]
        self.assertEqual(grade.incident({"causes": causes}, expected, [line | {"ray": "9f"}])["first"], "quiet")


class Rule(unittest.TestCase):
    def test_the_table_covers_every_slug_of_the_catalogue_and_of_the_faults(self):
        causes = os.path.join(HERE, "../../src/causes")
        slugs = {name.replace("_", "-") for name in os.listdir(causes) if os.path.isdir(os.path.join(causes, name))}
        slugs |= {fault.slug for fault in catalogue.FAULTS.values() if fault.slug}
        self.assertEqual(slugs - set(rule.TABLE), set())
        made = {fault.slug for fault in catalogue.FAULTS.values()}
        self.assertEqual(set(rule.TABLE) - made, set(), "each slug of the table has a fault")

    def test_frames_that_end_a_stream_are_seen_with_the_secrets_alone(self):
        line = {"error": "stream_reset", "edge_status": 520, "origin_status": None, "attempts": [{}]}
        for readable, wanted in ((True, ("http2-protocol-error", "mechanism")), (False, (rule.UNEXPLAINED, "none"))):
            at_hand = rule.AtHand(covered=True, packets=True, readable=readable)
            self.assertEqual(rule.answer("worker-crash", line, at_hand)[:2], wanted)

    def test_a_break_of_http_that_some_take_shows_no_failure_by_itself(self):
        seen = rule.AtHand(covered=True, packets=True, readable=True)
        shown = {error: seen.shows({"error": error}) for error in ("bare_lf", "duplicate_header", "invalid_chunking", "closed")}
        self.assertEqual(shown, {"bare_lf": False, "duplicate_header": False, "invalid_chunking": True, "closed": True})
        seen.page = True
        self.assertTrue(seen.shows({"error": "bare_lf"}), "the edge says so")

    def test_a_status_line_that_the_snap_length_left_shows_that_the_origin_answered_so(self):
        line = {"error": None, "edge_status": 503, "origin_status": 503, "attempts": [{}]}
        cut = rule.AtHand(covered=True, packets=True, status=True)
        self.assertTrue(cut.shows(line))
        self.assertEqual(rule.answer("client-throttle", line, cut)[:2], ("origin-error-status", "mechanism"))
        self.assertEqual(rule.answer("origin-error-status", line, cut)[:2], ("origin-error-status", "root"))
        self.assertFalse(cut.shows(line | {"edge_status": 429, "origin_status": 429}), "a 4xx without its sign is healthy traffic")
        self.assertFalse(rule.AtHand(covered=True, packets=True).shows(line), "of TLS without its secrets nothing can be read")

    def test_recordings_of_small_seeds_never_speak_http2(self):
        transports = {seed: {catalogue.recording(name).transport for name in catalogue.names(range(seed, seed + 1))} for seed in (0, 3000, 3001)}
        self.assertEqual([seed for seed, spoken in transports.items() if "h2" in spoken], [3001])

    def test_what_names_nothing_known_is_no_root(self):
        line = {"edge_status": 520, "error": "closed", "attempts": [1], "origin_status": 0}
        seen = rule.AtHand(covered=True, packets=True, words=["worker process 7 exited on signal 11"])
        self.assertEqual(rule.answer("worker-crash", line, seen)[:2], ("worker-crash", "root"))
        self.assertEqual(rule.answer("worker-crash", line, rule.AtHand(covered=True, packets=True))[:2], ("empty-response", "mechanism"))
        self.assertEqual(rule.answer("worker-crash", line, rule.AtHand(edge=frozenset(["RayID"])))[:2], (rule.UNEXPLAINED, "none"))
        told = "[error] upstream prematurely closed connection while reading response header from upstream"
        behind = rule.answer("worker-crash", line, rule.AtHand(edge=frozenset(["RayID"]), own=[told], words=[told]))
        self.assertEqual(behind, ("upstream-closed-early", "mechanism", ["worker-crash"]))

    def test_a_name_without_an_origin_is_a_wait_for_a_connection_where_the_log_lacks_addresses(self):
        line = {"edge_status": 522, "error": None, "attempts": [], "origin_status": 0}
        in_log = [rule.AtHand(edge=frozenset(fields)) for fields in (["RayID"], ["RayID", "EdgeServerIP", "OriginIP"])]
        answers = [rule.answer("edge-unbound-host", line, at_hand) for at_hand in in_log]
        self.assertEqual(answers, [("connect-timeout", "mechanism", ["edge-unbound-host"]), ("edge-unbound-host", "root", [])])

    def test_a_range_that_is_dropped_is_known_by_whom_and_from_where_the_edge_asked(self):
        line = {"edge_status": 522, "error": "connect_timeout", "attempts": [1], "origin_status": 0}
        of = {
            "packets": rule.AtHand(covered=True, packets=True, asked=True),
            "one way": rule.AtHand(covered=True, asked=True, both_ways=False, edge=frozenset(["RayID"])),
            "both named": rule.AtHand(covered=True, edge=frozenset(["RayID", "EdgeServerIP", "OriginIP"])),
            "one named": rule.AtHand(covered=True, edge=frozenset(["RayID", "OriginIP"])),
            "none named": rule.AtHand(covered=True, edge=frozenset(["RayID"])),
            "no capture": rule.AtHand(edge=frozenset(["RayID", "EdgeServerIP", "OriginIP"])),
            "nobody else": rule.AtHand(covered=True, packets=True, asked=True, others_served=False),
        }
        depths = {how: rule.answer("firewall-drop", line, at_hand)[:2] for how, at_hand in of.items()}
        root, silence = ("firewall-drop", "root"), ("connect-timeout", "mechanism")
        wanted = {"packets": root, "one way": root, "both named": root, "one named": silence, "none named": silence, "no capture": silence}
        wanted["nobody else"] = silence
        self.assertEqual(depths, wanted)
        self.assertIn("firewall-drop", rule.answer("firewall-drop", line, of["none named"])[2])

    def test_a_true_root_is_a_candidate_wherever_words_tell_that_the_request_failed(self):
        line = {"edge_status": 499, "error": "visitor_left", "attempts": [1], "origin_status": 0, "logged_status": 499}
        in_words = [rule.answer("client-abort", line, at_hand)[1:] for at_hand in (rule.AtHand(access=True), rule.AtHand(packets=True))]
        self.assertEqual(in_words, [("none", ["client-abort"]), ("none", [])])

    def test_a_reset_that_reached_the_edge_as_a_close_is_an_empty_response(self):
        seen = rule.AtHand(covered=True, packets=True)
        line = {"edge_status": 520, "error": "reset", "attempts": [1], "origin_status": 0}
        self.assertEqual(rule.answer("reset-before-response", line, seen), ("reset-before-response", "root", []))
        line["error"] = "closed"
        self.assertEqual(rule.answer("reset-before-response", line, seen), ("empty-response", "mechanism", ["reset-before-response"]))
        seen.own = [" 0 162.158.1.1:10249 [23/Nov/2026:11:24:17.061] web shop/app1 1/0/400 0 SD 27/27/26/26/0 0/0"]
        told = ("upstream-closed-early", "mechanism", ["reset-before-response", "empty-response"])
        self.assertEqual(rule.answer("reset-before-response", line, seen), told)

    def test_an_application_stopped_and_started_is_a_restart_as_well_as_refused(self):
        line = {"edge_status": 503, "error": None, "attempts": [1], "origin_status": 503}
        at_hand = rule.AtHand(own=[" 503 web app/app1 0/0/-1/-1/3 503 217 - - SC-- 1/1"], access=True)
        at_hand.words = at_hand.own
        self.assertEqual(rule.answer("upstream-refused", line, at_hand), ("upstream-refused", "root", []))
        at_hand.restarted = True
        self.assertEqual(rule.answer("upstream-refused", line, at_hand), ("upstream-refused", "root", ["restart-window"]))
        self.assertEqual(rule.answer("upstream-timeout", line, at_hand)[2], ["upstream-timeout", "origin-error-status"])

    def test_the_alert_unknown_ca_tells_not_which_of_two_certificates_it_was(self):
        line = {"edge_status": 526, "error": "certificate", "attempts": [1], "origin_status": 0}
        said = ["SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48)"]
        both = ["tls-certificate-self-signed", "tls-certificate-incomplete-chain"]
        told = rule.AtHand(edge=frozenset(["RayID"]), words=said)
        captured = rule.AtHand(covered=True, packets=True, hello=True, alert=True)
        whole = rule.AtHand(covered=True, packets=True, hello=True, alert=True, certificate=True)
        for slug in both:
            self.assertEqual(rule.answer(slug, line, told), (rule.UNEXPLAINED, "none", both))
            self.assertEqual(rule.answer(slug, line, captured), (rule.UNEXPLAINED, "none", both))
            self.assertEqual(rule.answer(slug, line, whole), (slug, "root", []))
        expired = rule.AtHand(words=["tlsv1 alert certificate expired"])
        self.assertEqual(rule.answer("tls-certificate-expired", line, expired)[1], "root")

    def test_the_proxys_own_line_is_right_beside_a_name_of_what_happened(self):
        seen = rule.AtHand(covered=True, packets=True, own=["upstream prematurely closed connection while reading response header"])
        line = {"edge_status": 520, "error": "closed", "attempts": [1], "origin_status": 0}
        self.assertEqual(rule.answer("empty-response", line, seen), ("empty-response", "root", ["upstream-closed-early"]))
        self.assertEqual(rule.answer("keepalive-race", line, seen), ("keepalive-race", "root", []))
        unseen = rule.AtHand(edge=frozenset(["RayID"]), own=[" 1/0/400 0 SD 27/27/26/26/0 0/0"])
        self.assertEqual(rule.answer("keepalive-request-cap", line, unseen)[:2], (rule.UNEXPLAINED, "none"))


class Lines(unittest.TestCase):
    def test_stamps_are_read_and_written_alike(self):
        samples = {
            "nginx": "2026/11/21 03:40:14 ",
            "apache2": "[Sat Nov 21 03:40:36.744150 2026] ",
            "gunicorn": "[2026-11-21 03:40:14 +0000] ",
            "php-fpm": "[21-Nov-2026 03:40:14] ",
            "haproxy": "2026-11-21T03:40:23.757949+00:00 ",
            "node": "2026-11-21T03:40:14.033Z ",
            "kernel": "Nov 21 03:40:14 ",
            "uwsgi": "Sat Nov 21 03:40:14 2026 - ",
        }
        for program, sample in samples.items():
            at, rest = stamps.split(sample + "text", program, BEGIN)
            self.assertEqual(rest, "text", program)
            self.assertEqual(stamps.stamp(at + 1e-7, program, 0), sample, program)

    def test_apache_writes_a_row_when_the_request_has_ended_and_stamps_its_beginning(self):
        fields = {"t_us": "1795232014000000", "rt_us": "5200000", "addr": "10.77.1.10", "port": "4000", "status": "200", "method": "GET", "uri": "/"}
        written = lines._apache("\t".join(fields.get(name, "-") for name in apache.FIELDS), "apache2", 0.0)
        self.assertAlmostEqual(written.at, 1795232019.2)
        shown = [layouts.row(program, "common", written.row, written.at, 0) for program in ("apache2", "nginx")]
        stamps_shown = [line.partition("[")[2].partition(" ")[0] for line in shown]
        self.assertEqual(stamps_shown, [stamps.clf(at, 0).partition(" ")[0] for at in (1795232014, 1795232019)])

    def test_uwsgi_writes_a_row_when_the_request_has_ended_and_names_its_beginning_in_it(self):
        own = "[pid: 7|app: 0|req: 1/-] 10.77.1.10 () {} [Sat Nov 21 03:33:34 2026] GET / => generated 8 bytes"
        written = lines._uwsgi("{1795232019|5200000|10.77.1.10|GET|/|200|8|7|-|-|-|4000|-} " + own, "uwsgi", 0.0)
        self.assertEqual((int(written.at), written.exact), (1795232019, False))
        self.assertIn("[Sat Nov 21 03:33:34 2026]", layouts.row("uwsgi", "own", written.row, written.at, 0))

    def test_addresses_in_lines_are_shown_ones_with_their_ports(self):
        mapping = Mapping({"10.77.1.10": "172.68.10.9", "10.77.0.7": "203.0.113.7"}, {("10.77.1.10", 4000): 4001})
        self.assertEqual(
            mapping.text("10.77.1.10:4000 [x] client: 10.77.1.10, server: 10.77.0.7:80"),
            "172.68.10.9:4001 [x] client: 172.68.10.9, server: 203.0.113.7:80",
        )

    def test_the_machine_of_the_recording_is_not_told(self):
        self.assertTrue(lines.MACHINE.search("OS: Linux 6.1.0"))


class Kept(unittest.TestCase):
    def test_over_http2_one_draw_a_fault_is_kept_those_that_a_frame_ended_first(self):
        of = {
            "draw-03001": ("keepalive-race", False),
            "draw-03002": ("keepalive-race", True),
            "draw-03003": ("upstream-name", False),
            "draw-03004": ("upstream-name", False),
            "draw-03005": ("security-block", True),
        }
        sizes = {"draw-03001": 1, "draw-03002": 300, "draw-03003": 20, "draw-03004": 10, "draw-03005": 200}
        self.assertEqual(selection.choose_over_http2(of, sizes), ["draw-03005", "draw-03002", "draw-03004"])

    def test_over_http2_one_recording_a_cause_is_kept_beside_those_of_other_seeds(self):
        with tempfile.TemporaryDirectory() as folder:
            shelf, kept = os.path.join(folder, "recordings"), os.path.join(folder, "kept")
            for name in ("empty-response~python~1", "empty-response~caddy~3051", "empty-response~caddy~3052"):
                recording(shelf, name, "empty-response", 7)
                path = os.path.join(shelf, name, "recording.json")
                with open(path) as file:
                    facts = json.load(file)
                with open(path, "w") as file:
                    json.dump(facts | {"transport": "h2" if "~3" in name else "plain"}, file)
            self.assertEqual(Shelf(shelf).by_slug["empty-response"], ["empty-response~python~1"])
            self.assertEqual(len(Shelf(shelf, http2=True, others=False).by_slug["empty-response"]), 2)
            over_http2 = selection.recordings_over_http2(Shelf(shelf, http2=True))
            self.assertEqual(len(over_http2), 1)
            selection.pack([(os.path.join(shelf, "empty-response~python~1"), "empty-response~python~1")], kept)
            selection.pack_over_http2([(os.path.join(shelf, name), name) for name in over_http2], kept)
            self.assertEqual(len(os.listdir(kept)), 2)
            selection.pack([], kept)
            self.assertEqual(os.listdir(kept), [over_http2[0] + ".tar.xz"])
            selection.pack_over_http2([(os.path.join(shelf, over_http2[0]), over_http2[0])], kept, room=0)
            self.assertEqual(os.listdir(kept), [])

    def test_what_is_kept_of_other_seeds_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "draw")
            os.makedirs(source)
            with open(os.path.join(source, "draw.json"), "w") as file:
                file.write("{}")
            kept = os.path.join(folder, "kept")
            selection.pack([(source, "draw-00007"), (source, "draw-00008")], kept)
            selection.pack_over_http2([(source, "draw-03001"), (source, "draw-03002")], kept)
            selection.pack([(source, "draw-00009")], kept)
            selection.pack_over_http2([(source, "draw-03003")], kept)
            self.assertEqual(sorted(os.listdir(kept)), ["draw-00009.tar.xz", "draw-03003.tar.xz"])


if __name__ == "__main__":
    unittest.main()
