#!/usr/bin/env bash
# From the data folder to a bundle. Every stage can be run again: walks that are on disk are not made twice.
# AUTOWRITTEN_DATA names the data folder, AUTOWRITTEN_WORK the folder of intermediate files.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
work=${AUTOWRITTEN_WORK:-work}
$python -m training.vocabulary
$python -m training.sample
$python -m training.factory_sample
$python -m training.extract "$work/sample.parquet" "$work/factory.parquet"
$python -m training.train
