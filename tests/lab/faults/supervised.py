"""Starts a server anew when it dies, as systemd does, and writes what systemd would (no systemd runs in a namespace)."""

import threading
import time


class Supervised:
    def __init__(self, lab, server, unit: str, limit=None, pause_s: float = 0.3):
        self.lab, self.server, self.unit, self.limit, self.pause_s = lab, server, unit, limit, pause_s
        self.lines: list[str] = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(timeout=5)

    def _watch(self) -> None:
        count = 0
        while not self.stopping.wait(0.02):
            code = self.server.process.poll()
            if code is None:
                continue
            count += 1
            if self.limit:
                self._write("A process of this unit has been killed by the OOM killer.")
            signal = {-9: "9/KILL", -11: "11/SEGV", -6: "6/ABRT"}.get(code, f"{-code}")
            self._write(f"Main process exited, code={'dumped' if code in (-11, -6) else 'killed'}, status={signal}")
            self._write(f"Failed with result '{'oom-kill' if self.limit else 'core-dump' if code in (-11, -6) else 'signal'}'.")
            self.stopping.wait(self.pause_s)
            self._write(f"Scheduled restart job, restart counter is at {count}.")
            self._start()

    def _start(self) -> None:
        self.lines.append(f"{self._stamp()} web1 systemd[1]: Started {self.unit} - Shop application.")
        try:
            self.server.start()
            if self.limit:
                self.limit.add(self.server.process.pid)
        except RuntimeError:
            pass  # it is tried again

    @staticmethod
    def _stamp() -> str:
        return time.strftime("%b %e %H:%M:%S", time.gmtime())

    def _write(self, message: str) -> None:
        self.lines.append(f"{self._stamp()} web1 systemd[1]: {self.unit}: {message}")

    def keep(self) -> None:
        self.lab.keep_lines(self.lines, "origin/syslog")
