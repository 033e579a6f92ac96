"""How a request becomes a command of the domain: fields, bodies, forms and idempotency keys.

Here, and not below the web, the name and the fields of an action choose a command from
`domain.commands`. Views pass it to `Waitlist.act`, which commits it.
"""
