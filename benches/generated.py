"""What benches/generate and benches/log_lines write: the same bytes on every machine."""
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def written_by(name, folder, *arguments):
    """Compiles a generator and runs it; gives what it says of its work."""
    program = folder / name
    source = ROOT / "benches" / name / "main.rs"
    subprocess.run(["rustc", "--edition", "2024", "-O", "-o", program, source], check=True)
    made = subprocess.run([program, *map(str, arguments)], check=True, stdout=subprocess.PIPE)
    program.unlink()
    return json.loads(made.stdout)


def generate(folder, megabytes):
    """Makes a capture of about so many MB in a folder; gives its path and what it holds."""
    capture = folder / "capture.pcap"
    return capture, written_by("generate", folder, capture, megabytes * 1_000_000)


def generate_logs(folder, lines, failing_per_mille, *options):
    """Makes the edge's and the origin's log of so many requests in a folder (logpush.ndjson, access.log); gives what they hold."""
    return written_by("log_lines", folder, folder, lines, failing_per_mille, *options)
