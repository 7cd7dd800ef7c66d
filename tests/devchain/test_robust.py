"""The running program among clients that break every rule, and among many of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path

import pytest

from netctl.devchain.rpc.server import MAX_MESSAGE_BYTES
from tests.devchain.lab import Program, rpc

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CONNECTIONS = 500
ASK = b'{"jsonrpc":"2.0","id":1,"method":"chain_getHeader"}'
NAME = b'{"jsonrpc":"2.0","id":1,"method":"system_name"}'


def framed(payload: bytes, first: int = 0x81, *, masked: bool = True, length: int | None = None) -> bytes:
    """A websocket frame, right or wrong; `length` is what it claims."""
    claimed = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    if claimed < 126:
        size = bytes([bit | claimed])
    elif claimed < 1 << 16:
        size = bytes([bit | 126]) + claimed.to_bytes(2, "big")
    else:
        size = bytes([bit | 127]) + claimed.to_bytes(8, "big")
    return bytes([first]) + size + (bytes(4) if masked else b"") + payload


BROKEN = {
    "no handshake": b"\x00\x01\x02 not http at all\r\n\r\n",
    "half a handshake": HANDSHAKE[:60],
    "an endless header": b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000,
    "an unmasked frame": HANDSHAKE + framed(ASK, masked=False),
    "reserved bits": HANDSHAKE + framed(ASK, 0xF1),
    "an unknown opcode": HANDSHAKE + framed(ASK, 0x83),
    "a continuation of nothing": HANDSHAKE + framed(ASK, 0x80),
    "a long ping": HANDSHAKE + framed(b"x" * 200, 0x89),
    "a fragmented ping": HANDSHAKE + framed(b"x", 0x09),
    "text that is no UTF-8": HANDSHAKE + framed(b"\xff\xfe\xfd"),
    "a frame that claims an exabyte": HANDSHAKE + framed(b"x", length=1 << 60),
    "a frame that ends early": HANDSHAKE + framed(b"x", length=5000),
    "a close with half a code": HANDSHAKE + framed(b"\x03", 0x88),
    "a message never finished": HANDSHAKE + framed(ASK, 0x01),
}


def port_of(program: Program) -> int:
    return int(program.url.rpartition(":")[2])


def resident_mb(program: Program) -> float:
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def open_files(program: Program) -> int:
    return len(list(Path(f"/proc/{program.process.pid}/fd").iterdir()))


async def throw(program: Program, raw: bytes) -> None:
    """Send bytes, read what comes for a moment, and go."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(program))
    with contextlib.suppress(ConnectionError, TimeoutError):
        writer.write(raw)
        await asyncio.wait_for(writer.drain(), 5)
        await asyncio.wait_for(reader.read(65_536), 0.2)
    writer.transport.abort()


async def serves(program: Program) -> bool:
    async with rpc(program.url) as client:
        return "number" in await client.call("chain_getHeader")


@pytest.mark.parametrize("kind", BROKEN)
async def test_broken_frames_cost_only_their_own_connection(kind: str, chain_program: Program) -> None:
    async with rpc(chain_program.url) as bystander:
        await throw(chain_program, BROKEN[kind])
        assert await bystander.call("chain_getHeader")
    assert await serves(chain_program)


async def test_random_bytes_after_the_handshake_cost_only_their_own_connection(chain_program: Program) -> None:
    dice = random.Random(7)
    thrown = [HANDSHAKE + dice.randbytes(dice.randrange(1, 400)) for _ in range(60)]
    await asyncio.gather(*(throw(chain_program, raw) for raw in thrown))
    assert await serves(chain_program)


async def test_a_giant_message_is_refused_without_being_kept(chain_program: Program) -> None:
    await serves(chain_program)
    before = resident_mb(chain_program)
    giant = framed(b" " * (MAX_MESSAGE_BYTES + 1))
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(chain_program))
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        writer.write(giant)
        await asyncio.wait_for(writer.drain(), 10)
    told = b""
    with contextlib.suppress(ConnectionError):
        told = await asyncio.wait_for(reader.read(100), 10)
    writer.transport.abort()
    assert told[:1] in (b"\x88", b""), "a close frame, or nothing"
    if told:
        assert int.from_bytes(told[2:4], "big") == 1009, "message too big"
    assert await serves(chain_program)
    assert resident_mb(chain_program) < before + 2 * MAX_MESSAGE_BYTES / (1 << 20)


async def test_five_hundred_connections_are_served_at_once(chain_program: Program) -> None:
    async def one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(chain_program))
        writer.write(HANDSHAKE)
        assert b"101" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        return reader, writer

    open_ones = await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    try:
        for _ in range(2):
            for _, writer in open_ones:
                writer.write(framed(NAME))
            answers = await asyncio.gather(
                *(asyncio.wait_for(reader.readuntil(b'devchain"}'), 30) for reader, _ in open_ones)
            )
            assert len(answers) == CONNECTIONS
        assert open_files(chain_program) > CONNECTIONS
        assert resident_mb(chain_program) < 200
    finally:
        for _, writer in open_ones:
            writer.transport.abort()
    assert await serves(chain_program)


async def test_a_client_who_asks_much_and_reads_nothing_is_cut_off_before_it_fills_the_memory(
    chain_program: Program,
) -> None:
    before = resident_mb(chain_program)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(chain_program), limit=1024)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    ask = framed(b'{"jsonrpc":"2.0","id":1,"method":"state_getMetadata"}')
    with pytest.raises((ConnectionError, TimeoutError)):  # noqa: PT012  the cut comes at any of these
        for _ in range(1000):
            writer.write(ask)
            await asyncio.wait_for(writer.drain(), 10)
            await asyncio.sleep(0.002)
    writer.transport.abort()
    assert await serves(chain_program)
    assert resident_mb(chain_program) < before + 150
