"""Captures that benches/generate writes: the same bytes on every machine."""
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def generate(folder, megabytes):
    """Makes a capture of about so many MB in a folder; gives its path and what it holds."""
    program, capture = folder / "generate", folder / "capture.pcap"
    source = ROOT / "benches/generate/main.rs"
    subprocess.run(["rustc", "--edition", "2024", "-O", "-o", program, source], check=True)
    made = subprocess.run([program, capture, str(megabytes * 1_000_000)], check=True, stdout=subprocess.PIPE)
    return capture, json.loads(made.stdout)
