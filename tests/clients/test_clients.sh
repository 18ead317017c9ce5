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

for _ in $(seq 200); do
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
    timeout 5 stdbuf -oL redis-cli -s "$socket" -i 0.1 --stat | grep -m 1 50001
}

latency_mode() {
    timeout 2 redis-cli -s "$socket" -i 1 --latency --raw | head -n 1 | grep -q '^0 \|^[0-9]'
}

statistics() {
    cli info everything | grep -q '^redis_version:7.2.4' && cli --json info server >/dev/null &&
        cli -3 client list | grep -q 'resp=3' && cli memory doctor && cli latency doctor
}

benchmark() {
    timeout "$CLIENT_SECONDS" redis-benchmark -s "$socket" -q -n 20000 -P 16 \
        -t ping_inline,ping_mbulk,set,get,incr,lpush,rpush,lpop,rpop,lpush,lrange,mset \
        | tr '\r' '\n' | tee "$dir/bench"
    [ "$(grep -c 'requests per second' "$dir/bench")" -ge 13 ] && ! grep -qi error "$dir/bench"
}

large_benchmark() {
    timeout "$CLIENT_SECONDS" redis-benchmark -s "$socket" -q -n 2000 -d 100000 -r 100 -t set,get
}

check python3 "$here/interactive.py" "$socket"
check pipe_mode
check scan_mode
check big_keys
check mem_keys
check stat_mode
check latency_mode
check statistics
check benchmark
check large_benchmark

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
