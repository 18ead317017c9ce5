"""The rules. Each takes a Tree and yields findings; README of the numbers: style.md, section 8."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from c_source import Source, STRING, TOKEN

FUNCTION_LINES = 70
SOURCE_LINES = 999
HEADER_LINES = 299
LINE_COLUMNS = 100
PARAMETERS = 6

FORMATTER = 'clang-format-14'
COMPILE = ['gcc', '-std=c17', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64', '-Isrc', '-Itests',
           '-Wall', '-Wextra', '-fsyntax-only', '-fdiagnostics-color=never', '-x', 'c']


class Finding:
    """`subject` is what an exception names besides rule and path."""

    def __init__(self, rule, path, line, subject, message):
        self.rule = rule
        self.path = path
        self.line = line
        self.subject = subject
        self.message = message

    def __str__(self):
        return f'{self.path}:{self.line}: {self.message} [{self.rule} {self.subject}]'


class Tree:
    """The files of a repository. `build` is the debug build's directory, or None."""

    def __init__(self, root, build=None):
        self.root = Path(root)
        self.build = Path(build) if build else None

    def _sources(self, top):
        paths = sorted(path for path in (self.root / top).rglob('*') if path.suffix in ('.c', '.h'))
        return [Source(self.root, path.relative_to(self.root).as_posix()) for path in paths]

    @cached_property
    def src(self):
        return self._sources('src')

    @cached_property
    def tests(self):
        return self._sources('tests')

    @cached_property
    def layers(self):
        """folder -> set of folders, in the order of the file."""
        rows = {}
        path = self.root / 'tests/style/layers.txt'
        for line in path.read_text().splitlines():
            if '->' in line and not line.startswith('#'):
                name, _, others = line.partition('->')
                rows[name.strip()] = others.split()
        return rows

    def read(self, path):
        path = self.root / path
        return path.read_text(encoding='utf-8') if path.exists() else ''


# ---- 1. Layers ----

def check_layers(tree):
    rows = tree.layers
    for name, others in rows.items():
        above = list(rows)[list(rows).index(name):]
        for other in others:
            if other not in rows or other in above:
                yield Finding('layers', 'tests/style/layers.txt', 1, name,
                              f'the row of {name} names {other}, which has no row below it')
    for source in tree.src:
        if source.folder not in rows:
            yield Finding('layers', source.path, 1, source.folder,
                          f'folder {source.folder} has no row in tests/style/layers.txt')
            continue
        yield from check_includes(tree, source)


def check_includes(tree, source):
    for line, is_system, name in source.includes:
        is_ours = (tree.root / 'src' / name).exists()
        if is_system:
            if is_ours:
                yield Finding('layers', source.path, line, name, f'write "{name}", not <{name}>')
            continue
        if name == 'app.h':
            if source.path not in ('src/main.c', 'src/app.c'):
                yield Finding('layers', source.path, line, name, 'only main.c may include app.h')
            continue
        if not re.fullmatch(r'[a-z0-9_]+/[a-z0-9_]+\.h', name) or not is_ours:
            yield Finding('layers', source.path, line, name,
                          f'"{name}" is not the "folder/file.h" of a file in src/')
            continue
        folder = name.split('/')[0]
        if folder != source.folder and folder not in tree.layers[source.folder]:
            yield Finding('layers', source.path, line, name,
                          f'{source.folder}/ may not include {folder}/ (tests/style/layers.txt)')
        elif name.endswith('_internal.h') and folder != source.folder:
            yield Finding('layers', source.path, line, name, f'{name} belongs to {folder}/ alone')


def module_graph(tree):
    graph = {}
    for source in tree.src:
        edges = graph.setdefault(source.module, set())
        for _, is_system, name in source.includes:
            target = name.removesuffix('.h').removesuffix('_internal')
            if not is_system and target != source.module:
                edges.add(target)
    return graph


def cycles(graph):
    """Tarjan's strongly connected components of more than one module."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            members = []
            while not members or members[-1] != node:
                members.append(stack.pop())
            if len(members) > 1:
                found.append(sorted(members))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def check_cycles(tree):
    for members in cycles(module_graph(tree)):
        path = f'src/{members[0]}.h'
        yield Finding('cycle', path, 1, ','.join(members),
                      'modules include each other: ' + ' '.join(members))


def compiled_headers(tree):
    """Those that come first in a source that the build has compiled: they compile alone."""
    for source in tree.src if tree.build else []:
        path = tree.build / 'obj' / Path(source.path).relative_to('src').with_suffix('.o')
        if not source.is_header and path.exists() and source.includes:
            yield 'src/' + source.includes[0][2]


def check_headers_compile(tree):
    compiled = set(compiled_headers(tree))
    headers = [source.path for source in tree.src + tree.tests
               if source.is_header and source.path not in compiled]
    halves = [headers[0::2], headers[1::2]]

    def compile_all(paths):
        if not paths:
            return ''
        return subprocess.run(COMPILE + paths, cwd=tree.root, capture_output=True,
                              text=True, check=False).stderr

    with ThreadPoolExecutor(2) as pool:
        output = ''.join(pool.map(compile_all, halves))
    for match in re.finditer(r'^([^\s:]+):(\d+):\d+: (?:fatal )?(?:error|warning): (.*)$', output,
                             re.MULTILINE):
        yield Finding('alone', match.group(1), match.group(2), 'compile',
                      f'the header does not compile alone: {match.group(3)}')


# ---- 2. Hidden coupling ----

def check_extern(tree):
    for source in tree.src:
        for match in re.finditer(r'\bextern\b([^;{]*)', source.code):
            line = source.line_of(match.start())
            if not source.is_header:
                yield Finding('extern', source.path, line, 'extern',
                              'extern in a .c: include the header of the module that owns it')
            elif 'const' not in match.group(1):
                yield Finding('extern', source.path, line, 'extern',
                              'a variable that others may change: hide it behind functions')


def check_linking(tree):
    """An archive may use only what its row's archives define; unit tests link with these alone."""
    if tree.build is None:
        return
    archives = {path.stem[len('lib'):]: path for path in sorted(tree.build.glob('lib*.a'))}
    archives = {name: path for name, path in archives.items() if name in tree.layers}
    owner = {}
    for name, path in archives.items():
        for symbol in symbols(path, '--defined-only'):
            owner[symbol] = name
    for path in sorted((tree.build / 'obj').glob('*.o')):
        for symbol in symbols(path, '--defined-only'):
            owner[symbol] = path.stem
    for name, path in archives.items():
        for symbol in sorted(symbols(path, '--undefined-only')):
            folder = owner.get(symbol, name)
            if folder != name and folder not in tree.layers[name]:
                line_path, line = find_word(tree, name, symbol)
                yield Finding('link', line_path, line, symbol,
                              f'{name}/ uses {symbol} of {folder}/, which is not in its row')


def symbols(path, which):
    output = subprocess.run(['nm', '--extern-only', which, str(path)], capture_output=True,
                            text=True, check=False).stdout
    return {line.split()[-1] for line in output.splitlines() if re.search(r' [A-Za-z] \S+$', line)}


def find_word(tree, folder, word):
    pattern = re.compile(rf'\b{re.escape(word)}\b')
    for source in tree.src:
        if source.folder == folder and not source.is_header:
            match = pattern.search(source.code)
            if match:
                return source.path, source.line_of(match.start())
    return f'src/{folder}', 1


# ---- 3. State ----

def check_state(tree):
    if tree.build is None:
        return
    objects = {}
    for source in tree.src:
        if source.is_header:
            continue
        path = tree.build / 'obj' / Path(source.path).relative_to('src').with_suffix('.o')
        if path.exists():
            objects[str(path)] = source
        else:
            yield Finding('state', source.path, 1, 'object', f'{path} has not been built')
    if not objects:
        return
    output = subprocess.run(['objdump', '-t', *objects], capture_output=True, text=True,
                            check=False).stdout
    source = None
    for line in output.splitlines():
        header = re.match(r'(\S+\.o):\s+file format', line)
        if header:
            source = objects[header.group(1)]
            continue
        found = re.match(r'[0-9a-f]+ .{6}O (\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$', line)
        if found and is_mutable_section(found.group(1)):
            name = re.sub(r'\.\d+$', '', found.group(2))
            at = re.search(rf'\b{re.escape(name)}\b', source.code)
            yield Finding('state', source.path, source.line_of(at.start()) if at else 1, name,
                          f'{name} is mutable state at file scope; put it into a struct')


def is_mutable_section(section):
    if section.startswith(('.data.rel.ro', '.rodata')):
        return False
    return section.startswith(('.data', '.bss', '.tdata', '.tbss', '*COM*', '.lbss', '.ldata'))


# ---- 4. Owners ----

# What, as calls; as includes; who may.
OWNERS = (
    ('the allocator',
     r'(?:malloc|calloc|realloc|reallocarray|free|posix_memalign|aligned_alloc|memalign|strdup|'
     r'strndup|asprintf|vasprintf|getline|getdelim|open_memstream|je_\w+|mallctl\w*|[msrd]allocx|'
     r'sdallocx|malloc_usable_size)',
     r'(?:jemalloc/.*|malloc\.h)', ('src/base/alloc.c',)),
    ('epoll and sockets',
     r'(?:epoll_\w+|socket|socketpair|bind|listen|accept4?|connect|recv|recvfrom|recvmsg|send|'
     r'sendto|sendmsg|setsockopt|getsockopt|getsockname|getpeername|getaddrinfo|poll|ppoll|'
     r'select)',
     r'(?:sys/epoll\.h|sys/socket\.h|sys/un\.h|netinet/.*|arpa/inet\.h|netdb\.h|poll\.h)',
     ('src/net/',)),
    ('OpenSSL', r'(?:SSL_\w+|EVP_\w+|ERR_\w+_error\w*|BIO_\w+|X509_\w+)', r'openssl/.*',
     ('src/net/tls.c', 'src/net/tls.h')),
    ('Lua', r'(?:lua_State|luaL_\w+)', r'(?:.*/)?(?:lua|luajit|lauxlib|lualib)\.h', ('src/script/',)),
    ('new processes',
     r'(?:fork|vfork|clone3?|posix_spawnp?|system|popen|exec[lv]p?e?|daemon)', r'spawn\.h',
     ('src/main.c',)),
    ('threads', r'(?:pthread_\w+|thrd_\w+|mtx_\w+|cnd_\w+)', r'(?:pthread|threads)\.h',
     ('src/base/worker.c',)),
    # A function of nothing else has no effect to gcc, which drops calls of it.
    ('bare prefetches', r'__builtin_prefetch', r'xmmintrin\.h', ('src/base/cache.h',)),
)
THREAD_LOCAL = re.compile(r'\b(_Thread_local|thread_local|__thread)\b')
FORBIDDEN = re.compile(
    r'(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|stpcpy|strtok|gets|atoi|atol|atoll|atof|alloca|'
    r'rand|srand)\s*\(')


def check_owners(tree):
    for source in tree.src:
        for what, calls, headers, owners in OWNERS:
            if any(source.path == owner or (owner.endswith('/') and source.path.startswith(owner))
                   for owner in owners):
                continue
            yield from check_owner(source, what, calls, headers, owners)
        for match in THREAD_LOCAL.finditer(source.code):
            yield Finding('owner', source.path, source.line_of(match.start()), match.group(),
                          'state of a thread: put it into a struct')
    for source in tree.src + tree.tests:
        for match in FORBIDDEN.finditer(source.plain_code):
            yield Finding('owner', source.path, source.line_of(match.start()), match.group(1),
                          f'{match.group(1)} is not to be used anywhere')


def check_owner(source, what, calls, headers, owners):
    # A type such as lua_State is named, a function is called; fields and methods are not meant.
    pattern = rf'(?<![\w.])(?<!->)({calls})\b(?=\s*\(|\s*\*)'
    for match in re.finditer(pattern, source.plain_code):
        if is_member_declaration(source, match):
            continue
        yield Finding('owner', source.path, source.line_of(match.start()), match.group(1),
                      f'{match.group(1)}: {what} only in {" ".join(owners)}')
    for line, is_system, name in source.includes:
        if is_system and re.fullmatch(headers, name):
            yield Finding('owner', source.path, line, name,
                          f'<{name}>: {what} only in {" ".join(owners)}')


def is_member_declaration(source, match):
    """True of `void (*free)(…)`: the name follows a star inside a parenthesis."""
    return source.plain_code[:match.start()].rstrip().endswith('(*')


# ---- 5. Size and form ----

def check_form(tree):
    for source in tree.src + tree.tests:
        yield from check_sizes(source)
        yield from check_words(source)
        if source.is_header:
            yield from check_header(source)


def check_sizes(source):
    count = len(source.lines) - (1 if source.lines[-1] == '' else 0)
    limit = HEADER_LINES if source.is_header else SOURCE_LINES
    if count > limit:
        yield Finding('size', source.path, limit, 'file', f'{count} lines; at most {limit}')
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_COLUMNS:
            yield Finding('size', source.path, number, 'line',
                          f'{len(line)} columns; at most {LINE_COLUMNS}')
    for function in source.functions:
        count = function.last_line - function.line + 1
        if count > FUNCTION_LINES:
            yield Finding('size', source.path, function.line, function.name,
                          f'{function.name} has {count} lines; at most {FUNCTION_LINES}')
        if function.parameter_count > PARAMETERS:
            yield Finding('size', source.path, function.line, function.name,
                          f'{function.name} has {function.parameter_count} parameters; at most '
                          f'{PARAMETERS}')


def check_words(source):
    for match in re.finditer(r'\b(TODO|FIXME|XXX)\b(.*)', source.comments):
        if not re.search(r'#\d+', match.group(2)):
            yield Finding('form', source.path, source.line_of(match.start()), match.group(1),
                          f'{match.group(1)} without the number of an issue (#123)')
    for pattern, message in (
            (r'^\s*#\s*if\s+0\b', '#if 0: delete what is not compiled'),
            (r'^\s*#\s*pragma\s+(?:GCC|clang)\s+diagnostic|\b_Pragma\b',
             'a warning is silenced by better code, not by a pragma'),
            (r'^\s*#\s*define\s+_(?:GNU_SOURCE|FILE_OFFSET_BITS|DEFAULT_SOURCE)\b',
             'feature macros stand in the Makefile')):
        for match in re.finditer(pattern, source.code, re.MULTILINE):
            yield Finding('form', source.path, source.line_of(match.start() + 1), 'preprocessor',
                          message)
    if source.path.startswith('src/') and not source.path.startswith('src/commands/'):
        match = re.search(r'clang-format off', source.comments)
        if match:
            yield Finding('form', source.path, source.line_of(match.start()), 'format',
                          'only command rows stand between clang-format off and on')


def check_header(source):
    stem = source.stem
    if not re.match(rf'/\*\s*(?:\*\s*)?{re.escape(stem)}: \S', source.text):
        yield Finding('form', source.path, 1, 'opening',
                      f'a header opens with a comment "{stem}: what it is for"')
    comment_lines = source.comments.split('\n')
    code_lines = source.code.split('\n')
    for line, name, _ in source.declarations:
        # A comment is that of all declarations below it up to an empty line.
        at = line - 1
        while at > 0 and source.lines[at - 1].strip():
            at -= 1
            if comment_lines[at].strip() and not code_lines[at].strip():
                break
        else:
            yield Finding('contract', source.path, line, name,
                          f'{name} has no contract: say what it does and returns')


def check_format(tree):
    paths = [source.path for source in tree.src + tree.tests]
    try:
        output = subprocess.run([FORMATTER, '--dry-run', *paths], cwd=tree.root,
                                capture_output=True, text=True, check=False).stderr
    except FileNotFoundError:
        print(f'note: {FORMATTER} is not to be had here, the formatting is not checked')
        return
    seen = set()
    for match in re.finditer(r'^([^\s:]+):(\d+):\d+: warning: code should be clang-formatted',
                             output, re.MULTILINE):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            yield Finding('format', match.group(1), match.group(2), 'format',
                          'not as `make format` leaves it')


# ---- 6. Mirror ----

UNIT_FOLDERS = ('base', 'structs', 'types', 'keyspace', 'proto', 'net', 'persist')


def check_unit_tests(tree):
    modules = {}
    for source in tree.src:
        if source.folder in UNIT_FOLDERS and source.is_header \
                and not source.stem.endswith('_internal') and source.declarations:
            modules[source.folder, source.stem] = source.path
    tested = set()
    for source in tree.tests:
        parts = source.path.split('/')
        if parts[1] == 'unit' and len(parts) == 4 and not source.is_header:
            if not source.stem.startswith('test_'):
                continue
            module = parts[2], source.stem.removeprefix('test_')
            tested.add(module)
            folder_is_deep = parts[2] in UNIT_FOLDERS
            if folder_is_deep and module not in modules:
                yield Finding('unit', source.path, 1, module[1],
                              f'there is no module src/{parts[2]}/{module[1]}.h')
    for (folder, stem), path in sorted(modules.items()):
        if (folder, stem) not in tested:
            yield Finding('unit', path, 1, stem,
                          f'no unit test tests/unit/{folder}/test_{stem}.c')


def command_rows(tree):
    """(path, line, name) of each command row; a subcommand is "config get"."""
    for source in tree.src:
        if source.folder != 'commands':
            continue
        for table in re.finditer(r'struct command (?:\w+)\[\] = \{\n(.*?)\n\};', source.text,
                                 re.DOTALL):
            for row in re.finditer(r'^    \{(.*?)^    \},', table.group(1),
                                   re.DOTALL | re.MULTILINE):
                name = re.search(r'\.name = "([^"]+)"', row.group(1))
                parent = re.search(r'\.parent = "([^"]+)"', row.group(1))
                if name:
                    line = source.line_of(table.start(1) + row.start(1) + name.start())
                    full = f'{parent.group(1)} {name.group(1)}' if parent else name.group(1)
                    yield source.path, line, full


SENDERS = ('unit', 'support', 'style', 'fuzz', 'bench', 'oracle')


def sent_words(tree):
    """Names that socket tests send: "get", "config set", lower case.

    A command starts a string, or follows `;`, a line end, or a mark of support/script.h. Strings
    that follow each other after a comma, as in an argv, are also read as one.
    """
    sent = set()
    for source in tree.tests:
        parts = source.path.split('/')
        if source.is_header or len(parts) < 3 or parts[1] in SENDERS:
            continue
        text = TOKEN.sub(lambda match: ' ' if match.group().startswith('/') else match.group(),
                         source.text)
        text = re.sub(r'(?<!\\)"\s*"', '', text)
        for version in (text, re.sub(r'(?<!\\)"\s*,\s*"', ' ', text)):
            for match in STRING.finditer(version):
                sent.update(commands_in(match.group(1)))
    return sent


def commands_in(string):
    string = re.sub(r'(?:\\r)?\\n', ' ; ', string)
    string = re.sub(r'\*\d+ ; ', ' ; ', string)          # a request in RESP: *2 $3 GET $1 k
    string = re.sub(r'(?: ; )?\$\d+ ; ', ' ', string)
    for part in re.split(r'(?:^|\s);(?:\s|$)|\b[A-Z]>\s*|(?<!\S)[&?~]+', string.strip()):
        words = part.lower().split()
        yield from (' '.join(words[:count]) for count in (1, 2) if len(words) >= count)


def check_commands_sent(tree):
    sent = sent_words(tree)
    for path, line, name in command_rows(tree):
        if name not in sent:
            yield Finding('sent', path, line, name.replace(' ', '|'),
                          f'no test below tests/ sends {name.upper()}')


MAP = 'src/README.md'


def map_entries(text):
    """Of the tree in the first ``` block: (line, folder, name), and the rows (line, folder, others).

    `name` of an entry may be name.h, name.c, or name for both.
    """
    entries, rows, folder, is_inside = [], [], '', False
    for number, line in enumerate(text.split('\n'), 1):
        if line.startswith('```'):
            if is_inside:
                break
            is_inside = True
            continue
        if not is_inside:
            continue
        top = re.match(r'(\w+)/\s*(?:(?:->|→)\s*(.*))?$', line)
        if top:
            folder = top.group(1)
            rows.append((number, folder, (top.group(2) or '').split()))
            continue
        if re.match(r'\S', line):
            folder = ''
        entry = re.match(r'(?:  )?((?:[\w.]+)(?:, [\w.]+)*)\s{2,}\S', line)
        if entry:
            for name in entry.group(1).split(', '):
                entries.append((number, folder, name))
    return entries, rows


def check_map(tree):
    files = set()
    for path in (tree.root / 'src').rglob('*'):
        if path.is_file() and path.name != 'README.md':
            files.add(path.relative_to(tree.root / 'src').as_posix())
    entries, rows = map_entries(tree.read(MAP))
    named = set()
    for line, folder, name in entries:
        base = f'{folder}/{name}' if folder else name
        names = [base] if '.' in name else [base + '.h', base + '.c']
        for each in names:
            if each == 'README.md':
                continue
            if each not in files:
                yield Finding('map', MAP, line, each, f'src/{each} does not exist')
            elif each in named:
                yield Finding('map', MAP, line, each, f'src/{each} has a second line')
            named.add(each)
    for each in sorted(files - named):
        where = f'under {each.split("/")[0]}/' if '/' in each else 'at the top'
        yield Finding('map', f'src/{each}', 1, each,
                      f'not in the map: add a line "  {Path(each).name}   what it is for" to the '
                      f'tree in {MAP}, {where} (without .h and .c it stands for both)')
    for line, folder, others in rows:
        row = tree.layers.get(folder)
        wanted = row if row is not None else []
        if row is None or sorted(others) != sorted(wanted):
            yield Finding('map', MAP, line, folder,
                          f'{folder}/ → {" ".join(others)}: tests/style/layers.txt says '
                          f'{" ".join(wanted) if row is not None else "nothing of it"}')


# ---- All of them. The keys are what exceptions.txt names. ----

RULES = (check_layers, check_cycles, check_headers_compile, check_extern, check_linking,
         check_state, check_owners, check_form, check_format, check_unit_tests,
         check_commands_sent, check_map)
NAMES = ('layers', 'cycle', 'alone', 'extern', 'link', 'state', 'owner', 'size', 'form',
         'contract', 'format', 'unit', 'sent', 'map')
# Never excepted: what is missing is written, what is out of shape is formatted.
WITHOUT_EXCEPTIONS = ('alone', 'format', 'unit', 'sent', 'map', 'layers')
