#!/usr/bin/env bash
# From the data folder to a bundle. Every stage can be run again: walks on disk are not made twice, and fine-tuning goes on from
# its last checkpoint. AUTOWRITTEN_DATA names the data folder, AUTOWRITTEN_WORK the folder of intermediate files.
# bash training/run.sh [--frozen]: with --frozen the classifier stays on the frozen states (minutes instead of an hour).
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
work=${AUTOWRITTEN_WORK:-work}
options=()
[ "${1:-}" = --frozen ] && options=(--texts 0)
$python -m training.vocabulary
$python -m training.sample
$python -m training.factory_sample
$python -m benchmarks.bench
$python -m training.extract "$work/sample.parquet" "$work/factory.parquet" "$work/bench.parquet"
$python -m training.finetune whole "${options[@]}"
for fold in 0 1 2 3; do
  $python -m training.finetune "fold$fold" --fold "$fold" "${options[@]}"
done
$python -m training.train
