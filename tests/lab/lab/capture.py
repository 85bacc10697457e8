"""tcpdump at the origin (or at the router before it), and the shapes in which a capture reaches the person on call."""
import gzip
import os
import re
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

from . import rewrite
from .namespaces import die_with_parent, run


@dataclass
class Capture:
    """How a scenario's capture is taken and kept."""
    interface: str = "eth0"       # "any" gives link type SLL2
    filter: str = "tcp port 80 or icmp"
    nano: bool = False            # nanosecond time stamps
    form: str = "pcap"            # or "pcapng"
    compressed: bool = False
    pieces: int = 1               # rotated into so many files, in the middle of connections
    snaplen: int = 0              # 0 = whole packets
    name: str = "origin/cap.pcap"
    buffer_kib: int = 32768


class Tcpdump:
    def __init__(self, namespaces, capture: Capture, folder: str):
        self.capture, self.raw = capture, os.path.join(folder, "raw.pcap")
        words = ["tcpdump", "-n", "-U", "--immediate-mode", "-B", str(capture.buffer_kib), "-Z", "root", "-i", capture.interface,
                 "-s", str(capture.snaplen), "-w", self.raw]
        if capture.nano:
            words.append("--time-stamp-precision=nano")
        if capture.filter:
            words.append(capture.filter)
        self.process = subprocess.Popen(namespaces.command(namespaces.front, *words), stderr=subprocess.PIPE,
                                        preexec_fn=die_with_parent, start_new_session=True)
        self.report = b""
        self._wait_until_listening()

    def _wait_until_listening(self) -> None:
        until = time.monotonic() + 10
        while b"listening on" not in self.report:
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f"tcpdump did not start: {self.report.decode()}")
            if select.select([self.process.stderr], [], [], 0.2)[0]:
                self.report += os.read(self.process.stderr.fileno(), 4096)
        time.sleep(0.1)

    def stop(self) -> None:
        """Ends the capture. Raises where the kernel dropped packets."""
        time.sleep(0.4)
        self.process.send_signal(signal.SIGINT)
        self.report += self.process.communicate(timeout=15)[1]
        match = re.search(rb"(\d+) packets? dropped by kernel", self.report)
        if not match or match[1] != b"0":
            raise RuntimeError(f"the capture is not complete: {self.report.decode()}")

    def keep(self, incident: str) -> None:
        """Writes the capture, with shown addresses, into the incident's folder."""
        target = os.path.join(incident, self.capture.name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shown = self.raw + ".shown"
        packets = rewrite.capture(self.raw, shown)
        # An independent reader must find no address of the lab, also not in what an ICMP error quotes.
        left = run("tcpdump", "-n", "-r", shown, "net 10.77.0.0/16 or (icmp[0] = 3 and (icmp[20:2] = 0x0a4d or icmp[24:2] = 0x0a4d))")
        if left:
            raise RuntimeError(f"the capture shows an address of the lab: {left.splitlines()[0]}")
        if self.capture.form == "pcapng":
            run("editcap", "-F", "pcapng", shown, shown + ".ng")
            shown += ".ng"
        for number, piece in enumerate(self._split(shown, packets)):
            name = target + (str(number) if self.capture.pieces > 1 else "")
            if self.capture.compressed:
                with open(piece, "rb") as plain, gzip.GzipFile(name + ".gz", "wb", mtime=0) as packed:
                    shutil.copyfileobj(plain, packed)
            else:
                shutil.copy(piece, name)

    def _split(self, shown: str, packets: int) -> list[str]:
        if self.capture.pieces == 1:
            return [shown]
        form = "pcapng" if self.capture.form == "pcapng" else ("nsecpcap" if self.capture.nano else "pcap")
        each = packets // self.capture.pieces + 1
        files = []
        for number in range(self.capture.pieces):
            files.append(f"{shown}.{number}")
            run("editcap", "-F", form, "-r", shown, files[-1], f"{number * each + 1}-{(number + 1) * each}")
        return files
