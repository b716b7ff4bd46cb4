# SPDX-License-Identifier: MIT
"""asyncio_echo: clients and a server that talk over pairs of sockets.

Heap: coroutines, tasks, futures, handles and buffers, nearly all of them
short-lived, in a pattern set by the event loop, and a quarter of a megabyte
for each read, given back at once; long-lived protocols and transports that
refer to each other, and what waits in the loop's queues.
"""
import sys

sys.modules["ssl"] = None  # asyncio would import it, and half the heap with it
import asyncio  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import socket  # noqa: E402


async def serve(reader, writer, log):
    while line := await reader.readline():
        request = json.loads(line)
        log.append((request["client"], len(log)))
        del log[:-100]
        answer = {"to": request["client"], "words": request["words"][::-1],
                  "sum": sum(request["numbers"])}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    writer.close()


async def ask(number, reader, writer, messages):
    source = random.Random(number)
    total = 0
    history = []
    for message in range(messages):
        numbers = [source.randrange(1000) for _ in range(6)]
        writer.write(json.dumps({"client": number, "numbers": numbers,
                                 "words": ["echo", str(message)]}).encode()
                     + b"\n")
        await writer.drain()
        answer = json.loads(await reader.readline())
        assert answer["sum"] == sum(numbers) and answer["to"] == number
        total += answer["sum"]
        history = [answer, *history[:5]]
        if source.random() < 0.2:
            await asyncio.sleep(0)
    writer.close()
    return total


async def talk(number, messages, log):
    """A client and the server's part of its connection."""
    near, far = socket.socketpair()
    server = asyncio.create_task(
        serve(*await asyncio.open_connection(sock=far), log))
    total = await ask(number, *await asyncio.open_connection(sock=near),
                      messages)
    await server
    return total


async def main(clients, messages):
    log = []
    totals = await asyncio.gather(*(talk(number, messages, log)
                                    for number in range(clients)))
    return sum(totals), len(log)


clients = int(sys.argv[1]) if len(sys.argv) > 1 else 30
sys.audit("wane.trace", "start")
result = asyncio.run(main(clients, 50))
sys.audit("wane.trace", "end")
print(*result)
