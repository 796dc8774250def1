"""Ports that a process gives its children, who begin to listen there only later."""

from __future__ import annotations

import socket

import pytest

from vca.postgres import free_port, keep_port


def test_no_two_children_of_a_process_are_given_one_port() -> None:
    ports = [free_port() for _ in range(900)]
    assert len(set(ports)) == len(ports)


def test_a_port_that_a_process_keeps_for_itself_is_given_to_no_child() -> None:
    kept = set(range(40_001, 41_001, 2))
    for port in kept:
        keep_port(port)
    assert not kept & {free_port() for _ in range(400)}


def test_a_port_that_was_drawn_is_drawn_by_no_other_process_and_listened_on() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)):
        socket.create_connection(("127.0.0.1", port), 5).close()
    # And again, as who was killed and is started again.
    socket.create_server(("127.0.0.1", port)).close()
