"""Quality and speed against peers on the same work; results are kept in `benchmarks/results`."""
