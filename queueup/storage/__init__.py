"""Redis: the source of truth, its snapshot cache, and the change feed."""
