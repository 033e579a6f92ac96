"""Authentication of hosts, their devices, and guests."""
