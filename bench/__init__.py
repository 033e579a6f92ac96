"""The measurements that the README quotes; `make bench` runs them all and prints a table."""
