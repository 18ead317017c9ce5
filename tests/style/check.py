#!/usr/bin/env python3
"""The check of the house style: prints `path:line: finding` and fails on any.

    check.py [BUILD_DIRECTORY]    from the top of the repository, after `make debug`

The rules stand in rules.py; what each must find is shown by test_check.py. exceptions.txt lists
findings that are allowed, each with its reason; one that no longer applies is a finding itself.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import rules

EXCEPTIONS = 'tests/style/exceptions.txt'


class Exception_:
    """A line of exceptions.txt: RULE PATH SUBJECT: reason"""

    def __init__(self, line, rule, path, subject, reason):
        self.line = line
        self.key = (rule, path, subject)
        self.reason = reason


def read_exceptions(tree):
    """Returns (exceptions, findings)."""
    exceptions, findings = [], []
    for number, line in enumerate(tree.read(EXCEPTIONS).split('\n'), 1):
        if not line.strip() or line.startswith('#'):
            continue
        head, _, reason = line.partition(': ')
        words = head.split()
        if len(words) != 3 or not reason.strip():
            findings.append(rules.Finding('exceptions', EXCEPTIONS, number, 'form',
                                          'write "RULE PATH SUBJECT: reason"'))
        elif words[0] not in rules.NAMES or words[0] in rules.WITHOUT_EXCEPTIONS:
            findings.append(rules.Finding('exceptions', EXCEPTIONS, number, words[0],
                                          f'"{words[0]}" is no rule that has exceptions'))
        else:
            exceptions.append(Exception_(number, *words, reason.strip()))
    return exceptions, findings


def apply_exceptions(tree, findings):
    """Leaves out what is allowed, and adds what is wrong with the list."""
    exceptions, left = read_exceptions(tree)
    by_key = {exception.key: exception for exception in exceptions}
    used = set()
    for finding in findings:
        key = (finding.rule, finding.path, finding.subject)
        if key in by_key:
            used.add(key)
        else:
            left.append(finding)
    for exception in exceptions:
        if exception.key not in used:
            left.append(rules.Finding('exceptions', EXCEPTIONS, exception.line, exception.key[2],
                                      'no longer applies: delete this line'))
    return left


def check(tree):
    """All findings, in the order of files."""
    with ThreadPoolExecutor(2) as pool:
        found = [finding for some in pool.map(lambda rule: list(rule(tree)), rules.RULES)
                 for finding in some]
    found = apply_exceptions(tree, found)
    return sorted(found, key=lambda finding: (finding.path, int(finding.line), finding.rule))


def main(arguments):
    root = Path(__file__).resolve().parent.parent.parent
    tree = rules.Tree(root, arguments[0] if arguments else None)
    findings = check(tree)
    for finding in findings:
        print(finding)
    if findings:
        print(f'{len(findings)} findings; the rules: tests/style/rules.py')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
