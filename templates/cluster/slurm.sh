#!/bin/sh
# Hands a plan of rayscope to Slurm, and has its report written. Written by `rayscope cluster slurm`.
#
#   rayscope plan PATH... --out JOB
#   sh rayscope-cluster.sh JOB PARTS [REPORT]
#
# PARTS: in how many parts each round is cut. The nodes see JOB, the inputs and the program under the same paths. Each round is an array of jobs, and a job
# behind it that puts the round together; one that fails holds up those behind it. Handed in again, only what is missing is done.
# RAYSCOPE: the program, where it is not on the path. SBATCH_OPTIONS: options of every job (`--partition=x --mem=2G`).
set -eu
if [ $# -lt 2 ]; then
    echo "usage: sh $0 JOB PARTS [REPORT]" >&2
    exit 2
fi
# A word for the shell that the job runs in, whatever it holds.
quoted() {
    printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}
program=$(quoted "${RAYSCOPE:-rayscope}")
job=$(quoted "$(cd "$1" && pwd)")
parts=$2
report=$(quoted "${3:-rayscope-report}")
last=
# The number of a job that begins when the one handed in before it has ended well.
hand_in() {
    # shellcheck disable=SC2086
    last=$(sbatch --parsable ${SBATCH_OPTIONS:-} ${last:+--dependency=afterok:$last} "$@")
}
for round in 1 2 3 4 5 6 7 8 9; do
    hand_in --job-name="rayscope-$round" --array="1-$parts" \
        --wrap "$program extract $job --round $round --part \$SLURM_ARRAY_TASK_ID/$parts --threads \${SLURM_CPUS_PER_TASK:-1} --progress never"
    hand_in --job-name="rayscope-$round-merge" --wrap "$program merge $job --round $round"
done
hand_in --job-name=rayscope-report --wrap "$program report $job --out $report"
echo "the report is written by job $last"
