/*
 * The libraries of scripts that make bytes: cmsgpack, struct and bit. Results, limits and error
 * texts are those of the stock server.
 */
#include "support/check.h"
#include "support/rows.h"

#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start((const char *const[]){"--busy-reply-threshold", "50", NULL});
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(cmsgpack, .init = start, .fini = stop);
TestSuite(structs, .init = start, .fini = stop);
TestSuite(bit, .init = start, .fini = stop);

/* An expression in Lua and its values, as text with blanks between them; "-…" is an error. */
struct library_row {
    const char *expression;
    const char *values;
};

/* h and x turn bytes into hexadecimal digits and back; others make large tables. */
static const char prelude[] =
    "local function h(s) return (s:gsub('.', function(c) return string.format('%02x', c:byte()) "
    "end)) end "
    "local function x(s) return (s:gsub(' ', ''):gsub('..', function(c) return "
    "string.char(tonumber(c, 16)) end)) end "
    "local function show(v) if type(v) ~= 'table' then return tostring(v) end local t = {} "
    "for k, e in pairs(v) do t[#t + 1] = show(k) .. '=' .. show(e) end table.sort(t) "
    "return '{' .. table.concat(t, ' ') .. '}' end "
    "local function fill(n, v, p) local t = {} for i = 1, n do t[p and p .. i or i] = v end "
    "return t end "
    "local function nest(n) local t = {} for i = 2, n do t = {t} end return t end "
    "local function loop() local t = {} t[1] = t return t end "
    "local function out(...) local t = {} for i = 1, select('#', ...) do "
    "t[i] = show((select(i, ...))) end return table.concat(t, ' ') end ";

/* Runs an expression. The reply is its text, or an error without the place. */
static struct buffer evaluate(struct resp_conn *conn, const char *expression) {
    struct buffer script = {0};
    buffer_append_format(&script, "%sreturn out(%s)", prelude, expression);
    resp_send_argv(conn, 3, (const char *const[]){"EVAL", buffer_text(&script), "0"}, NULL);
    buffer_release(&script);
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE, "no reply to %s", expression);
    struct buffer text = {0};
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    const char *place = strstr(value->bytes, " script: ");
    bool is_error = value->type == '-';
    buffer_append_text(&text, is_error ? "-" : "");
    buffer_append(&text, value->bytes,
                  is_error && place != NULL ? (size_t)(place - value->bytes) : value->size);
    resp_value_destroy(value);
    buffer_release(&reply);
    return text;
}

static void expect_rows(const struct library_row *rows, size_t count) {
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < count; i++) {
        struct buffer text = evaluate(conn, rows[i].expression);
        cr_expect_str_eq(buffer_text(&text), rows[i].values, "%s: %s, wanted %s",
                         rows[i].expression, buffer_text(&text), rows[i].values);
        buffer_release(&text);
    }
    resp_close(conn);
}

#define EXPECT_ROWS(rows) expect_rows((rows), sizeof(rows) / sizeof(rows)[0])

Test(cmsgpack, integers_take_the_shortest_form) {
    static const struct library_row rows[] = {
        {"h(cmsgpack.pack(0,1,127,128,255,256,65535,65536,4294967295,4294967296,2^53))",
         "00017fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000cf0020000000000000"},
        {"h(cmsgpack.pack(-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649,-2^63))",
         "ffe0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffffd38000000000000000"},
        {"cmsgpack.unpack(cmsgpack.pack(0,127,128,255,256,65535,65536,4294967295,4294967296))",
         "0 127 128 255 256 65535 65536 4294967295 4294967296"},
        {"cmsgpack.unpack(cmsgpack.pack(-1,-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649)"
         ")",
         "-1 -32 -33 -128 -129 -32768 -32769 -2147483648 -2147483649"},
        {"cmsgpack.unpack(x('cfffffffffffffffff'))", "-1"},
        {"cmsgpack.unpack(x('cf7fffffffffffffff'))", "9.2233720368548e+18"},
    };
    EXPECT_ROWS(rows);
}

Test(cmsgpack, other_numbers_are_floats_where_that_keeps_their_value) {
    static const struct library_row rows[] = {
        {"h(cmsgpack.pack(0.5,0.1,2^63,2^64,1e19,1/0,-1/0,1.5e300,1e-45))",
         "ca3f000000cb3fb999999999999aca5f000000ca5f800000cb43e158e460913d00ca7f800000caff800000cb7"
         "e41eb2d66005835cb3696d601ad376ab9"},
        {"cmsgpack.unpack(cmsgpack.pack(0.5,0.1,2^63,1e19,1/0,-1/0,1.5e300))",
         "0.5 0.1 9.2233720368548e+18 1e+19 inf -inf 1.5e+300"},
        {"cmsgpack.unpack(x('ca3f800000cb3ff0000000000000'))", "1 1"},
    };
    EXPECT_ROWS(rows);
}

Test(cmsgpack, what_has_no_form_becomes_nil) {
    static const struct library_row rows[] = {
        {"h(cmsgpack.pack('','a',true,false,nil))", "a0a161c3c2c0"},
        {"h(cmsgpack.pack(string.rep('a',31))):sub(1,4)", "bf61"},
        {"h(cmsgpack.pack(string.rep('a',32))):sub(1,6)", "d92061"},
        {"h(cmsgpack.pack(string.rep('a',255))):sub(1,6)", "d9ff61"},
        {"h(cmsgpack.pack(string.rep('a',256))):sub(1,8)", "da010061"},
        {"h(cmsgpack.pack(string.rep('a',65535))):sub(1,8)", "daffff61"},
        {"h(cmsgpack.pack(string.rep('a',65536))):sub(1,12)", "db0001000061"},
        {"h(cmsgpack.pack(h,cjson.null,coroutine.create(h),nil))", "c0c0c0c0"},
        {"cmsgpack.unpack(x('a0a161d9026263da000264 65db000000026667c0c2c3'))",
         " a bc de fg nil false true"},
    };
    EXPECT_ROWS(rows);
}

Test(cmsgpack, tables_are_arrays_or_maps) {
    static const struct library_row rows[] = {
        {"h(cmsgpack.pack({},{1,2,3},{[2]=1},{[0]=1},{[1.5]=1},{a=1},{[true]='x'}))",
         "909301020381020181000181ca3fc000000181a1610181c3a178"},
        {"h(cmsgpack.pack({1,2,nil,4}))", "83010102020404"},
        {"h(cmsgpack.pack(setmetatable({},{__index=h,__len=h})))", "90"},
        {"h(cmsgpack.pack(fill(15,1))):sub(1,6)", "9f0101"},
        {"h(cmsgpack.pack(fill(16,1))):sub(1,8)", "dc001001"},
        {"h(cmsgpack.pack(fill(65536,1))):sub(1,12)", "dd0001000001"},
        {"h(cmsgpack.pack(fill(16,1,'k'))):sub(1,6)", "de0010"},
        {"h(cmsgpack.pack(fill(65536,1,'k'))):sub(1,10)", "df00010000"},
        {"cmsgpack.unpack(x('93010203'))", "{1=1 2=2 3=3}"},
        {"cmsgpack.unpack(x('dc00020102'))", "{1=1 2=2}"},
        {"cmsgpack.unpack(x('dd000000020102'))", "{1=1 2=2}"},
        {"cmsgpack.unpack(x('82a16101a16202'))", "{a=1 b=2}"},
        {"cmsgpack.unpack(x('de0001a16101'))", "{a=1}"},
        {"cmsgpack.unpack(x('df00000001a16101'))", "{a=1}"},
        {"cmsgpack.unpack(x('93c00102'))", "{2=1 3=2}"},
        {"#cmsgpack.unpack(cmsgpack.pack(fill(70000,1)))", "70000"},
    };
    EXPECT_ROWS(rows);
}

Test(cmsgpack, unpacks_a_few_values_at_a_time) {
    static const struct library_row rows[] = {
        {"cmsgpack.unpack(x('010203'))", "1 2 3"},
        {"cmsgpack.unpack('')", ""},
        {"cmsgpack.unpack_one(x('010203'))", "1 1"},
        {"cmsgpack.unpack_one(x('010203'),1)", "2 2"},
        {"cmsgpack.unpack_one(x('010203'),2)", "-1 3"},
        {"cmsgpack.unpack_one(x('010203'),3)", "-1"},
        {"cmsgpack.unpack_one('')", "-1"},
        {"cmsgpack.unpack_limit(x('010203'),2)", "2 1 2"},
        {"cmsgpack.unpack_limit(x('010203'),3)", "-1 1 2 3"},
        {"cmsgpack.unpack_limit(x('010203'),9)", "-1 1 2 3"},
        {"cmsgpack.unpack_limit(x('010203'),0)", "1 2 3"},
        {"cmsgpack.unpack_limit(x('010203'),0,1)", "1"},
        {"cmsgpack.unpack_limit(x('010203'),2,1)", "-1 2 3"},
        {"cmsgpack.unpack_limit(x('010203'),2^31)", "-1 1 2 3"},
    };
    EXPECT_ROWS(rows);
}

Test(cmsgpack, refuses_what_is_malformed) {
    static const struct library_row rows[] = {
        {"cmsgpack.pack()",
         "-ERR user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.)"},
        {"cmsgpack.unpack()",
         "-ERR user_script:1: bad argument #1 to 'unpack' (string expected, got no value)"},
        {"cmsgpack.unpack({})",
         "-ERR user_script:1: bad argument #1 to 'unpack' (string expected, got table)"},
        {"cmsgpack.unpack_one()",
         "-ERR user_script:1: bad argument #1 to 'unpack_one' (string expected, got no value)"},
        {"cmsgpack.unpack_one(x('01'),'x')",
         "-ERR user_script:1: bad argument #2 to 'unpack_one' (number expected, got string)"},
        {"cmsgpack.unpack_one(x('01'),2)",
         "-ERR user_script:1: Start offset 2 greater than input length 1."},
        {"cmsgpack.unpack_one(x('01'),-1)",
         "-ERR user_script:1: Invalid request to unpack with offset of -1 and limit of 1."},
        {"cmsgpack.unpack_one(x('01'),1e30)",
         "-ERR user_script:1: Invalid request to unpack with offset of 0 and limit of 1."},
        {"cmsgpack.unpack_limit(x('01'))",
         "-ERR user_script:1: bad argument #2 to 'unpack_limit' (number expected, got no value)"},
        {"cmsgpack.unpack_limit(x('01'),-1)",
         "-ERR user_script:1: Invalid request to unpack with offset of 0 and limit of 1."},
        {"cmsgpack.unpack_limit(x('01'),1,-1)",
         "-ERR user_script:1: Invalid request to unpack with offset of -1 and limit of 1."},
        {"cmsgpack.unpack_limit(x('01'),1,2)",
         "-ERR user_script:1: Start offset 2 greater than input length 1."},
        {"cmsgpack.unpack(x('c1'))", "-ERR user_script:1: Bad data format in input."},
        {"cmsgpack.unpack(x('c4016100'))", "-ERR user_script:1: Bad data format in input."},
        {"cmsgpack.unpack(x('d40161'))", "-ERR user_script:1: Bad data format in input."},
        {"cmsgpack.unpack(x('92 01'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('8101'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('d903 6162'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('dbffffffff61'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('ddffffffff01'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('dfffffffff0101'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('cd01'))", "-ERR user_script:1: Missing bytes in input."},
        {"cmsgpack.unpack(x('81c001'))", "-ERR table index is nil"},
        {"cmsgpack.unpack(x('81cb7ff800000000000001'))", "-ERR table index is NaN"},
    };
    EXPECT_ROWS(rows);
}

Test(cmsgpack, nesting_is_bounded) {
    static const struct library_row rows[] = {
        {"h(cmsgpack.pack(nest(16)))", "91919191919191919191919191919190"},
        {"h(cmsgpack.pack(nest(17)))", "91919191919191919191919191919191c0"},
        {"h(cmsgpack.pack(nest(18)))", "91919191919191919191919191919191c0"},
        {"h(cmsgpack.pack(nest(1000)))", "91919191919191919191919191919191c0"},
        {"h(cmsgpack.pack(loop()))", "91919191919191919191919191919191c0"},
        {"type(cmsgpack.unpack(('\\145'):rep(3999)..'\\1'))", "table"},
        {"cmsgpack.unpack(('\\145'):rep(4000)..'\\1')",
         "-ERR user_script:1: stack overflow (in function mp_decode_to_lua_array)"},
        {"cmsgpack.unpack(('\\145'):rep(1000000)..'\\1')",
         "-ERR user_script:1: stack overflow (in function mp_decode_to_lua_array)"},
        {"type(cmsgpack.unpack(('\\129\\1'):rep(3999)..'\\1'))", "table"},
        {"cmsgpack.unpack(('\\129\\1'):rep(4000)..'\\1')",
         "-ERR user_script:1: stack overflow (too many return values at once; use unpack_one or "
         "unpack_limit instead.)"},
        {"cmsgpack.unpack(('\\129\\1'):rep(1000000)..'\\1')",
         "-ERR user_script:1: stack overflow (too many return values at once; use unpack_one or "
         "unpack_limit instead.)"},
        {"select('#',cmsgpack.unpack(('\\1'):rep(7999)))", "7999"},
        {"cmsgpack.unpack(('\\1'):rep(8000))",
         "-ERR user_script:1: stack overflow (too many return values at once; use unpack_one or "
         "unpack_limit instead.)"},
        {"select('#',cmsgpack.unpack_limit(('\\1'):rep(7999),7998))", "7999"},
        {"cmsgpack.unpack_limit(('\\1'):rep(8001),7999)",
         "-ERR user_script:1: stack overflow (in function mp_unpack_full)"},
    };
    EXPECT_ROWS(rows);
}

Test(structs, hold_numbers_in_both_byte_orders) {
    static const struct library_row rows[] = {
        {"h(struct.pack('bBhHlLTfdi',-1,2,3,4,5,6,7,1.5,2.5,9))",
         "ff02030004000500000000000000060000000000000007000000000000000000c03f000000000000044009000"
         "000"},
        {"h(struct.pack('>bBhHlLTfdi',-1,2,3,4,5,6,7,1.5,2.5,9))",
         "ff02000300040000000000000005000000000000000600000000000000073fc00000400400000000000000000"
         "009"},
        {"h(struct.pack('h>h<h',1,2,3))", "010000020300"},
        {"h(struct.pack('i1I2i3I5i8',-1,2,-3,5,-8))", "ff0200fdffff0500000000f8ffffffffffffff"},
        {"h(struct.pack('>i12<i12',-2,-2))", "00000000fffffffffffffffefeffffffffffffff00000000"},
        {"h(struct.pack('i0',5))", ""},
        {"h(struct.pack('BBhH',256,-1,32768,-1))", "00ff0080ffff"},
        {"h(struct.pack('I8I8i8i8',2^63,2^64,1e30,-1e30))",
         "0000000000000080000000000000000000000000000000000000000000000080"},
        {"h(struct.pack('i8i8fd',1.9,-1.9,1e300,0.1))",
         "0100000000000000ffffffffffffffff0000807f9a9999999999b93f"},
        {"struct.unpack('bBhHlLTfdi',x('"
         "ff02030004000500000000000000060000000000000007000000000000000000c03f000000000000044009000"
         "000'))",
         "-1 2 3 4 5 6 7 1.5 2.5 9 47"},
        {"struct.unpack('>bBhH',x('ff02fffefffe'))", "-1 2 -2 65534 7"},
        {"struct.unpack('i3I3>i3I3',x('fffffffffffffffffefffffe'))", "-1 16777215 -2 16777214 13"},
        {"struct.unpack('I8i8',x('ffffffffffffffffffffffffffffffff'))", "1.844674407371e+19 -1 17"},
        {"struct.unpack('i9i16>i9I16',('\\1\\2\\3\\4\\5\\6\\7\\8\\9\\200'):rep(6))",
         "-127 5.0609752291423e+17 -124 2.1730420546654e+17 51"},
        {"struct.unpack('i0','')", "0 1"},
    };
    EXPECT_ROWS(rows);
}

Test(structs, hold_strings_and_padding) {
    static const struct library_row rows[] = {
        {"h(struct.pack('s','abc'))", "61626300"},
        {"h(struct.pack('s','a\\0bc'))", "6100626300"},
        {"h(struct.pack('cc0c2x','abc','def','ghi'))", "61646566676800"},
        {"h(struct.pack(' b b ',1,2))", "0102"},
        {"h(struct.pack('b\\0b',1,2))", "01"},
        {"struct.unpack('s','ab\\0cd')", "ab 4"},
        {"struct.unpack('bc0c2x','\\2abcdef')", "ab cd 7"},
        {"struct.unpack('c1c0','2abc')", "ab 4"},
        {"struct.unpack('dc0',x('000000000000f07f'))", " 9"},
        {"struct.unpack('b','abc',3)", "99 4"},
        {"struct.unpack('','abc',100)", "100"},
        {"struct.unpack('','abc',-5)", "-5"},
    };
    EXPECT_ROWS(rows);
}

Test(structs, are_aligned_when_asked_for) {
    static const struct library_row rows[] = {
        {"h(struct.pack('!4bBhHlLTfdix',-1,2,3,4,5,6,7,1.5,2.5,9))",
         "ff020300040000000500000000000000060000000000000007000000000000000000c03f00000000000004400"
         "900000000"},
        {"h(struct.pack('!bd',1,1))", "0100000000000000000000000000f03f"},
        {"h(struct.pack('!4i3bi3',1,2,3))", "000001000002030000"},
        {"h(struct.pack('!8c3d','abc',1))", "6162630000000000000000000000f03f"},
        {"struct.unpack('!8bi',('\\1'):rep(8))", "1 16843009 9"},
        {"struct.unpack('!4bi6','aaaabbbbcccc')", "97 1.0927850352701e+14 11"},
        {"struct.size('!8bBhHlLTfdix')", "53"},
        {"struct.size('!1b!8d')", "16"},
        {"struct.size('!8bi5')", "10"},
    };
    EXPECT_ROWS(rows);
}

Test(structs, have_a_size) {
    static const struct library_row rows[] = {
        {"struct.size('bBhHlLTfdix')", "47"},
        {"struct.size('')", "0"},
        {"struct.size('c')", "1"},
        {"struct.size('c5')", "5"},
        {"struct.size('c2147483647c2147483647')", "4294967294"},
        {"struct.size('q')", "0"},
        {"struct.size('i32')", "32"},
    };
    EXPECT_ROWS(rows);
}

Test(structs, refuse_formats_and_values_beyond_their_limits) {
    static const struct library_row rows[] = {
        {"struct.pack()",
         "-ERR user_script:1: bad argument #1 to 'pack' (string expected, got no value)"},
        {"struct.pack({})",
         "-ERR user_script:1: bad argument #1 to 'pack' (string expected, got table)"},
        {"struct.pack('z',1)",
         "-ERR user_script:1: bad argument #1 to 'pack' (invalid format option 'z')"},
        {"struct.pack('b')",
         "-ERR user_script:1: bad argument #2 to 'pack' (number expected, got nil)"},
        {"struct.pack('bb',1)",
         "-ERR user_script:1: bad argument #3 to 'pack' (number expected, got nil)"},
        {"struct.pack('b','x')",
         "-ERR user_script:1: bad argument #2 to 'pack' (number expected, got string)"},
        {"struct.pack('b',{})",
         "-ERR user_script:1: bad argument #2 to 'pack' (number expected, got table)"},
        {"struct.pack('s')",
         "-ERR user_script:1: bad argument #2 to 'pack' (string expected, got nil)"},
        {"struct.pack('s',{})",
         "-ERR user_script:1: bad argument #2 to 'pack' (string expected, got table)"},
        {"struct.pack('c5','abc')",
         "-ERR user_script:1: bad argument #3 to 'pack' (string too short)"},
        {"struct.pack('c2147483647','abc')",
         "-ERR user_script:1: bad argument #3 to 'pack' (string too short)"},
        {"struct.pack('c2147483648','abc')", "-ERR user_script:1: integral size overflow"},
        {"struct.pack('c99999999999999999999','abc')",
         "-ERR user_script:1: integral size overflow"},
        {"struct.pack('i33',1)", "-ERR user_script:1: integral size 33 is larger than limit of 32"},
        {"struct.pack('i2147483647',1)",
         "-ERR user_script:1: integral size 2147483647 is larger than limit of 32"},
        {"struct.pack('i4294967297',1)", "-ERR user_script:1: integral size overflow"},
        {"struct.pack('!3b',1)", "-ERR user_script:1: alignment 3 is not a power of 2"},
        {"struct.pack('!0b',1)", "-ERR user_script:1: alignment 0 is not a power of 2"},
        {"struct.pack('!2147483648b',1)", "-ERR user_script:1: integral size overflow"},
    };
    EXPECT_ROWS(rows);
}

Test(structs, refuse_data_that_does_not_fit) {
    static const struct library_row rows[] = {
        {"struct.unpack()",
         "-ERR user_script:1: bad argument #1 to 'unpack' (string expected, got no value)"},
        {"struct.unpack('b')",
         "-ERR user_script:1: bad argument #2 to 'unpack' (string expected, got no value)"},
        {"struct.unpack('z','a')",
         "-ERR user_script:1: bad argument #1 to 'unpack' (invalid format option 'z')"},
        {"struct.unpack('i','abc')",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('b','a',2)",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('b','a',0)",
         "-ERR user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater)"},
        {"struct.unpack('b','a',-1)",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('b','a',1e30)",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('s','abc')", "-ERR user_script:1: unfinished string in data"},
        {"struct.unpack('c0','abc')", "-ERR user_script:1: format 'c0' needs a previous size"},
        {"struct.unpack('c1c0','xabc')", "-ERR user_script:1: format 'c0' needs a previous size"},
        {"struct.unpack('bc0','\\9abcd')",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('bc0','\\255abcd')",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('c2147483647','ab',2)",
         "-ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"},
        {"struct.unpack('i33','a')",
         "-ERR user_script:1: integral size 33 is larger than limit of 32"},
        {"struct.unpack('!3b','a')", "-ERR user_script:1: alignment 3 is not a power of 2"},
        {"select('#',struct.unpack(('b'):rep(7997),('a'):rep(7997)))", "7998"},
        {"struct.unpack(('b'):rep(7998),('a'):rep(7998))",
         "-ERR user_script:1: stack overflow (too many results)"},
        {"struct.size()",
         "-ERR user_script:1: bad argument #1 to 'size' (string expected, got no value)"},
        {"struct.size('s')",
         "-ERR user_script:1: bad argument #1 to 'size' (option 's' has no fixed size)"},
        {"struct.size('bc0')",
         "-ERR user_script:1: bad argument #1 to 'size' (option 'c0' has no fixed size)"},
        {"struct.size('i33')", "-ERR user_script:1: integral size 33 is larger than limit of 32"},
        {"struct.size('c2147483648')", "-ERR user_script:1: integral size overflow"},
        {"struct.size('!3')", "-ERR user_script:1: alignment 3 is not a power of 2"},
    };
    EXPECT_ROWS(rows);
}

Test(bit, is_what_it_is_elsewhere) {
    static const struct library_row rows[] = {
        {"bit.tobit(2^32+5)", "5"},
        {"bit.tobit(2^31)", "-2147483648"},
        {"bit.tobit(-1.5)", "-2"},
        {"bit.bnot(0)", "-1"},
        {"bit.band(0x12345678,0xff)", "120"},
        {"bit.bor(1,2,4,8)", "15"},
        {"bit.bxor(0xa5a5f0f0,0xaa55ff00)", "267390960"},
        {"bit.lshift(1,31)", "-2147483648"},
        {"bit.lshift(1,32)", "1"},
        {"bit.rshift(-256,8)", "16777215"},
        {"bit.arshift(-256,8)", "-1"},
        {"bit.rol(0x12345678,12)", "1164411171"},
        {"bit.ror(0x12345678,12)", "1736516421"},
        {"bit.bswap(0x12345678)", "2018915346"},
        {"bit.tohex(255)", "000000ff"},
        {"bit.tohex(-1)", "ffffffff"},
        {"bit.tohex(0xffff,4)", "ffff"},
        {"bit.tohex(0xffff,-4)", "FFFF"},
        {"bit.tohex(1,0)", ""},
        {"bit.tohex(1,1000000000)", "00000001"},
        {"bit.tohex(-1,-2147483648)", "FFFFFFFF"},
        {"bit.tohex('0x10')", "00000010"},
        {"bit.band()",
         "-ERR user_script:1: bad argument #1 to 'band' (number expected, got no value)"},
        {"bit.band({})",
         "-ERR user_script:1: bad argument #1 to 'band' (number expected, got table)"},
        {"bit.tohex(1,{})",
         "-ERR user_script:1: bad argument #2 to 'tohex' (number expected, got table)"},
    };
    EXPECT_ROWS(rows);
}

/* ---- Input made to do harm ---- */

Test(cmsgpack, text_beyond_the_limit_of_memory_is_an_error_and_the_memory_returns) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG SET maxmemory-scripts 4mb", "+OK\r\n");
    struct buffer text = evaluate(conn, "pcall(cmsgpack.pack, (function() local t = {} "
                                        "for i = 1, 20 do t[i] = t end return t end)())");
    cr_expect_str_eq(buffer_text(&text), "false not enough memory");
    buffer_release(&text);
    text = evaluate(conn, "#cmsgpack.pack(('a'):rep(1000000))");
    cr_expect_str_eq(buffer_text(&text), "1000005");
    buffer_release(&text);
    resp_close(conn);
}

Test(cmsgpack, long_work_can_be_killed) {
    assert_script(server,
                  "CONFIG SET maxmemory-scripts 0 ; "
                  "B> &EVAL \"local t = {} for i = 1, 20 do t[i] = t end return cmsgpack.pack(t)\" "
                  "0 ; ?PING ; SCRIPT KILL ; B> @read ; PING",
                  "+OK",
                  "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or "
                  "SHUTDOWN NOSAVE.",
                  "+OK",
                  "(starts)-ERR Script killed by user with SCRIPT KILL... script: ", "+PONG");
}

Test(structs, format_of_any_length_can_be_killed) {
    assert_script(server,
                  "B> &EVAL \"local f = (' '):rep(50000000) while true do struct.pack(f) end\" 0 ; "
                  "?PING ; SCRIPT KILL ; B> @read ; PING",
                  "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or "
                  "SHUTDOWN NOSAVE.",
                  "+OK",
                  "(starts)-ERR Script killed by user with SCRIPT KILL... script: ", "+PONG");
}
