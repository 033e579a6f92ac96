"""A push service that takes everything, after as long as a real one needs; it remembers when.

python -m bench.sink PORT DELAY_MS
"""

import asyncio
import sys
import time

from aiohttp import web

ARRIVED: list[list[object]] = []


async def take(request: web.Request) -> web.Response:
    """Take a message, and note when it came and how urgent it was."""
    ARRIVED.append([time.time_ns() // 1000, request.headers.get("Urgency"), request.path])
    await request.read()
    await asyncio.sleep(request.app["delay_s"])
    return web.Response(status=201, headers={"Location": "/m/1"})


async def arrivals(request: web.Request) -> web.Response:
    """Return what came since the last time: µs since the epoch, urgency and path of each."""
    taken = ARRIVED[:]
    ARRIVED.clear()
    return web.json_response(taken)


def main(port: int, delay_ms: int) -> None:
    """Serve until told to stop."""
    app = web.Application()
    app["delay_s"] = delay_ms / 1000
    app.router.add_post("/p/{name}", take)
    app.router.add_get("/arrivals", arrivals)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
