"""Counted instructions, which depend on the program and not on the machine."""
import re
import subprocess
import sys


def count(binary, incident, folder):
    """The instructions of one diagnosis with one thread."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", binary, "diagnose", incident]
    command += ["--threads", "1", "--format", "quiet", "--out", folder / "report"]
    ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    collected = re.search(r"^==\d+== Collected : (\d+)$", ran.stderr, re.MULTILINE)
    if ran.returncode != 0 or not collected:
        sys.exit(f"{' '.join(map(str, command))} ended with {ran.returncode}:\n{ran.stderr}")
    return int(collected[1])
