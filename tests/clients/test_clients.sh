#!/bin/bash
# Runs redis-cli and redis-benchmark against a server of ours. The last line is `N passed, N failed`. $LATCHKEY_SERVER names the server's executable.
set -u
cd "$(dirname "$0")/../.." || exit 1

readonly here=tests/clients
readonly CLIENT_SECONDS=60
server=${LATCHKEY_SERVER:-build/release/latchkey-server}
dir=$(mktemp -d)
socket=$dir/socket
passed=0
failed=0

"$server" --port 0 --unixsocket "$socket" --dir "$dir" --save '' >"$dir/log" 2>&1 &
server_pid=$!
trap 'kill "$server_pid" 2>/dev/null; wait "$server_pid"; rm -rf "$dir"' EXIT

cli() {
    timeout "$CLIENT_SECONDS" redis-cli -s "$socket" "$@"
}

for _ in $(seq 800); do
    cli ping >/dev/null 2>&1 && break
    read -rt 0.05 <> <(:)
done

# Runs a function or command and counts it as one test.
check() {
    if "$@" >"$dir/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $*"
        tail -n 30 "$dir/output"
    fi
}

pipe_mode() {
    cli flushall
    for i in $(seq 50000); do
        printf '*3\r\n$3\r\nSET\r\n$%d\r\nkey:%d\r\n$5\r\nvalue\r\n' "$((${#i} + 4))" "$i"
    done | cli --pipe | tee "$dir/pipe"
    grep -q 'errors: 0, replies: 50000' "$dir/pipe" && [ "$(cli dbsize)" = 50000 ]
}

scan_mode() {
    [ "$(cli --scan --pattern 'key:*' | sort -u | wc -l)" = 50000 ]
}

big_keys() {
    cli rpush list a b c
    cli --bigkeys | tee "$dir/big"
    grep -q 'Sampled 50001 keys' "$dir/big" && grep -q '1 lists with 3 items' "$dir/big"
}

mem_keys() {
    cli --memkeys | tee "$dir/mem"
    grep -q 'Sampled 50001 keys' "$dir/mem"
}

stat_mode() {
    timeout "$CLIENT_SECONDS" stdbuf -oL redis-cli -s "$socket" -i 0.1 --stat | grep -m 1 50001
}

latency_mode() {
    timeout "$CLIENT_SECONDS" redis-cli -s "$socket" -i 1 --latency --raw | head -n 1 | grep -q '^0 \|^[0-9]'
}

statistics() {
    cli info everything | grep -q '^redis_version:7.2.4' && cli --json info server >/dev/null &&
        cli -3 client list | grep -q 'resp=3' && cli memory doctor && cli latency doctor
}

# The most read of 1,000 keys is first among those that were read more than once.
hot_keys() {
    cli config set maxmemory-policy allkeys-lfu
    for _ in $(seq 2000); do echo 'GET key:777'; done | cli >/dev/null
    cli --hotkeys | tee "$dir/hot"
    cli config set maxmemory-policy noeviction
    grep -m 1 '^hot key found' "$dir/hot" | grep -q 'counter: [1-9][0-9]*.*key:777"\?$'
}

# Each stands for a test of redis-benchmark; `LPUSH (needed …)` fills the list of LRANGE.
readonly BENCHMARKS='PING_INLINE PING_MBULK SET GET INCR LPUSH RPUSH LPOP RPOP SADD HSET SPOP ZADD
    ZPOPMIN LPUSH LRANGE_100 LRANGE_300 LRANGE_500 LRANGE_600 MSET'

# benchmark OPTION … runs all tests, or those of -t, and looks for each name in WANTED.
benchmark() {
    timeout "$CLIENT_SECONDS" redis-benchmark -s "$socket" -q "$@" | tr '\r' '\n' >"$dir/bench"
    local status=${PIPESTATUS[0]} name
    grep 'requests per second\|rror' "$dir/bench"
    [ "$status" -eq 0 ] && ! grep -qi error "$dir/bench" || return 1
    for name in $WANTED; do
        grep -q "^$name\b.*requests per second" "$dir/bench" || return 1
    done
}

all_benchmarks() {
    WANTED=$BENCHMARKS benchmark -n 10000 -P 16 -r 1000
}

benchmark_of_resp3() {
    WANTED='GET HSET ZPOPMIN' benchmark -3 -n 2000 -t get,hset,zpopmin
}

# Each request has a connection of its own.
benchmark_of_connections() {
    WANTED=SET benchmark --threads 2 -k 0 -c 20 -n 2000 -t set
}

large_benchmark() {
    WANTED='SET GET' benchmark -n 2000 -d 100000 -r 100 -t set,get
}

# Prints what a subscriber has seen: first that it listens, then the message.
subscribe_mode() {
    timeout "$CLIENT_SECONDS" stdbuf -oL redis-cli -s "$socket" subscribe news >"$dir/news" &
    local subscriber=$!
    for _ in $(seq 800); do
        [ "$(cli publish news "hello all")" = 1 ] && break
        read -rt 0.05 <> <(:)
    done
    for _ in $(seq 800); do
        grep -q 'hello all' "$dir/news" && break
        read -rt 0.05 <> <(:)
    done
    kill "$subscriber"
    [ "$(tr '\n' ' ' <"$dir/news")" = 'subscribe news 1 message news hello all ' ]
}

lru_test() {
    cli flushall
    cli config set maxmemory 8mb
    cli config set maxmemory-policy allkeys-lru
    timeout "$CLIENT_SECONDS" stdbuf -oL redis-cli -s "$socket" --lru-test 1000 | head -n 2 |
        tee "$dir/lru"
    cli config set maxmemory 0
    cli config set maxmemory-policy noeviction
    grep -q 'Hits: [1-9]' "$dir/lru"
}

script_file() {
    echo 'return {redis.call("INCRBY", KEYS[1], ARGV[1]), KEYS[2], #ARGV}' >"$dir/add.lua"
    cli del sum
    [ "$(cli --eval "$dir/add.lua" sum other , 5 x | tr '\n' ' ')" = '5 other 2 ' ]
}

# There is no debugger: the session ends before it begins, and nothing is run.
debugger() {
    echo 'return redis.call("SET", KEYS[1], ARGV[1])' >"$dir/set.lua"
    cli --ldb --eval "$dir/set.lua" debugged , 1 </dev/null | tee "$dir/debugger"
    cli --ldb-sync-mode --eval "$dir/set.lua" debugged , 1 </dev/null | tee -a "$dir/debugger"
    [ "$(grep -c "session can't start" "$dir/debugger")" = 2 ] &&
        [ "$(grep -c 'the script was not run' "$dir/debugger")" = 2 ] &&
        [ "$(cli exists debugged)" = 0 ]
}

# Forms in which redis-cli takes arguments and gives replies.
forms() {
    [ "$(printf 'from stdin' | cli -x set form)" = OK ] && [ "$(cli get form)" = 'from stdin' ] &&
        [ "$(cli -r 3 incr repeated | tr '\n' ' ')" = '1 2 3 ' ] &&
        [ "$(cli --quoted-input set '"\x00key"' v)" = OK ] && [ "$(cli strlen form)" = 10 ] &&
        [ "$(cli --csv mget form absent)" = '"from stdin",NULL' ] &&
        [ "$(cli -3 --json config get maxmemory)" = '{"maxmemory":"0"}' ] &&
        [ "$(cli -n 3 --json client list | grep -c ' db=3 ')" = 1 ]
}

check python3 "$here/interactive.py" "$socket"
check pipe_mode
check scan_mode
check big_keys
check mem_keys
check stat_mode
check latency_mode
check statistics
check hot_keys
check script_file
check debugger
check forms
check subscribe_mode
check all_benchmarks
check benchmark_of_resp3
check benchmark_of_connections
check large_benchmark
check lru_test

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
