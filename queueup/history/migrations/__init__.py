"""The history's tables, one step after the other."""
