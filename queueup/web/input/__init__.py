"""How a request becomes a command: fields, bodies, forms and idempotency keys."""
