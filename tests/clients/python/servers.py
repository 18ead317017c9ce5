"""Starts servers for tests, each in a directory of its own, and ends them with the test. A test
fails if one of its servers has ended by itself, or does not end well when it is told to."""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
import unittest

import redis

START_SECONDS = 60
RETRY_SECONDS = 0.01
LOG_SHOWN = 4000

_running = set()
atexit.register(lambda: [process.kill() for process in _running])


def until(condition, what, seconds=START_SECONDS):
    """Asks until the condition holds and returns what it said."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(RETRY_SECONDS)


class Server:
    """A server that listens on a Unix socket."""

    def __init__(self, options):
        self.options = options
        self.directory = tempfile.mkdtemp(prefix="latchkey-python-")
        self.path = os.path.join(self.directory, "socket")
        self.process = None

    def start(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.environ["LATCHKEY_SERVER"], "--port", "0", "--unixsocket", self.path,
                 "--dir", self.directory, "--save", "", *self.options], stdout=log, stderr=log)
        _running.add(self.process)
        until(self.answers, "the server answers")

    def answers(self):
        try:
            with redis.Redis(unix_socket_path=self.path) as client:
                return client.ping()
        except redis.exceptions.ConnectionError:
            return False

    def kill(self):
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait()
        _running.discard(self.process)
        self.process = None

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            status = self.process.wait()
            _running.discard(self.process)
            if status != 0:
                with open(os.path.join(self.directory, "log"), encoding="utf-8") as log:
                    shown = log.read()[-LOG_SHOWN:]
                raise AssertionError(f"a server ended with {status}:\n{shown}")
        shutil.rmtree(self.directory)


class ServerTest(unittest.TestCase):
    """A test with a server of its own, and a client of it that decodes what it reads."""

    options = ()

    def setUp(self):
        self.server = Server(self.options)
        self.addCleanup(self.server.stop)
        self.server.start()
        self.client = self.connect(decode_responses=True)

    def connect(self, **options):
        client = redis.Redis(unix_socket_path=self.server.path, **options)
        self.addCleanup(client.connection_pool.disconnect)
        self.addCleanup(client.close)
        return client
