"""Makes the recordings that are not there yet, each in its own process."""

import collections
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time

from faults import catalogue
from lab import namespaces
from lab.recorder import Recorder
from lab.stage import working_folder
from recording import verify

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "draw")
SECONDS = 90  # after so long a recording hangs


def record_one(name: str, output: str, keep: bool) -> int:
    """Makes one recording in this process, under another name until it is complete."""
    namespaces.die_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(130))
    making, begun, good = os.path.join(output, f".making-{name}"), time.monotonic(), False
    recorder = Recorder(catalogue.recording(name), making)
    try:
        figures = verify.check(recorder.recording, recorder.run(), recorder.lag_s)
        good = True
    except Exception as error:
        if keep:
            raise
        print(f"{name:52} FAILED: {type(error).__name__}: {str(error)[:300]}", flush=True)
        if not isinstance(error, verify.TooBusy):  # that is worth another try
            with open(os.path.join(output, "failed.txt"), "a") as file:
                file.write(f"{name}\t{type(error).__name__}: {str(error)[:300]}\n")
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # nothing may interrupt the clean-up
        recorder.clean_up(keep_folder=keep and not good)
        if not good and not keep:
            shutil.rmtree(making, ignore_errors=True)
    os.rename(making, os.path.join(output, name))
    print(f"{name:52} {time.monotonic() - begun:5.1f} s  {figures}", flush=True)
    return 0


def wanted(options) -> list[str]:
    """The recordings asked for that neither exist nor failed before (failed.txt; delete it to try again)."""
    failed = set()
    path = os.path.join(options.output, "failed.txt")
    if os.path.exists(path):
        with open(path) as file:
            failed = {line.split("\t")[0] for line in file}
    names = []
    for name in catalogue.names(options.seeds):
        fault, family, _ = name.split("~")
        if options.fault and fault not in options.fault or options.family and family not in options.family:
            continue
        if options.transport and catalogue.recording(name).transport not in options.transport:
            continue
        if name not in failed and not os.path.exists(os.path.join(options.output, name)):
            names.append(name)
    return names


def record(options) -> int:
    from lab.programs import unusable

    problem = unusable()
    if problem:
        print(f"tests/lab/draw: {problem}", file=sys.stderr)
        return 2
    os.makedirs(options.output, exist_ok=True)
    waiting, running, failures = collections.deque(wanted(options)), {}, 0
    if importlib.util.find_spec("h2") is None and any(catalogue.recording(name).transport == "h2" for name in waiting):
        print("tests/lab/draw: what speaks HTTP/2 needs the library h2 (package python3-h2)", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while waiting or running:
            _start(waiting, running, options)
            for pid, (process, name, begun) in list(running.items()):
                if process.poll() is None and time.monotonic() - begun > SECONDS:
                    process.terminate()
                if process.poll() is not None:
                    failures += process.returncode != 0
                    _remove_rests(pid, options.keep)
                    del running[pid]
            time.sleep(0.1)
    except KeyboardInterrupt:
        print("tests/lab/draw: interrupted; the same command goes on", file=sys.stderr)
    finally:
        for process, _, _ in running.values():
            process.terminate()
        for pid, (process, _, _) in running.items():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
            _remove_rests(pid, options.keep)
    return 1 if failures else 0


def _start(waiting, running, options) -> None:
    """Fills up the jobs; of those that need the kernel's log to themselves only one at a time."""
    alone = any(name.split("~")[0] in catalogue.EXCLUSIVE for _, name, _ in running.values())
    for _ in range(len(waiting)):
        if len(running) >= options.jobs:
            return
        name = waiting.popleft()
        if name.split("~")[0] in catalogue.EXCLUSIVE:
            if alone:
                waiting.append(name)
                continue
            alone = True
        words = [sys.executable, SCRIPT, "record", options.output, "--one", name] + (["--keep"] if options.keep else [])
        process = subprocess.Popen(words, start_new_session=True)
        running[process.pid] = (process, name, time.monotonic())
        time.sleep(0.3)  # not all at the same moment: starting takes the most


def _remove_rests(pid: int, keep: bool) -> None:
    namespaces.remove_by_name(namespaces.names_of(str(pid)).values())
    if not keep:
        shutil.rmtree(working_folder(pid), ignore_errors=True)
