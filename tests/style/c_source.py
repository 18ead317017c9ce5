"""What the checks need to know of a C file: its text without comments, functions, declarations.

It reads the house's own layout (one statement starts in column 0, braces at line ends), which the
formatter keeps, and is no parser of C.
"""

import re
from functools import cached_property
from pathlib import Path

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')
TEST_MACROS = ('Test(', 'ParameterizedTest(', 'ParameterizedTestParameters(', 'TestSuite(')


def blank(text):
    """Spaces for all but line ends."""
    return re.sub(r'[^\n]', ' ', text)


class Function:
    """A definition: where it starts and ends (lines from 1), its head, up to the brace."""

    def __init__(self, line, last_line, head):
        self.line = line
        self.last_line = last_line
        self.head = head

    @property
    def name(self):
        return name_of(self.head)

    @property
    def is_static(self):
        return re.match(r'\s*static\b', self.head) is not None

    @property
    def parameter_count(self):
        return count_parameters(self.head)


def name_of(head):
    match = re.search(r'(\w+)\s*\(', without_attributes(head))
    return match.group(1) if match else ''


def without_attributes(head):
    return re.sub(r'__attribute__\s*\(\(.*?\)\)', '', head, flags=re.DOTALL)


def count_parameters(head):
    """Commas of the first parenthesis of a head that is no test macro."""
    head = without_attributes(head).strip()
    start = head.find('(')
    if start < 0 or head.startswith(TEST_MACROS):
        return 0
    depth = 0
    commas = 0
    for i in range(start, len(head)):
        if head[i] in '([{':
            depth += 1
        elif head[i] in ')]}':
            depth -= 1
            if depth == 0:
                inside = head[start + 1:i].strip()
                return 0 if inside in ('', 'void') else commas + 1
        elif head[i] == ',' and depth == 1:
            commas += 1
    return commas + 1


class Source:
    """A file below the root; `path` is relative to it, with slashes."""

    def __init__(self, root, path):
        self.path = path
        self.text = (Path(root) / path).read_text(encoding='utf-8', errors='replace')

    @property
    def is_header(self):
        return self.path.endswith('.h')

    @property
    def stem(self):
        return Path(self.path).stem

    @cached_property
    def folder(self):
        """Of src/base/log.c `base`; of src/app.c `app`."""
        parts = self.path.split('/')
        return parts[1] if len(parts) > 2 else self.stem

    @cached_property
    def module(self):
        """base/log; the _internal.h of a module belongs to it."""
        parts = self.path.split('/')[1:]
        parts[-1] = self.stem.removesuffix('_internal')
        return '/'.join(parts)

    @cached_property
    def lines(self):
        return self.text.split('\n')

    @cached_property
    def _parts(self):
        code, comments = [], []
        last = 0
        for match in TOKEN.finditer(self.text):
            between = self.text[last:match.start()]
            token = match.group()
            code.append(between)
            comments.append(blank(between))
            if token.startswith('/'):
                code.append(blank(token))
                comments.append(token)
            else:
                code.append(token[0] + ' ' * (len(token) - 2) + token[-1])
                comments.append(blank(token))
            last = match.end()
        code.append(self.text[last:])
        comments.append(blank(self.text[last:]))
        return ''.join(code), ''.join(comments)

    @property
    def code(self):
        """The text with comments and what stands inside quotes blanked."""
        return self._parts[0]

    @property
    def comments(self):
        """The comments alone, in their places."""
        return self._parts[1]

    @cached_property
    def plain_code(self):
        """The code without preprocessor lines."""
        lines = self.code.split('\n')
        is_continued = False
        for i, line in enumerate(lines):
            if is_continued or line.lstrip().startswith('#'):
                is_continued = line.endswith('\\')
                lines[i] = ''
        return '\n'.join(lines)

    @cached_property
    def includes(self):
        """(line, is_system, name) for each include."""
        bare = re.sub(r'/\*.*?\*/', lambda match: blank(match.group()), self.text, flags=re.DOTALL)
        return [(bare.count('\n', 0, match.start()) + 1 + match.group().count('\n'),
                 match.group(1) == '<', match.group(2)) for match in INCLUDE.finditer(bare)]

    def line_of(self, offset):
        return self.code.count('\n', 0, offset) + 1

    @cached_property
    def _statements(self):
        """Top-level statements: (first line, last line, head, is a block)."""
        found = []
        depth = 0
        head, first, is_block = [], 0, False
        for number, line in enumerate(self.plain_code.split('\n'), 1):
            if depth == 0:
                if not head and not line.strip():
                    continue
                if not head:
                    first, is_block = number, False
                head.append(line)
            opened = line.count('{')
            depth_before = depth
            depth += opened - line.count('}')
            if depth_before == 0 and opened > 0:
                is_block = True
            if depth <= 0 and (line.rstrip().endswith(';') or line.rstrip().endswith('}')):
                depth = 0
                if head:
                    found.append((first, number, '\n'.join(head), is_block))
                head = []
        return found

    @cached_property
    def functions(self):
        found = []
        for first, last, head, is_block in self._statements:
            start = head.split('{')[0]
            if is_block and '(' in start and ('=' not in start or start.startswith(TEST_MACROS)) \
                    and not re.match(r'\s*typedef\b', start):
                found.append(Function(first, last, start))
        return found

    @cached_property
    def declarations(self):
        """Function declarations and inline functions of a header: (line, name, head)."""
        found = []
        for first, _, head, is_block in self._statements:
            start = head.split('{')[0] if is_block else head.split(';')[0]
            if '(' not in start or '=' in start or re.match(r'\s*typedef\b', start) \
                    or start.startswith(('static_assert', '_Static_assert')):
                continue
            found.append((first, name_of(start), start))
        return found

    def strings_with_lines(self):
        """String literals outside comments: (line, text between the quotes)."""
        for match in TOKEN.finditer(self.text):
            if match.group().startswith('"'):
                yield self.text.count('\n', 0, match.start()) + 1, match.group()[1:-1]
