"""From the moment a source gives sshd something to log until the kernel announces it in a set.

ban_latency.py NODE_ADDRESS SOURCE_PREFIX COUNT, in the network namespace of the node; descriptor 3 is that of the attacker's.
Each source offers a key exchange that nobody knows, once. Prints "SOURCE NANOSECONDS" (since 1970) as sources come to be in a set, or "SOURCE -".
"""
import os
import select
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
NFNLGRP_NFTABLES = 7
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NFT_NEWSETELEM = (10 << 8) | 12  # NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWSETELEM
ELEMENTS, KEY, VALUE = 3, 1, 1  # NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_SET_ELEM_KEY, NFTA_DATA_VALUE
PATIENCE = 5  # seconds for one source


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def keys(message):
    """The first key of each element that this message announces."""
    for kind, elements in attributes(message[20:]):  # after the headers of netlink and nfnetlink
        if kind != ELEMENTS:
            continue
        for _, element in attributes(elements):
            for kind, key in attributes(element):
                if kind == KEY:
                    yield from (value for kind, value in attributes(key) if kind == VALUE)


def announced(datagram):
    while len(datagram) >= 16:
        length, kind = struct.unpack_from("=IH", datagram)
        if kind == NFT_NEWSETELEM:
            yield from keys(datagram[:length])
        datagram = datagram[(length + 3) & ~3 :]


def listen():
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    kernel.bind((0, 0))
    kernel.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
    return kernel


def when_banned(kernel, source):
    wanted = socket.inet_aton(source)
    end = time.monotonic() + PATIENCE
    while (left := end - time.monotonic()) > 0:
        if not select.select([kernel], [], [], left)[0]:
            break
        datagram = kernel.recv(1 << 20)
        now = time.time_ns()
        if wanted in announced(datagram):
            return now
    return "-"


def name_list(name):
    return struct.pack("!I", len(name)) + name


def offer():
    """What a scanner sends first: its version, and a KEXINIT (RFC 4253, 7.1) without an algorithm in common."""
    payload = b"\x14" + bytes(16) + name_list(b"none-such") * 8 + name_list(b"") * 2 + bytes(5)
    padding = 8 - (len(payload) + 5) % 8 + 8
    return b"SSH-2.0-scanner\r\n" + struct.pack("!IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def main():
    address, prefix, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    kernel = listen()
    os.setns(3, os.CLONE_NEWNET)  # the socket stays where it was made
    for number in range(count):
        # Every other one: the end of a range in an interval set is announced as the next address.
        source = f"{prefix}.{1 + 2 * number}"
        with socket.create_connection((address, 22), timeout=5, source_address=(source, 0)) as connection:
            connection.sendall(offer())
            print(source, when_banned(kernel, source), flush=True)


main()
