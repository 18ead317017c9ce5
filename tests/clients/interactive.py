"""Drives redis-cli through a terminal: hints while typing, and replies as people read them.

    python3 interactive.py SOCKET

Prints what is missing; the status is 0 if nothing is.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

DEADLINE_SECONDS = 10


def read_until(fd, text, seen):
    """Reads from the terminal until the text has appeared; returns whether it has."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while text not in seen[0] and time.monotonic() < deadline:
        ready, _, _ = select.select([fd], [], [], 0.1)
        if ready:
            try:
                seen[0] += os.read(fd, 65536)
            except OSError:
                break
    return text in seen[0]


def ends_command(typed, wanted):
    return wanted is not None and (typed is None or typed.endswith(b"\r"))


def read_prompt(fd, seen):
    """What is typed before the prompt is back would be shown twice."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not seen[0].endswith(b"> ") and time.monotonic() < deadline:
        ready, _, _ = select.select([fd], [], [], 0.1)
        if ready:
            seen[0] += os.read(fd, 65536)


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        os.execvp("redis-cli", ["redis-cli", "-s", sys.argv[1]])
    seen = [b""]
    steps = [
        (None, b"> "),
        (b"set ", b"key value"),  # a hint, made from COMMAND DOCS
        (b"k v\r", b"OK"),
        (b"lpush l a b\r", b"(integer) 2"),
        (b"lrange l 0 -1\r", b'1) "b"'),
        (b"config get ", b"parameter"),
        (b"hz\r", b'2) "10"'),
        (b"client kill ", b"ip:port"),
        (b"x\r", b"ERR No such client"),
        (b"help get\r", b"Returns the string value of a key"),
        (b"quit\r", None),
    ]
    missing = 0
    for typed, wanted in steps:
        if typed is not None:
            seen[0] = b""
            os.write(fd, typed)
        if wanted is not None and not read_until(fd, wanted, seen):
            print("not seen after", typed, ":", wanted, "in", seen[0])
            missing += 1
        if ends_command(typed, wanted):
            read_prompt(fd, seen)
    os.close(fd)
    os.waitpid(pid, 0)
    return missing


sys.exit(1 if main() else 0)
