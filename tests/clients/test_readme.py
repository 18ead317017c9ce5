#!/usr/bin/env python3
"""Runs the examples of README.md as they stand there, and compares what they print.

An example is a line "$ command" in a code block (fenced or indented); lines "> more" continue it,
and the lines below it, up to the next command or the end of the block, are what it prints on a
terminal. `redis-cli` reaches servers that are started here, one for each port that is named.

What cannot be the same each time:
- A number of sixteen digits is a token of a lock. It stands for the one that came when it was first
  printed, in later commands too, and larger numbers stand for larger tokens.
- Any number may follow "pttl" and "held-ms".

The last line is `N passed, N failed`. $LATCHKEY_SERVER names the server's executable.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
START_SECONDS = 60
COMMAND_SECONDS = 60
DEFAULT_PORT = "6379"
TOKEN = re.compile(r"\b\d{16}\b")
MOVING_FIELDS = ('"pttl"', '"held-ms"')
WRAPPER = """\
#!/bin/bash
port={port}
if [ "$1" = -p ]; then port=$2; shift 2; fi
exec {cli} --no-raw -s {directory}/$port.sock "$@"
"""


def code_blocks(text):
    """Yields (number of the first line, lines) of each code block."""
    block, fence, start = [], None, 0
    before = ""
    for number, line in enumerate(text.split("\n") + [""], 1):
        if fence is not None:
            if line.strip() == fence:
                yield start, block
                block, fence = [], None
            else:
                block.append(line)
        elif line.startswith("    ") and (block or not before.strip()):
            start = start if block else number
            block.append(line[4:])
        else:
            if block:
                yield start, block
                block = []
            if line.startswith("```"):
                fence, start = "```", number + 1
        before = line


def examples(text):
    """Yields (line number, command, expected output)."""
    for start, block in code_blocks(text):
        command, expected, began = None, [], 0
        for number, line in enumerate(block + ["$ "], start):
            if line.startswith("$ "):
                if command is not None:
                    yield began, command, "\n".join(expected).rstrip()
                command, expected, began = line[2:], [], number
            elif command is not None and line.startswith("> ") and not expected:
                command += "\n" + line[2:]
            elif command is not None:
                expected.append(line)


class Servers:
    """One server for each port that the examples name, on a Unix socket."""

    def __init__(self, directory, ports):
        self.directory = directory
        self.running = []
        program = os.environ.get("LATCHKEY_SERVER", "build/release/latchkey-server")
        for port in ports:
            data = os.path.join(directory, port)
            os.mkdir(data)
            with open(os.path.join(data, "log"), "wb") as log:
                self.running.append(subprocess.Popen(
                    [os.path.join(TOP, program), "--port", "0", "--save", "",
                     "--unixsocket", data + ".sock", "--dir", data], stdout=log, stderr=log))
        deadline = time.monotonic() + START_SECONDS
        for port in ports:
            while subprocess.run(["redis-cli", "-s", os.path.join(directory, port + ".sock"), "ping"],
                                 capture_output=True, check=False).stdout != b"PONG\n":
                if time.monotonic() > deadline:
                    raise SystemExit("a server does not start")

    def stop(self):
        for server in self.running:
            server.terminate()
        return [server.wait() for server in self.running]


class Tokens:
    """The tokens that came for those that README.md shows."""

    def __init__(self):
        self.actual = {}

    def substitute(self, text):
        return TOKEN.sub(lambda match: self.actual.get(match.group(), match.group()), text)

    def learn(self, expected, output):
        """Binds the tokens shown for the first time to those at their places in the output."""
        shown, came = TOKEN.findall(expected), TOKEN.findall(output)
        if len(shown) == len(came):
            for name, token in zip(shown, came):
                self.actual.setdefault(name, token)

    def grow(self):
        ordered = [int(self.actual[name]) for name in sorted(self.actual)]
        return all(low < high for low, high in zip(ordered, ordered[1:]))


def without_moving_numbers(text):
    lines = text.split("\n")
    for i in range(1, len(lines)):
        if lines[i - 1].endswith(MOVING_FIELDS):
            lines[i] = re.sub(r"\(integer\) \d+$", "(integer) N", lines[i])
    return "\n".join(line.rstrip() for line in lines)


def run(command, environment):
    try:
        done = subprocess.run(["bash", "-c", command], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        return "(it did not end)"
    return done.stdout.decode(errors="replace").rstrip()


def run_examples(found, environment):
    tokens, failed = Tokens(), 0
    for number, command, expected in found:
        output = run(tokens.substitute(command), environment)
        tokens.learn(expected, output)
        wanted = without_moving_numbers(tokens.substitute(expected))
        if without_moving_numbers(output) != wanted:
            failed += 1
            print(f"README.md:{number}: {command}\nexpected:")
            print(textwrap.indent(wanted, "    "))
            print("printed:\n" + textwrap.indent(output, "    "))
    if not tokens.grow():
        failed += 1
        print("tokens do not grow as README.md shows them")
    return failed


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end, too
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        text = file.read()
    found = list(examples(text))
    commands = "\n".join(command for _, command, _ in found)
    ports = sorted({DEFAULT_PORT, *re.findall(r"\b7\d\d\d\b", commands)})
    with tempfile.TemporaryDirectory() as directory:
        wrapper = os.path.join(directory, "bin", "redis-cli")
        cli = subprocess.run(["which", "redis-cli"], capture_output=True, text=True, check=True)
        os.mkdir(os.path.dirname(wrapper))
        with open(wrapper, "w", encoding="utf-8") as file:
            file.write(WRAPPER.format(port=DEFAULT_PORT, cli=cli.stdout.strip(), directory=directory))
        os.chmod(wrapper, 0o755)
        environment = dict(os.environ, PATH=os.path.dirname(wrapper) + ":" + os.environ["PATH"])
        servers = Servers(directory, ports)
        try:
            failed = run_examples(found, environment)
        finally:
            statuses = servers.stop()
    if any(statuses):
        failed += 1
        print("a server ended with", statuses)
    print(f"{max(len(found) - failed, 0)} passed, {failed} failed")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
