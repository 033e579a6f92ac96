"""Redis: the source of truth, its snapshot, and the news of each commit."""
