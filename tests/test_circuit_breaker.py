"""After a call that took too long, others fail at once for a while, and then are made again."""

from queueup.circuit_breaker import CircuitBreaker


def test_it_is_open_for_a_while_after_each_trip() -> None:
    now = [100.0]
    breaker = CircuitBreaker(30, lambda: now[0])
    assert breaker.remaining_s == 0
    breaker.trip()
    now[0] += 20
    assert breaker.remaining_s == 10
    breaker.trip()
    now[0] += 29
    assert breaker.remaining_s == 1
    now[0] += 1
    assert breaker.remaining_s == 0
