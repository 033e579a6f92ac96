"""The languages that guests are spoken to in, and their translations."""
