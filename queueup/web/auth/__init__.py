"""Who is asking: a host, one of a line's devices, or a guest."""
