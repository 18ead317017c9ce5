"""Drives redis-cli through a terminal: hints while typing, and replies as people read them.

    python3 interactive.py SOCKET

Prints what is missing; the status is 0 if nothing is.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import sys
import termios
import time

DEADLINE_SECONDS = 40
COLUMNS = 2000  # hints are cut off where the line ends
CLEAR_LINE = b"\x15"
ROWS_MIN = 200
COMMANDS = pathlib.Path(__file__).resolve().parents[2] / "src" / "commands"


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


def read_rows():
    """The commands with the syntax of their rows: name, text, and whether that is all of it."""
    strings = r'((?:"(?:[^"\\\\]|\\\\.)*"\s*|[A-Z_]+\s*)+)'
    rows = []
    for path in sorted(COMMANDS.glob("*_commands.c")):
        for row in re.findall(r"\n    \{\n(.*?)\n    \},", path.read_text(), re.S):
            name = re.search(r'\.name = "([^"]+)"', row)
            parent = re.search(r'\.parent = "([^"]+)"', row)
            syntax = re.search(r"\.syntax =\s*" + strings, row)
            if name and syntax:
                words = ([parent.group(1)] if parent else []) + [name.group(1)]
                head = re.split(r"\b[A-Z_]+\b(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", syntax.group(1))
                text = "".join(re.findall(r'"((?:[^"\\\\]|\\\\.)*)"', head[0])).replace('\\\\"', '"')
                rows.append((" ".join(words), text.rstrip(), len(head) == 1))
    return rows


def as_hint(syntax):
    """A row's syntax as redis-cli shows it: no brackets around alternatives, no blanks."""
    return re.sub("[<>]", "", re.sub(r"\s*\|\s*", "|", syntax))


def without_colours(text):
    return re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", text)


def check_hints(fd, seen):
    """Types each command and compares the hint with its row; returns how many differ."""
    rows = [row for row in read_rows() if row[1] and row[1] != "<subcommand>"]
    missing = 0 if len(rows) > ROWS_MIN else 1
    for name, syntax, is_whole in rows:
        wanted = b"> " + (name + " " + as_hint(syntax)).encode() + (b"\r" if is_whole else b"")
        shown = [b""]
        os.write(fd, CLEAR_LINE + name.encode() + b" ")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while wanted not in without_colours(shown[0]) and time.monotonic() < deadline:
            ready, _, _ = select.select([fd], [], [], 0.1)
            if ready:
                shown[0] += os.read(fd, 65536)
        if wanted not in without_colours(shown[0]):
            print("no such hint:", wanted, "in", without_colours(shown[0]))
            missing += 1
    os.write(fd, CLEAR_LINE)
    seen[0] = b""
    return missing


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
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
    read_until(fd, b"> ", seen)
    missing += check_hints(fd, seen)
    for typed, wanted in steps[1:]:
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
