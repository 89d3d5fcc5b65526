"""A network, a list of processes and a resolv.conf of a test's own: ports 25 and 53 are its own, and
nothing leaves it. Imported by tests here.
"""
import fcntl
import os
import socket
import struct
import sys

import peers

INSIDE = "DW_PEER_INSIDE"


def enter():
    """Goes on inside; the test runs again from its first line."""
    if os.environ.get(INSIDE):
        # faketime names a semaphore by its process, and in here numbers begin anew.
        peers.call("mount", "-t", "tmpfs", "shm", "/dev/shm")
        return
    if os.geteuid() != 0:
        raise peers.Failed("only root can make a network of its own")
    sys.stdout.flush()
    os.environ[INSIDE] = "yes"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", sys.executable,
                          *sys.argv])


def lift_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1 | 64))  # SIOCSIFFLAGS: up, running
