#!/bin/bash
# Runs client libraries for Node against servers of ours: node/*.test.js, each a test program that
# starts the servers it needs. The packages are those of node/package-lock.json, and are fetched
# once. The last line is `N passed, N failed`. $LATCHKEY_SERVER names the server's executable.
set -u
cd "$(dirname "$0")/../.." || exit 1

readonly here=tests/clients/node
readonly node_dir=build/clients/node
readonly RUN_SECONDS=1100
LATCHKEY_SERVER=$(realpath "${LATCHKEY_SERVER:-build/release/latchkey-server}")
export LATCHKEY_SERVER

# node_modules is as it should be once the lock file lies in it.
fetch() {
    cmp -s "$node_dir/package-lock.json" "$node_dir/node_modules/fetched-lock.json" && return
    (cd "$node_dir" && npm ci --ignore-scripts --omit=optional --no-audit --no-fund) &&
        cp "$node_dir/package-lock.json" "$node_dir/node_modules/fetched-lock.json"
}

mkdir -p "$node_dir"
rm -f "$node_dir"/*.js
cp "$here"/.npmrc "$here"/package.json "$here"/package-lock.json "$here"/*.js "$node_dir"/ &&
    fetch || exit 1
cd "$node_dir" || exit 1
output=$(mktemp)
trap 'rm -f "$output"' EXIT
timeout -k 10 "$RUN_SECONDS" node --test --test-reporter=spec *.test.js >"$output" 2>&1
status=$?
cat "$output"

# Tests that were cancelled or skipped have not passed.
passed=$(sed -n 's/^ℹ pass \([0-9]*\)$/\1/p' "$output")
tests=$(sed -n 's/^ℹ tests \([0-9]*\)$/\1/p' "$output")
[ "${passed:-0}" -gt 0 ] || exit 1
[ "$status" -ne 0 ] || [ "$passed" -eq "$tests" ] || status=1
echo "$passed passed, $((tests - passed)) failed"
exit "$status"
