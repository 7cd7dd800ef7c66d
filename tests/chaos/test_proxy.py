"""The proxy: what it passes, what it cuts, that every order ends, also after the proxy was killed."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import ssl
import time
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path

import bittensor as bt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.sync.server import ServerConnection, serve

from netctl.chaos import wire
from netctl.chaos.wire import Route
from tests.chains import RunningChain
from tests.chaos.proxies import RunningProxy, ask, echo_server, order, says
from tests.ports import free_ports
from tests.sdk import connected
from tests.sessions.conftest import wait_until


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[RunningProxy]:
    running = RunningProxy(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def axon(proxy: RunningProxy) -> Iterator[int]:
    """The announced port of a neuron whose program echoes, behind a proxy that runs."""
    with echo_server() as port:
        announced, rpc = free_ports(2)
        proxy.lead(Route("miner_1", rpc, "ws://127.0.0.1:9", "127.0.0.1", announced, port))
        proxy.start()
        yield announced


def is_reset(port: int) -> bool:
    try:
        return says(port, b"hello") != b"hello"
    except ConnectionResetError:
        return True


def test_bytes_pass_as_they_are_in_both_directions_until_one_side_ends(axon: int) -> None:
    whole = os.urandom(3_000_000)
    with socket.create_connection(("127.0.0.1", axon), timeout=20) as stream:
        received = bytearray()
        for start in range(0, len(whole), 100_000):
            stream.sendall(whole[start : start + 100_000])
            while len(received) < start + 100_000:
                received += stream.recv(1 << 20)
        stream.shutdown(socket.SHUT_WR)
        assert stream.recv(1) == b""
    assert bytes(received) == whole


def test_a_dropped_axon_resets_what_is_open_and_what_comes_and_is_back_when_its_time_is_over(
    proxy: RunningProxy, axon: int
) -> None:
    with socket.create_connection(("127.0.0.1", axon), timeout=20) as stream:
        stream.sendall(b"a")
        assert stream.recv(9) == b"a"
        report = proxy.order(dropped := order("drop-axon"))
        assert report.struck == {dropped.id: 1}
        with pytest.raises(ConnectionResetError):
            stream.recv(9)
    assert is_reset(axon)
    proxy.order(dropped := replace(dropped, until=time.time() + 1.0))
    wait_until(lambda: not is_reset(axon), "the axon is back, by itself", 30)
    assert time.time() >= dropped.until


def test_an_order_for_one_neuron_or_lane_leaves_the_others_alone(proxy: RunningProxy, axon: int) -> None:
    proxy.order(order("drop-axon", "miner_2"), order("cut-rpc", "miner_1"))
    assert says(axon, b"hello") == b"hello"


def test_a_hanging_axon_takes_connections_and_passes_nothing_until_it_is_undone(proxy: RunningProxy, axon: int) -> None:
    with socket.create_connection(("127.0.0.1", axon), timeout=20) as old:
        old.sendall(b"a")
        assert old.recv(9) == b"a"
        proxy.order(order("drop-axon", hang=True))
        with socket.create_connection(("127.0.0.1", axon), timeout=20) as new:
            for stream in (old, new):
                stream.sendall(b"hello")
                stream.settimeout(0.3)
                with pytest.raises(TimeoutError):
                    stream.recv(9)
                stream.settimeout(20)
            proxy.order()
            assert [old.recv(9), new.recv(9)] == [b"hello", b"hello"]


def test_a_proxy_that_was_killed_and_started_again_still_holds_what_holds_and_no_more(
    proxy: RunningProxy, axon: int
) -> None:
    proxy.order(order("drop-axon"), order("cut-rpc", lasts_s=0.1))
    proxy.kill()
    with pytest.raises(ConnectionRefusedError):
        says(axon, b"hello")
    proxy.start()
    assert is_reset(axon)
    proxy.order(order("drop-axon", lasts_s=1.5))
    proxy.kill()
    proxy.start()
    wait_until(lambda: not is_reset(axon), "what was ordered ends in time, whoever was killed", 30)


def test_an_order_ends_also_when_the_clock_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time since it was read: a wall clock that goes back an hour must not prolong it by one."""
    from netctl.chaos.proxy import rules

    held = rules.Rules()
    held.give([order("cut-rpc", lasts_s=60.0)])
    assert held.of("miner_1", "rpc").cut
    wall, since = time.time(), time.monotonic()
    monkeypatch.setattr(rules.time, "time", lambda: wall - 3600)
    monkeypatch.setattr(rules.time, "monotonic", lambda: since + 61)
    held.look()
    assert held.of("miner_1", "rpc") == rules.OPEN


async def test_an_answer_is_held_back_from_when_it_came_and_a_question_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from netctl.chaos.proxy import rules

    held, waits = rules.Rules(), []

    async def noted(waiting: Coroutine[object, object, object], timeout_s: float) -> None:
        waiting.close()
        waits.append(timeout_s)
        raise TimeoutError

    held.give([order("slow-rpc", delay_s=0.75), order("slow-rpc", "miner_2", delay_s=9.0)])
    with monkeypatch.context() as stopped:
        stopped.setattr(rules.time, "monotonic", lambda: 100.0)
        stopped.setattr(rules.asyncio, "wait_for", noted)
        await held.passage("miner_1", "rpc", 99.75, delayed=True)
        await held.passage("miner_1", "rpc", 99.75, delayed=False)
        await held.passage("miner_1", "axon", 99.75, delayed=True)
    assert waits == [0.5]


def test_a_port_that_is_taken_is_told_and_taken_over_once_it_is_free(proxy: RunningProxy) -> None:
    announced, rpc = free_ports(2)
    with echo_server() as port:
        with socket.create_server(("127.0.0.1", announced)):
            proxy.lead(Route("miner_1", rpc, "ws://127.0.0.1:9", "127.0.0.1", announced, port))
            proxy.start()
            report = wire.report_at(proxy.place)
            assert report is not None
            assert report.closed == {f"miner_1 axon {announced}": "Address already in use"}
        wait_until(lambda: wire.report_at(proxy.place).closed == {}, "the proxy opens it", 30)  # type: ignore[union-attr]
        assert says(announced, b"hello") == b"hello"


def test_routes_change_while_connections_of_others_stay(proxy: RunningProxy, axon: int) -> None:
    (route,) = wire.routes_of(wire.content_of(proxy.place / wire.ROUTES))
    announced, rpc = free_ports(2)
    with socket.create_connection(("127.0.0.1", axon), timeout=20) as stream, echo_server() as port:
        proxy.lead(route, Route("miner_2", rpc, "ws://127.0.0.1:9", "127.0.0.1", announced, port))
        assert says(announced, b"other") == b"other"
        stream.sendall(b"hello")
        assert stream.recv(9) == b"hello"
        proxy.lead(replace(route, upstream="ws://127.0.0.1:10"))
        stream.sendall(b"again")
        assert stream.recv(9) == b"again"
    wait_until(lambda: _refuses(announced), "the door of who left is shut", 30)


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for `localhost`, and its key: what a node behind wss has."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "node.pem", tmp_path / "node.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return paths


def test_a_neuron_on_loopback_reaches_a_node_behind_tls_by_its_own_name(
    proxy: RunningProxy, certificate: tuple[Path, Path]
) -> None:
    """With the node's name in Host and SNI: an endpoint that serves many names turns others away."""
    seen: list[tuple[str, str, str | None]] = []
    names: list[str | None] = []

    def answer(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        seen.append((request.headers["Host"], request.path, names[-1]))
        connection.recv()
        connection.send('{"id": 1, "result": "through tls"}')

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda _stream, name, _context: names.append(name)
    proxy.environ = {"SSL_CERT_FILE": str(certificate[0])}
    with serve(answer, "127.0.0.1", 0, ssl=context) as server:
        import threading

        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        (rpc,) = free_ports(1)
        proxy.lead(Route("miner_1", rpc, f"wss://localhost:{port}/rpc"))
        proxy.start()
        assert ask(f"ws://127.0.0.1:{rpc}/rpc?x=1") == "through tls"
        server.shutdown()
    assert seen == [(f"localhost:{port}", "/rpc?x=1", "localhost")]


def test_the_sdk_is_cut_off_from_a_real_chain_slowed_down_and_let_go_on(
    proxy: RunningProxy, devchain: RunningChain
) -> None:
    (rpc,) = free_ports(1)
    url = f"ws://127.0.0.1:{rpc}"
    proxy.lead(Route("miner_1", rpc, devchain.url))
    proxy.start()

    async def block() -> int:
        async with connected(url) as client:
            return int(await asyncio.wait_for(client.block(), 60))

    assert asyncio.run(block()) >= 0
    proxy.order(order("cut-rpc"))
    with pytest.raises((bt.BittensorError, OSError)):
        asyncio.run(block())
    proxy.order(order("slow-rpc", delay_s=0.7))
    assert ask(url)
    proxy.order()
    assert asyncio.run(block()) >= 0


async def test_what_was_held_back_comes_at_once_when_the_delay_is_undone(
    proxy: RunningProxy, devchain: RunningChain
) -> None:
    (rpc,) = free_ports(1)
    proxy.lead(Route("miner_1", rpc, devchain.url))
    proxy.start()
    proxy.order(order("slow-rpc", delay_s=600.0))
    waiting = asyncio.ensure_future(asyncio.to_thread(ask, f"ws://127.0.0.1:{rpc}"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    proxy.order()
    assert await asyncio.wait_for(waiting, 30)
