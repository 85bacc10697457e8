"""Goes over a plan of rayscope on Apache Spark, and writes its report. Written by `rayscope cluster spark`.

    rayscope plan PATH... --out JOB
    spark-submit --master URL --files /path/to/rayscope rayscope_spark.py JOB TASKS [REPORT]

TASKS: in how many parts each round is cut, some for each processor. The driver sees JOB; it and all workers see the inputs under the paths of the plan.
Workers need no more than Python with pyarrow. Whatever ends it, the same command goes on behind the last round that is whole. Everything that is found out is found
out by the program, and what it found travels as bytes that nothing here looks into.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from pyspark import SparkFiles, TaskContext
from pyspark.sql import SparkSession

SLICE = 4 << 20  # bytes of a chunk in one row
ROWS = "bucket int, chunk string, at long, payload binary"


def find_program(name):
    """The program where it is said to be, or as it came with the job, or installed. Another version than the plan's refuses by itself."""
    for path in (name, SparkFiles.get(name), shutil.which(name)):
        if path and os.path.isfile(path):
            if not os.access(path, os.X_OK):
                os.chmod(path, 0o755)
            return os.path.abspath(path)
    raise RuntimeError(f"{name} is not on this machine: hand it over with --files, or name where it is with --rayscope")


def run(program, *arguments):
    """Runs a verb; what it says goes into the error where it fails, so that it stands in the driver's log."""
    ended = subprocess.run([program, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True)
    if ended.returncode != 0:
        raise RuntimeError(f"rayscope {arguments[0]} ended with {ended.returncode}: {ended.stderr.decode(errors='replace').strip()}")
    return ended.stdout


def job_folder(files):
    """A folder on the worker's own disk with these files of the job. It is gone after `with`."""
    folder = tempfile.TemporaryDirectory(prefix="rayscope-", dir=SparkFiles.getRootDirectory())
    for name, content in files.items():
        Path(folder.name, name).write_bytes(content)
    return folder


def rows(path, name):
    """A chunk as rows, which stay together: by what its name comes to."""
    import pyarrow

    bucket, at = zlib.crc32(name.encode()) & 0x7FFFFFFF, 0
    schema = pyarrow.schema([("bucket", pyarrow.int32()), ("chunk", pyarrow.string()), ("at", pyarrow.int64()), ("payload", pyarrow.binary())])
    with open(path, "rb") as file:
        while payload := file.read(SLICE):
            yield pyarrow.RecordBatch.from_pylist([{"bucket": bucket, "chunk": name, "at": at, "payload": payload}], schema)
            at += len(payload)


def put(folder, chunk, at, payload):
    """A row's part of a chunk, in its place: rows may come in any order."""
    with open(os.open(Path(folder, chunk), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.seek(at)
        file.write(payload)


def do_round(spark, program, job, number, units, tasks):
    """One round: its units are gone over in parts, then what was found is put together in fewer, larger chunks, which are laid into the job's folder."""
    parts = min(units, tasks)
    # All that is whole already, and of the round itself what an earlier run left.
    files = {path.name: path.read_bytes() for path in (job / "plan.json", *sorted(job.glob("round-*.evidence")))}
    plan = {"plan.json": files["plan.json"]}

    def extract(batches):
        for part in (part for batch in batches for part in batch.column(0).to_pylist()):
            with job_folder(files) as folder:
                run(find_program(program), "extract", folder, "--round", number, "--part", f"{part + 1}/{parts}",
                    "--threads", TaskContext.get().cpus(), "--progress", "never")
                for path in sorted(Path(folder).glob(f"round-{number}-unit-*.evidence")):
                    if files.get(path.name) != path.read_bytes():
                        yield from rows(path, path.name)

    def gather(batches):
        with job_folder(plan) as folder:
            chunks = set()
            for batch in batches:
                for row in batch.select(["chunk", "at", "payload"]).to_pylist():
                    put(folder, **row)
                    chunks.add(row["chunk"])
            if chunks:
                together = Path(folder, "together")
                run(find_program(program), "merge", folder, "--round", number, "--out", together)
                # As the chunk of the first of its units is called.
                yield from rows(together, min(chunks))

    found = spark.range(0, parts, 1, numPartitions=parts).mapInArrow(extract, ROWS)
    together = found.repartition(-(-parts // 4), "bucket").mapInArrow(gather, ROWS)
    # Under the names that the program gives to what it is still writing, and clears away: whatever lies under the name of a chunk is whole.
    staged = {}
    for row in together.collect():
        stage = staged.setdefault(row.chunk, f".rayscope-stage-{row.chunk}-{os.getpid()}")
        put(job, stage, row.at, row.payload)
    for chunk, stage in staged.items():
        os.replace(job / stage, job / chunk)


def main():
    parser = argparse.ArgumentParser(description="Goes over a plan of rayscope on Apache Spark, and writes its report.")
    parser.add_argument("job", type=lambda text: Path(text).absolute(), help="the folder of the plan")
    parser.add_argument("tasks", type=int, help="in how many parts each round is cut")
    parser.add_argument("report", nargs="?", default="rayscope-report", help="the folder for the report")
    parser.add_argument("--rayscope", default="rayscope", metavar="PROGRAM", help="the program, where it is called otherwise or is in an image")
    arguments = parser.parse_args()
    spark = SparkSession.builder.appName("rayscope").getOrCreate()
    # Each part is done as it was cut, and few rows of some megabytes wait in memory.
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "8")
    here = find_program(arguments.rayscope)
    while True:
        # `check` ends with 1 as long as a report cannot be made: that is no error here.
        checked = subprocess.run([here, "check", arguments.job, "--format", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if checked.returncode not in (0, 1):
            sys.exit(checked.returncode)
        standing = json.loads(checked.stdout)
        if standing["is_finished"]:
            break
        begun = standing["rounds"][-1]
        if begun["missing"]:
            do_round(spark, arguments.rayscope, arguments.job, begun["number"], begun["units"], max(arguments.tasks, 1))
        run(here, "merge", arguments.job, "--round", begun["number"])
    ended = subprocess.run([here, "report", arguments.job, "--out", arguments.report], stdin=subprocess.DEVNULL)
    # Not before: what travelled with the job is gone then, the program too.
    spark.stop()
    sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
