"""The data folder on disk: which server wrote it, its append-only file, and its backups."""
