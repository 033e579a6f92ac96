"""What can be done with a queue: pure functions that return a change or refuse.

A command never reads a clock or makes an id: `now` and ids are arguments, so deciding again after
a lost race is free. A refused command raises a QueueError and changes nothing.
"""
