"""The kernel's own words (out of memory, firewall log) and a limit on memory, for one run."""
import contextlib
import os
import re
import time


LOG_OF_ALL_NAMESPACES = "/proc/sys/net/netfilter/nf_log_all_netns"
GROUPS = "/sys/fs/cgroup"


class KernelLog:
    """What the kernel logs during the run, as /var/log/syslog shows it. Only lines that match `wanted` are kept."""

    def __init__(self, lab, wanted: str, host: str = "web1", replace: dict | None = None):
        self.lab, self.wanted, self.host = lab, re.compile(wanted), host
        self.replace = replace or {}
        self.lines: list[str] = []

    def start(self) -> None:
        self.descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.descriptor, 0, os.SEEK_END)
        self.before = open(LOG_OF_ALL_NAMESPACES).read() if os.path.exists(LOG_OF_ALL_NAMESPACES) else None
        if self.before is not None:
            with open(LOG_OF_ALL_NAMESPACES, "w") as file:   # else the firewall of a namespace logs nothing
                file.write("1")

    def stop(self) -> None:
        boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._take(os.read(self.descriptor, 8192).decode(errors="replace"), boot)
        os.close(self.descriptor)
        if self.before is not None:
            with open(LOG_OF_ALL_NAMESPACES, "w") as file:
                file.write(self.before)

    def _take(self, record: str, boot: float) -> None:
        prefix, _, message = record.partition(";")
        message = message.split("\n", 1)[0]
        if not self.wanted.search(message):
            return
        for before, after in self.replace.items():
            message = message.replace(before, after)
        microseconds = int(prefix.split(",")[2])
        stamp = time.strftime("%b %e %H:%M:%S", time.gmtime(boot + microseconds / 1e6))
        self.lines.append(f"{stamp} {self.host} kernel: [{microseconds / 1e6:13.6f}] {message}")

    def keep(self) -> None:
        self.lab.keep_lines(self.lines, "origin/syslog")


class MemoryLimit:
    """A control group with a limit on memory, for both layouts of /sys/fs/cgroup."""

    def __init__(self, lab, name: str, limit_bytes: int):
        self.name, self.limit = f"{name}-{os.getpid()}", limit_bytes
        unified = os.path.exists(os.path.join(GROUPS, "cgroup.controllers"))
        self.path = os.path.join(GROUPS, "" if unified else "memory", self.name)
        self.limits = ("memory.max", "memory.swap.max") if unified else ("memory.limit_in_bytes",)

    def start(self) -> None:
        os.makedirs(self.path)
        for name in self.limits:
            value = self.limit if name != "memory.swap.max" else 0
            with contextlib.suppress(FileNotFoundError), open(os.path.join(self.path, name), "w") as file:
                file.write(str(value))

    def add(self, pid: int) -> None:
        """Moves a process into the group; its later children are born there."""
        with open(os.path.join(self.path, "cgroup.procs"), "w") as file:
            file.write(str(pid))

    def stop(self) -> None:
        for _ in range(40):
            try:
                os.rmdir(self.path)
                return
            except FileNotFoundError:
                return
            except OSError:      # the last process is still on its way out
                time.sleep(0.05)

    def keep(self) -> None:
        """A limit leaves nothing to keep."""
