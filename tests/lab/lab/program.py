"""A server program in the origin namespace: started, stopped, signalled, and what it wrote kept."""

import os
import signal
import subprocess
import time

from .namespaces import die_with_parent


class Program:
    """One process, maybe with children. A subclass gives `command()`, `configure()` and `logs`."""

    name = "program"
    port = 80
    zone = "UTC0"
    files_limit: int | None = None  # descriptors that the process may open

    def __init__(self, lab):
        self.lab, self.process = lab, None
        self.folder = os.path.join(lab.folder, self.name)
        self.log = os.path.join(lab.folder, "log", self.name)
        self.logs: list[tuple[str, str, str]] = []  # (path, kind: access, error or system; name in the incident)
        for folder in (self.folder, self.log):
            os.makedirs(folder, exist_ok=True)

    def command(self) -> list[str]:
        raise NotImplementedError

    def configure(self) -> None:
        """Writes the configuration, before each start."""

    def write(self, name: str, content: str) -> str:
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(content)
        return path

    def start(self) -> "Program":
        self.configure()
        words = self.command()
        if self.files_limit:
            words = ["prlimit", f"--nofile={self.files_limit}:{self.files_limit}", *words]
        with open(os.path.join(self.log, "stdout.log"), "ab") as out, open(os.path.join(self.log, "stderr.log"), "ab") as err:
            self.process = subprocess.Popen(
                self.lab.namespaces.command("origin", *words),
                cwd=self.folder,
                env=os.environ | {"TZ": self.zone, "HOME": self.folder},
                stdout=out,
                stderr=err,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        if self.port:
            self.lab.wait_for_port(self.port, self.process)
        return self

    def children(self) -> list[int]:
        """Process ids of the workers."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(number) for number in file.read().split()]

    def group(self) -> list[int]:
        """The process and all its workers."""
        return [self.process.pid, *self.children()]

    def signal(self, number: int) -> None:
        """To the process and all its workers."""
        for pid in self.group():
            os.kill(pid, number)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=2.5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        time.sleep(0.02)

    def keep(self) -> None:
        for path, kind, name in self.logs:
            if os.path.exists(path):
                self.lab.keep_log(path, kind, self.name, name)
