#!/bin/bash
# The server as administrators run it (from standard input, as a daemon) and the two tools that
# check files. The last line is `N passed, N failed`. $LATCHKEY_SERVER names the executable.
set -u
cd "$(dirname "$0")/../.." || exit 1

readonly LIMIT_SECONDS=60
server=$(realpath "${LATCHKEY_SERVER:-build/release/latchkey-server}")
dir=$(mktemp -d)
socket=$dir/socket
passed=0
failed=0

stop() {
    [ -s "$dir/pid" ] && kill "$(cat "$dir/pid")" 2>/dev/null
    rm -rf "$dir"
}
trap stop EXIT

cli() {
    timeout "$LIMIT_SECONDS" redis-cli -s "$socket" "$@"
}

# Waits until a command succeeds; false at the limit.
wait_until() {
    for _ in $(seq 800); do
        "$@" >/dev/null 2>&1 && return 0
        read -rt 0.05 <> <(:)
    done
    return 1
}

# Runs a function and counts it as one test.
check() {
    if "$@" >"$dir/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $*"
        tail -n 30 "$dir/output"
    fi
}

# Starts a daemon with an AOF and these further options, by a configuration on standard input.
start() {
    printf '%s\n' 'port 0' "unixsocket $socket" 'unixsocketperm 660' "dir $dir" 'daemonize yes' \
        "pidfile $dir/pid" "logfile $dir/log" 'save ""' 'appendonly yes' "$@" | "$server" - &&
        wait_until cli ping
}

# Nobody may collect its status where the first process of a container is no init.
has_ended() {
    ! kill -0 "$1" || grep -q '^State:.*Z' "/proc/$1/status"
}

shut_down() {
    local pid
    pid=$(cat "$dir/pid")
    cli shutdown
    wait_until has_ended "$pid"
}

the_daemon_leaves_its_parent_and_writes_its_pid() {
    start && [ "$(ps -o ppid= -p "$(cat "$dir/pid")")" -ne $$ ] &&
        [ "$(cli info server | sed -n 's/^process_id:\([0-9]*\).*/\1/p')" = "$(cat "$dir/pid")" ]
}

the_socket_has_its_permissions() {
    [ "$(stat -c %a "$socket")" = 660 ]
}

the_log_goes_to_its_file() {
    grep -q 'Ready to accept connections' "$dir/log"
}

the_title_is_made_from_the_template() {
    tr '\0' ' ' <"/proc/$(cat "$dir/pid")/cmdline" | grep -q '^latchkey-server'
}

a_mistake_on_standard_input_is_named() {
    ! echo 'maxmemroy 1' | "$server" - >"$dir/mistake" 2>&1 && grep -q "'maxmemroy'" "$dir/mistake"
}

standard_input_is_read_where_a_dash_stands() {
    for order in '- --hz 20' '--hz 20 -'; do
        # shellcheck disable=SC2086
        echo 'timeout x' | "$server" --test-config $order >"$dir/mistake" 2>&1 && return 1
        grep -q "'timeout x'" "$dir/mistake" || return 1
        # shellcheck disable=SC2086
        echo 'timeout 5' | "$server" --test-config $order || return 1
    done
}

the_end_removes_pid_file_and_socket() {
    cli set key value && cli lpush list a b c && cli save && shut_down &&
        [ ! -e "$dir/pid" ] && [ ! -e "$socket" ]
}

# ---- Tools: the same executable under other names ----

tool() {
    ln -sf "$server" "$dir/latchkey-check-$1"
    timeout "$LIMIT_SECONDS" "$dir/latchkey-check-$1" "${@:2}"
}

manifest=$dir/appendonlydir/appendonly.aof.manifest
increment=$dir/appendonlydir/appendonly.aof.1.incr.aof

a_sound_log_is_valid_for_both_tools() {
    tool aof "$manifest" | grep -q 'The AOF is valid' && redis-check-aof "$manifest"
}

a_torn_log_is_not_valid_and_stays() {
    cp "$increment" "$dir/sound" && printf '*3\r\n$3\r\nSET\r\n$3\r\nk' >>"$increment"
    cp "$increment" "$dir/torn"
    ! tool aof "$manifest" && cmp "$increment" "$dir/torn"
}

a_torn_log_is_cut_only_after_a_yes() {
    echo n | tool aof --fix "$manifest"
    cmp "$increment" "$dir/torn" && echo y | tool aof --fix "$manifest" &&
        cmp "$increment" "$dir/sound" && tool aof "$manifest"
}

# A log with times, as a stock server writes it.
make_timed_log() {
    rm -rf "$dir/timed" && mkdir "$dir/timed" &&
        printf 'file a.1.base.aof seq 1 type b\nfile a.1.incr.aof seq 1 type i\n' \
            >"$dir/timed/a.manifest" &&
        printf '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n' >"$dir/timed/a.1.base.aof" &&
        printf '#TS:1000\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n#TS:2000\r\n*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n' \
            >"$dir/timed/a.1.incr.aof"
}

a_log_is_cut_back_to_a_time() {
    local log=$dir/timed/a.1.incr.aof
    make_timed_log && cp "$log" "$dir/untouched" &&
        tool aof --truncate-to-timestamp 2000 "$dir/timed/a.manifest" | grep -q 'Truncate nothing' &&
        cmp "$log" "$dir/untouched" &&
        tool aof --truncate-to-timestamp 1999 "$dir/timed/a.manifest" |
        grep -q 'Successfully truncated AOF a.1.incr.aof to timestamp 1999' &&
        head -c 31 "$dir/untouched" | cmp - "$log" && tool aof "$dir/timed/a.manifest" &&
        redis-check-aof "$dir/timed/a.manifest" &&
        ! tool aof --truncate-to-timestamp 999 "$dir/timed/a.manifest" >"$dir/said" &&
        grep -q 'has nothing before timestamp 999' "$dir/said" &&
        ! tool aof --truncate-to-timestamp x "$dir/timed/a.manifest"
}

only_the_last_file_is_cut_back() {
    make_timed_log && cp "$dir/timed/a.1.incr.aof" "$dir/timed/a.2.incr.aof" &&
        echo 'file a.2.incr.aof seq 2 type i' >>"$dir/timed/a.manifest" &&
        ! tool aof --truncate-to-timestamp 1500 "$dir/timed/a.manifest" >"$dir/said" &&
        grep -q 'it is not the last file' "$dir/said" && cmp "$dir/timed/a.1.incr.aof" "$dir/untouched"
}

# A server that starts here would move the single file in: it was stopped amid that.
a_check_changes_nothing() {
    mkdir -p "$dir/half/logs" && printf 'file a seq 1 type b\n' >"$dir/half/logs/a.manifest" &&
        printf '*1\r\n$8\r\nFLUSHALL\r\n' >"$dir/half/a" && cp -r "$dir/half" "$dir/before" &&
        (cd "$dir/half" && ! tool aof logs/a.manifest) && diff -r "$dir/half" "$dir/before"
}

an_exec_without_a_multi_is_not_valid() {
    make_timed_log && printf '*1\r\n$4\r\nEXEC\r\n' >>"$dir/timed/a.1.incr.aof" &&
        ! tool aof "$dir/timed/a.manifest"
}

a_sound_dump_is_valid_for_both_tools() {
    tool rdb "$dir/dump.rdb" && redis-check-rdb "$dir/dump.rdb"
}

a_cut_dump_is_not_valid() {
    head -c -9 "$dir/dump.rdb" >"$dir/cut.rdb"
    ! tool rdb "$dir/cut.rdb"
}

# Writes an RDB file of pieces: "db HEX" selects by the bytes of a length, "key NAME" sets a string.
rdb_of() {
    printf 'REDIS0009'
    while [ $# -gt 0 ]; do
        case $1 in
        db) printf "\xfe$2" ;;
        key) printf "\0\x0${#2}$2\x01v" ;;
        esac
        shift 2
    done
    printf '\xff\0\0\0\0\0\0\0\0'
}

# 1024, and the last one that a server can have, for which there is no memory for all before it.
a_database_of_any_server_is_read() {
    local file=$dir/many.rdb
    rdb_of db '\x44\x00' key a db '\x80\x7f\xff\xff\xfe' key a key b db '\x44\x00' key b >"$file" &&
        tool rdb "$file" >"$dir/said" && grep -q '4 keys read' "$dir/said" &&
        tool aof "$file" && redis-check-rdb "$file"
}

a_database_that_no_server_has_is_refused() {
    local file=$dir/many.rdb
    rdb_of db '\x80\x7f\xff\xff\xff' key a >"$file" && ! tool rdb "$file" >"$dir/said" &&
        grep -q 'databases that no server has' "$dir/said" && ! tool aof "$file"
}

a_key_that_comes_twice_in_a_database_is_refused() {
    local file=$dir/many.rdb
    rdb_of db '\x44\x00' key a db '\x44\x01' key a db '\x44\x00' key a >"$file" &&
        ! tool rdb "$file" >"$dir/said" && grep -q '2 keys read before' "$dir/said"
}

what_is_missing_is_named() {
    ! tool aof "$dir/none" >"$dir/missing" 2>&1 && grep -q 'No such file' "$dir/missing" &&
        ! tool rdb "$dir/none" >"$dir/missing" 2>&1 && grep -q 'No such file' "$dir/missing" &&
        ! tool aof && ! tool rdb
}

# Not among the tests of SORT, which sanitizers run, too: they take half a minute for the long
# string, which is a hole in memory here.
sort_stores_no_element_that_files_could_not_hold() {
    start 'appendonly no' && cli config set proto-max-bulk-len 8gb && cli rpush elements 1 2 &&
        cli setrange value_2 4294967295 x && cli rpush target old &&
        cli sort elements get '#' get 'value_*' store target |
        grep -q 'elements are limited to 4294967295 bytes' &&
        [ "$(cli lrange target 0 -1)" = old ] && [ "$(cli strlen value_2)" = 4294967296 ] &&
        cli del elements value_2 target && shut_down
}

the_daemon_reads_what_it_wrote() {
    start && [ "$(cli get key)" = value ] && [ "$(cli llen list)" = 3 ] && shut_down
}

check the_daemon_leaves_its_parent_and_writes_its_pid
check the_socket_has_its_permissions
check the_log_goes_to_its_file
check the_title_is_made_from_the_template
check a_mistake_on_standard_input_is_named
check standard_input_is_read_where_a_dash_stands
check the_end_removes_pid_file_and_socket
check a_sound_log_is_valid_for_both_tools
check a_torn_log_is_not_valid_and_stays
check a_torn_log_is_cut_only_after_a_yes
check a_log_is_cut_back_to_a_time
check only_the_last_file_is_cut_back
check a_check_changes_nothing
check an_exec_without_a_multi_is_not_valid
check a_sound_dump_is_valid_for_both_tools
check a_cut_dump_is_not_valid
check a_database_of_any_server_is_read
check a_database_that_no_server_has_is_refused
check a_key_that_comes_twice_in_a_database_is_refused
check what_is_missing_is_named
check sort_stores_no_element_that_files_could_not_hold
check the_daemon_reads_what_it_wrote
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
