#!/bin/sh
# Goes over a plan of rayscope with GNU parallel, and writes its report. Written by `rayscope cluster parallel`.
#
#   rayscope plan PATH... --out JOB
#   sh rayscope-cluster.sh JOB PARTS [REPORT]
#
# PARTS: in how many parts each round is cut, some for each processor. Whatever ends it, the same command goes on where it was.
# RAYSCOPE: the program, where it is not on the path. RAYSCOPE_LOGINS: machines as `parallel --sshlogin` takes them (`4/one,4/two`); they see JOB and
# the inputs under the same paths. RAYSCOPE_THREADS: threads of each process, 1 by default.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: sh $0 JOB PARTS [REPORT]" >&2
    exit 2
fi
program=${RAYSCOPE:-rayscope}
job=$(cd "$1" && pwd)
parts=$2
report=${3:-rayscope-report}
for round in 1 2 3 4 5 6 7 8 9; do
    seq "$parts" | parallel --quote --halt soon,fail=1 --retries 3 ${RAYSCOPE_LOGINS:+--sshlogin "$RAYSCOPE_LOGINS"} \
        "$program" extract "$job" --round "$round" --part "{}/$parts" --threads "${RAYSCOPE_THREADS:-1}" --progress never
    "$program" merge "$job" --round "$round"
done
"$program" check "$job" >&2
exec "$program" report "$job" --out "$report"
