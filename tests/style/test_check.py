#!/usr/bin/env python3
"""Shows that each rule finds what it is for: small trees with one mistake, and one with none."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check
import rules

LAYERS = 'base ->\nnet -> base\nscript -> base\ncommands -> base\napp -> base net commands\nmain ->\n'
MAP = ('```\napp.h   the app\nbase/ →\n  good   a module\n```\n')
HEADER = ('/*\n * {0}: something.\n */\n#ifndef H_{0}\n#define H_{0}\n\n'
          '/* Does it. */\nint {0}_do(int a);\n\n#endif\n')
SOURCE = ('#include "base/{0}.h"\n\nint {0}_do(int a) {{\n    return a;\n}}\n')
UNIT = '#include <criterion/criterion.h>\n\nTest({0}, does_it) {{\n    cr_assert(1);\n}}\n'

REPOSITORY = Path(__file__).resolve().parent.parent.parent

GOOD = {
    '.clang-format': Path(REPOSITORY, '.clang-format').read_text(encoding='utf-8'),
    'tests/style/layers.txt': LAYERS,
    'tests/style/exceptions.txt': '',
    'src/README.md': MAP,
    'src/app.h': HEADER.format('app'),
    'src/base/good.h': HEADER.format('good'),
    'src/base/good.c': SOURCE.format('good'),
    'tests/unit/base/test_good.c': UNIT.format('good'),
}


class Case(unittest.TestCase):
    """A tree in a temporary directory."""

    def tree(self, changes, build=None):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        for path, text in {**GOOD, **changes}.items():
            full = Path(directory.name, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text, encoding='utf-8')
        return rules.Tree(directory.name, build and Path(directory.name, build))

    def found(self, rule, changes):
        return [str(finding) for finding in rule(self.tree(changes))]

    def assert_found(self, rule, changes, *texts):
        """One finding for each text, in this order, and no other."""
        findings = self.found(rule, changes)
        self.assertEqual(len(findings), len(texts), findings)
        for finding, text in zip(findings, texts):
            self.assertIn(text, finding)

    def build(self, changes):
        """Compiles src/ into objects and archives, as `make debug` does."""
        tree = self.tree(changes, 'build')
        for source in tree.src:
            if source.is_header:
                continue
            target = tree.build / 'obj' / Path(source.path).relative_to('src').with_suffix('.o')
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(['gcc', '-c', '-Isrc', '-O0', source.path, '-o', str(target)],
                           cwd=tree.root, check=True)
            if source.path.count('/') > 1:
                archive = tree.build / f'lib{source.folder}.a'
                subprocess.run(['ar', 'rcs', str(archive), str(target)], check=True)
        return tree


class Good(Case):
    def test_a_good_tree_has_no_finding(self):
        for rule in rules.RULES:
            self.assertEqual(self.found(rule, {}), [], rule.__name__)


class Layers(Case):
    def test_an_include_that_points_up(self):
        self.assert_found(rules.check_layers,
                          {'src/net/n.h': '', 'src/base/good.c': '#include "net/n.h"\n'},
                          'src/base/good.c:1: base/ may not include net/')

    def test_an_include_without_folder(self):
        self.assert_found(rules.check_layers, {'src/base/good.c': '\n#include "good.h"\n'},
                          'src/base/good.c:2: "good.h" is not the "folder/file.h"')

    def test_an_include_in_a_comment_is_none(self):
        self.assert_found(rules.check_layers, {'src/base/good.c': '/*\n#include "good.h"\n*/\n'})

    def test_an_own_file_as_system_header(self):
        self.assert_found(rules.check_layers, {'src/base/good.c': '#include <base/good.h>\n'},
                          'write "base/good.h"')

    def test_the_internal_header_of_another_folder(self):
        self.assert_found(rules.check_layers,
                          {'src/base/b_internal.h': '',
                           'src/net/n.c': '#include "base/b_internal.h"\n'},
                          'belongs to base/ alone')

    def test_app_outside_of_main(self):
        self.assert_found(rules.check_layers,
                          {'src/main.c': '#include "app.h"\n', 'src/net/n.c': '#include "app.h"\n'},
                          'src/net/n.c:1: only main.c')

    def test_a_folder_without_a_row(self):
        self.assert_found(rules.check_layers, {'src/other/o.c': ''}, 'folder other has no row')

    def test_a_row_that_points_up(self):
        self.assert_found(rules.check_layers,
                          {'tests/style/layers.txt': LAYERS.replace('base ->', 'base -> net')},
                          'the row of base names net')

    def test_a_cycle_between_modules(self):
        self.assert_found(rules.check_cycles,
                          {'src/net/a.c': '#include "net/b.h"\n', 'src/net/a.h': '',
                           'src/net/b.h': '', 'src/net/b.c': '#include "net/c.h"\n',
                           'src/net/c.h': '#include "net/a.h"\n'},
                          'net/a net/b net/c')

    def test_an_internal_header_is_part_of_its_module(self):
        self.assert_found(rules.check_cycles,
                          {'src/net/a.c': '#include "net/a_internal.h"\n', 'src/net/a.h': '',
                           'src/net/a_internal.h': '#include "net/a.h"\n'})

    def test_a_header_that_does_not_compile_alone(self):
        self.assert_found(rules.check_headers_compile,
                          {'src/base/good.h': HEADER.format('good').replace('int a', 'size_t a')},
                          'src/base/good.h:8: the header does not compile alone')

    def test_a_header_that_its_built_source_includes_first_compiles_alone(self):
        self.assertEqual(list(rules.compiled_headers(self.build({}))), ['src/base/good.h'])
        self.assertEqual(list(rules.compiled_headers(self.tree({}))), [])


class Coupling(Case):
    def test_extern_in_a_source(self):
        self.assert_found(rules.check_extern, {'src/base/good.c': 'int a;\nextern int b;\n'},
                          'src/base/good.c:2: extern in a .c')

    def test_a_variable_in_a_header(self):
        self.assert_found(rules.check_extern, {'src/base/good.h': 'extern int b;\n'}, 'hide it')

    def test_a_constant_in_a_header_is_allowed(self):
        self.assert_found(rules.check_extern, {'src/base/good.h': 'extern const int b;\n'})

    def test_an_archive_that_uses_another_folder(self):
        tree = self.build({'src/net/n.c': 'int net_do(int a) {\n    return a;\n}\n',
                           'src/base/good.c': 'int net_do(int a);\n\nint f(void) {\n'
                                              '    return net_do(1);\n}\n'})
        findings = [str(finding) for finding in rules.check_linking(tree)]
        self.assertEqual(len(findings), 1, findings)
        self.assertIn('src/base/good.c:1: base/ uses net_do of net/', findings[0])


class State(Case):
    def test_variables_of_every_kind_and_no_constant(self):
        tree = self.build({'src/base/good.c': 'static int in_data = 1;\n'
                                              'int in_bss;\n'
                                              'static const char *names[] = {"a"};\n'
                                              'static const char *const constants[] = {"a"};\n'
                                              'static const int number = 3;\n'
                                              'int f(void);\n\nint f(void) {\n'
                                              '    static int in_function;\n'
                                              '    return in_function++ + in_data++ + number +\n'
                                              '           names[0][0] + constants[0][0];\n}\n'})
        subjects = sorted(finding.subject for finding in rules.check_state(tree))
        self.assertEqual(subjects, ['in_bss', 'in_data', 'in_function', 'names'])

    def test_a_source_that_was_not_built(self):
        tree = self.build({})
        Path(tree.root, 'src/base/new.c').write_text('int a;\n', encoding='utf-8')
        findings = [str(each) for each in rules.check_state(rules.Tree(tree.root, tree.build))]
        self.assertEqual(len(findings), 1, findings)
        self.assertIn('src/base/new.c:1:', findings[0])
        self.assertIn('has not been built', findings[0])


class Owners(Case):
    def owner(self, path, text, *texts):
        self.assert_found(rules.check_owners, {path: text}, *texts)

    def test_the_allocator(self):
        self.owner('src/base/good.c', 'x = malloc(3);\n', 'malloc: the allocator only in')
        self.owner('src/base/good.c', '#include <jemalloc/jemalloc.h>\n', 'the allocator only in')
        self.owner('src/base/alloc.c', 'x = malloc(3);\n')
        self.owner('src/base/good.c', 'ops->free(x); y.free(x); /* free(x) */ s = "free(x)";\n')
        self.owner('src/base/good.h', 'struct ops {\n    void (*free)(void *value);\n};\n')

    def test_sockets(self):
        self.owner('src/base/good.c', 'x = epoll_wait(1);\n', 'epoll_wait: epoll and sockets')
        self.owner('src/base/good.c', '#include <sys/socket.h>\n', 'epoll and sockets')
        self.owner('src/net/n.c', '#include <sys/socket.h>\nx = socket(1);\n')

    def test_libraries(self):
        self.owner('src/net/n.c', '#include <openssl/ssl.h>\n', 'OpenSSL only in')
        self.owner('src/net/tls.c', '#include <openssl/ssl.h>\n')
        self.owner('src/commands/s.c', 'lua_State *x;\n', 'Lua only in src/script/')
        self.owner('src/script/s.c', 'lua_State *x;\n')

    def test_processes_and_threads(self):
        self.owner('src/base/good.c', 'x = fork();\n', 'new processes only in src/main.c')
        self.owner('src/main.c', 'x = fork();\n')
        self.owner('src/base/good.c', 'pthread_create(x);\n', 'threads only in src/base/worker.c')
        self.owner('src/base/good.c', 'static _Thread_local int x;\n', 'state of a thread')

    def test_prefetches(self):
        self.owner('src/base/good.c', '__builtin_prefetch(x);\n', 'bare prefetches only in')
        self.owner('src/base/cache.h', '__builtin_prefetch(x);\n')

    def test_forbidden_functions(self):
        for name in ('strcpy', 'strcat', 'sprintf', 'strtok', 'atoi', 'alloca', 'rand'):
            self.owner('src/base/good.c', f'x = {name}(y);\n', f'{name} is not to be used')
            self.owner('tests/server/test_x.c', f'x = {name}(y);\n', f'{name} is not to be used')
        self.owner('src/base/good.c', 'x = snprintf(y); z = good_atoi(y); my_rand(x);\n')


class Form(Case):
    def form(self, path, text, *texts):
        self.assert_found(rules.check_form, {path: text}, *texts)

    def test_lengths_of_files(self):
        self.form('src/base/good.c', '\n' * 999)
        self.form('src/base/good.c', '\n' * 1000, '1000 lines; at most 999')
        header = HEADER.format('good')
        self.form('src/base/good.h', header + '\n' * (299 - header.count('\n')))
        self.form('src/base/good.h', header + '\n' * (300 - header.count('\n')), 'at most 299')

    def test_length_of_a_line(self):
        self.form('src/base/good.c', '/' * 2 + 'é' * 98 + '\n')
        self.form('src/base/good.c', '\n/' + '/' * 100 + '\n', 'good.c:2: 101 columns')

    def test_length_of_a_function(self):
        body = '    a++;\n' * 68
        self.form('src/base/good.c', 'static int f(int a) {\n' + body + '}\n')
        self.form('src/base/good.c', '\nstatic int f(int a) {\n' + body + '    a++;\n}\n',
                  'good.c:2: f has 71 lines')
        self.form('tests/server/test_x.c', 'Test(x, y, .init = z) {\n' + body + '    a++;\n}\n',
                  'has 71 lines')
        self.form('src/base/good.c', 'struct x f(int a,\n           int b) {\n' + body + '}\n',
                  'f has 71 lines')

    def test_a_long_table_is_no_function(self):
        self.form('src/base/good.c', 'static const int x[] = {\n' + '    F(1),\n' * 100 + '};\n')

    def test_number_of_parameters(self):
        self.form('src/base/good.c', 'void f(int a, int b, int c, int d, int e, int (*g)(int, int))'
                                     ' {\n}\n')
        self.form('src/base/good.c', 'void f(int a, int b, int c, int d, int e,\n       int g, int h)'
                                     ' {\n}\n', 'f has 7 parameters')

    def test_words_and_preprocessor(self):
        self.form('src/base/good.c', '/* TODO #12: later */\n')
        self.form('src/base/good.c', 'int a; /* TODO: later */\n', 'TODO without')
        self.form('src/base/good.c', 'int a;\n#if 0\n#endif\n', 'good.c:2: #if 0')
        self.form('src/base/good.c', '#pragma GCC diagnostic ignored "-Wall"\n', 'not by a pragma')
        self.form('src/base/good.c', '#define _GNU_SOURCE\n', 'feature macros')
        self.form('src/base/good.c', '/* clang-format off */\n', 'only command rows')
        self.form('src/commands/x.c', '/* clang-format off */\n')

    def test_opening_comment(self):
        self.form('src/base/good.h', '#ifndef X\n#endif\n', 'opens with a comment "good: ')
        self.form('src/base/good.h', '/* bad: x */\n', 'opens with a comment "good: ')

    def test_contracts(self):
        start = '/* good: x */\n\n'
        self.form('src/base/good.h', start + '/* Makes. */\nint a(void);\nint b(void);\n')
        self.form('src/base/good.h', start + 'int a(void);\n', 'good.h:3: a has no contract')
        self.form('src/base/good.h', start + '/* Makes. */\nint a(void);\n\nint b(void);\n',
                  'b has no contract')
        self.form('src/base/good.h', start + 'static inline int a(void) {\n    return 1;\n}\n',
                  'a has no contract')
        self.form('src/base/good.h', start + 'struct x {\n    int (*y)(int z);\n};\n'
                                     'enum { A = 1 };\nextern const int b;\n')
        self.form('src/base/good.h', start + 'enum x a(int b);\n', 'a has no contract')
        self.form('src/base/good.h', start + 'struct x *a(int b,\n            int c);\n',
                  'a has no contract')

    def test_formatting(self):
        self.assert_found(rules.check_format, {'src/base/good.c': 'int  a;\nint  b;\n'},
                          'not as `make format` leaves it')


class Mirror(Case):
    def test_a_module_without_unit_test(self):
        self.assert_found(rules.check_unit_tests, {'src/base/new.h': HEADER.format('new')},
                          'no unit test tests/unit/base/test_new.c')
        self.assert_found(rules.check_unit_tests,
                          {'src/commands/new.h': HEADER.format('new'),
                           'src/base/new_internal.h': HEADER.format('new_internal'),
                           'src/base/only_structs.h': 'struct x {\n    int a;\n};\n'})

    def test_a_unit_test_without_module(self):
        self.assert_found(rules.check_unit_tests, {'tests/unit/base/test_old.c': ''},
                          'there is no module src/base/old.h')

    ROWS = ('static const struct command rows[] = {\n'
            '    {\n        .name = "get", .arity = 2,\n    },\n'
            '    {\n        .name = "config", .arity = 2,\n    },\n'
            '    {\n        .parent = "config", .name = "set",\n    },\n};\n')

    def sent(self, test, *texts):
        self.assert_found(rules.check_commands_sent,
                          {'src/commands/x.c': self.ROWS, 'tests/commands/test_x.c': test}, *texts)

    def test_commands_that_no_test_sends(self):
        self.sent('', 'x.c:3: no test below tests/ sends GET', 'sends CONFIG', 'sends CONFIG SET')
        self.sent('a("CONFIG GET x", "GET x");\n', 'sends CONFIG SET')
        self.sent('/* "GET" "CONFIG SET" */\n', 'sends GET', 'sends CONFIG', 'sends CONFIG SET')

    def test_forms_in_which_tests_send(self):
        self.sent('a("PING ; B> &GET x ; config set a b");\n')
        self.sent('a({"CONFIG", "SET", "x"}, {"GET"});\n')
        self.sent('a("*1\\r\\n$3\\r\\nGET\\r\\n" "CONFIG SET\\r\\n");\n')

    def test_a_file_missing_from_the_map(self):
        self.assert_found(rules.check_map, {'src/base/new.c': '', 'src/top.c': ''},
                          'src/base/new.c:1: not in the map: add a line "  new.c   ',
                          'src/top.c:1: not in the map')

    def test_a_line_of_the_map_without_file(self):
        self.assert_found(rules.check_map, {'src/README.md': MAP.replace('good', 'good, old.c')},
                          'src/README.md:4: src/base/old.c does not exist')

    def test_a_map_with_another_row_than_layers(self):
        self.assert_found(rules.check_map, {'src/README.md': MAP.replace('→', '→ net')},
                          'src/README.md:3: base/ → net: tests/style/layers.txt says')


class Exceptions(Case):
    TEXT = 'owner src/base/good.c malloc: this is the reason\n'

    def findings(self, text, source):
        tree = self.tree({'tests/style/exceptions.txt': text, 'src/base/good.c': source})
        return [str(finding) for finding in
                check.apply_exceptions(tree, list(rules.check_owners(tree)))]

    def test_an_exception_allows_its_finding_alone(self):
        self.assertEqual(self.findings(self.TEXT, 'x = malloc(3);\n'), [])
        self.assertEqual(len(self.findings(self.TEXT, 'x = malloc(3); y = calloc(3);\n')), 1)

    def test_an_exception_that_no_longer_applies(self):
        findings = self.findings('# list\n' + self.TEXT, 'int a;\n')
        self.assertEqual(len(findings), 1)
        self.assertIn('exceptions.txt:2: no longer applies', findings[0])

    def test_an_exception_without_reason_or_of_no_rule(self):
        for text in ('owner src/base/good.c malloc\n', 'map src/base/good.c malloc: a reason\n',
                     'nothing src/base/good.c malloc: a reason\n'):
            self.assertEqual(len(self.findings(text, 'int a;\n')), 1, text)


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    unittest.main()
