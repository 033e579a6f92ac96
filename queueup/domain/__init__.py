"""The rules of a waitlist: pure functions over plain values, nothing but standard library."""
