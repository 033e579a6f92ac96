"""The measurements in docs/benchmarks.md; `make bench` runs them all and prints a table."""
