#!/usr/bin/env bash
# From the data folder to a bundle. Every stage can be run again: walks on disk are not made twice, and fine-tuning goes on from
# its last checkpoint. AUTOWRITTEN_DATA names the data folder, AUTOWRITTEN_WORK the folder of intermediate files.
# bash training/run.sh [--frozen | --smoke]
#   --frozen   the classifier stays on the frozen states (half an hour instead of three)
#   --smoke    every stage on toy settings, in two to three minutes; the bundle, good for nothing, goes to the folder of intermediate files
# JOBS: runs of fine-tuning at once [2]; each takes a core and 4 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
export AUTOWRITTEN_WORK=${AUTOWRITTEN_WORK:-work}
tuning=() out=()
case "${1:-}" in
  --frozen) tuning=(--texts 0) ;;
  --smoke)
    export AUTOWRITTEN_SMOKE=1 AUTOWRITTEN_WORK="$AUTOWRITTEN_WORK/smoke"
    tuning=(--texts 60)
    out=(--out "$AUTOWRITTEN_WORK/bundle")
    ;;
  "") ;;
  *) echo "usage: bash training/run.sh [--frozen | --smoke]" >&2; exit 2 ;;
esac
$python -m training.vocabulary
$python -m training.sample
$python -m training.factory_sample
$python -m training.disguised
$python -m benchmarks.bench
$python -m training.extract "$AUTOWRITTEN_WORK"/{sample,factory,disguised,bench}.parquet
# Several runs at once, a thread each: one process uses a second core badly.
printf '%s\n' "whole --shipped" "fold0 --fold 0" "fold1 --fold 1" "fold2 --fold 2" "fold3 --fold 3" |
  OMP_NUM_THREADS=1 xargs -P "${JOBS:-2}" -L 1 $python -m training.finetune "${tuning[@]}"
$python -m training.train "${out[@]}"
