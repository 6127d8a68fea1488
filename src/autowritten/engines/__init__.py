"""Posts on many machines: what an engine needs of the detector (`spec`), and Ray (`ray`). Spark: docs/scaling.md."""
