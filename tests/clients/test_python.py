#!/usr/bin/python3
"""Runs client libraries for Python against servers of ours: python/*_test.py. They are Debian's
packages, and so is the interpreter: others that may come first in the path do not see them.

The last line is `N passed, N failed`. $LATCHKEY_SERVER names the server's executable."""

import os
import sys
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def main():
    program = os.environ.get("LATCHKEY_SERVER", "build/release/latchkey-server")
    os.environ["LATCHKEY_SERVER"] = os.path.join(TOP, program)
    sys.dont_write_bytecode = True
    tests = unittest.defaultTestLoader.discover(
        os.path.join(TOP, "tests", "clients", "python"), "*_test.py")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(tests)
    failed = len(result.failures) + len(result.errors) + len(result.skipped)
    print(f"{max(result.testsRun - failed, 0)} passed, {failed} failed")
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
