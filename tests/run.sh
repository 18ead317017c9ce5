#!/bin/bash
# Builds what the tests need, runs them, and counts. Called by the Makefile:
#
#   tests/run.sh all              every test; with SANITIZE=… in the environment, the unit tests and
#                                 the socket tests under those sanitizers
#   tests/run.sh unit             the unit tests
#   tests/run.sh fuzz SECONDS     the fuzz targets, SECONDS in all
#   tests/run.sh torture MINUTES  the suites that generate their own work, MINUTES in all
#
# The last line is `N passed, N failed`; the status is 0 only if tests ran and none failed.
#
# A run is a list of steps. A step starts once those that it names have passed; two run at a time,
# and one of those that mostly wait beside them. Steps are found by convention (see "Suites"): a new
# directory below tests/ needs no line here.
set -u
cd "$(dirname "$0")/.." || exit 1

declare -rA AT_ONCE=([computing]=2 [waiting]=1)
# Steps that wait for servers, timers and the disk more than they compute.
readonly WAITING='clients crash'
# Of the steps that may start, these do first: what others need, then what takes long.
readonly FIRST='build-debug build-sanitized clients crash commands-sanitized unit oracle commands
    persist-sanitized fuzz'
torture_seconds=$([ "${1:-}" = torture ] && echo $((${2:-10} * 60)) || echo 0)
readonly TEST_SECONDS=$((300 + torture_seconds))     # what one Criterion test may take
readonly PROGRAM_SECONDS=$((1200 + torture_seconds)) # what one test program may take
# Tests that run at once: a machine may show more processors than it lets a container use.
readonly JOBS=$(($(nproc) < 8 ? $(nproc) : 8))
readonly FUZZ_SECONDS=40      # what `all` gives to the fuzz targets together
# The build that serves the socket tests under sanitizers and the fuzz targets, by clang. The objects
# count what the fuzzer covers, which costs the server less than building all of it once more.
readonly CLANG_SANITIZERS=fuzzer-no-link,address,undefined
readonly CLANG_VARIANT=clang-sanitize-${CLANG_SANITIZERS//,/-}

mode=${1:-all}
amount=${2:-}
sanitize=${SANITIZE:-}
unset SANITIZE MAKEFLAGS MFLAGS MAKELEVEL DEBUG
logs=build/test-logs
rm -rf "$logs"
mkdir -p "$logs"

export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export TSAN_OPTIONS="second_deadlock_stack=1:${TSAN_OPTIONS:-}"

# ---- Counting. Each step has a file of lines "passed failed". ----

count() {
    echo "$1 $2" >>"$counts"
}

# Counts a command as one test.
check() {
    if "$@"; then count 1 0; else
        echo "failed with status $?: $*"
        count 0 1
    fi
}

# Runs a Criterion program and counts its tests. A program that ends without its summary (it
# crashed, or hangs) or that has no tests counts as one failure more.
criterion() {
    local output summary tested passing status
    output=$(mktemp "$logs/criterion.XXXXXX")
    timeout -k 10 "$PROGRAM_SECONDS" "$@" --color=never --timeout "$TEST_SECONDS" \
        --jobs "$JOBS" >"$output" 2>&1 </dev/null
    status=$?
    cat "$output"
    summary=$(grep -a 'Synthesis: Tested: ' "$output" | tail -n 1)
    tested=$(sed -n 's/.*Tested: \([0-9]*\).*/\1/p' <<<"$summary")
    passing=$(sed -n 's/.*Passing: \([0-9]*\).*/\1/p' <<<"$summary")
    if grep -aq '^\[SKIP\]' "$output"; then
        echo "$1: a test was skipped"
        count 0 1
    fi
    rm -f "$output"
    if [ "${tested:-0}" -eq 0 ]; then
        echo "$1: no tests, or no summary at its end (status $status)"
        count 0 1
        return
    fi
    count "$passing" "$((tested - passing))"
    if [ "$status" -ne 0 ] && [ "$passing" -eq "$tested" ]; then
        echo "$1: ended with status $status"
        count 0 1
    fi
}

# Runs a program that may end in a line "N passed, N failed"; without one it counts as one test.
program() {
    local output summary status
    output=$(mktemp "$logs/program.XXXXXX")
    timeout -k 10 "$PROGRAM_SECONDS" "$@" >"$output" 2>&1 </dev/null
    status=$?
    cat "$output"
    summary=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1)
    rm -f "$output"
    if [ -n "$summary" ]; then
        read -r passed _ failed _ <<<"$summary"
        count "$passed" "$failed"
        [ "$status" -eq 0 ] || [ "$failed" -ne 0 ] || count 0 1
    elif [ "$status" -eq 0 ]; then
        count 1 0
    else
        count 0 1
    fi
    [ "$status" -eq 0 ] || echo "$*: ended with status $status"
}

# ---- Suites: a directory below tests/ ----
# - with test_*.c: a Criterion program. It runs against the release build, and again against the
#   build with sanitizers, unless there is a file named `release-only`.
# - with a main() and no test_*.c, such as oracle: a program of its own, run against release.
# - with test_*.sh or test_*.py: scripts, run against release.

suites() {
    local directory name
    for directory in tests/*/; do
        name=$(basename "$directory")
        case $name in unit | support | style | fuzz | bench) continue ;; esac
        if has "tests/$name/test_*" || has_main "$name"; then
            echo "$name"
        fi
    done
}

has() {
    compgen -G "$1" >/dev/null
}

has_main() {
    grep -qs '^int main\b' tests/"$1"/*.c
}

# Runs a suite against the server of a build: suite NAME VARIANT. The effect server of the release
# build is that of the debug build: optimising another whole program takes longer than its tests.
suite() {
    local name=$1 variant=$2 script
    export LATCHKEY_SERVER=$PWD/build/$variant/latchkey-server
    export LATCHKEY_EFFECT_SERVER=$PWD/build/${variant/#release/debug}/tests/effect-server
    if has "tests/$name/test_*.c"; then
        criterion "build/release/tests/$name"
    elif has_main "$name"; then
        program "build/release/tests/$name"
    fi
    for script in "tests/$name"/test_*.sh "tests/$name"/test_*.py; do
        [ -e "$script" ] && program "$script"
    done
}

# ---- The steps' commands ----

build() {
    check make --no-print-directory -j2 "$@"
}

build_sanitized() {
    build CC=clang SANITIZE="$CLANG_SANITIZERS" "$@"
}

# What clang says of the code that its build with sanitizers leaves out.
build_clang() {
    local sources
    sources=$(cd src && grep -lE '^ *#.*LATCHKEY_(DEBUG|LIBC_ALLOCATOR)' *.c */*.c)
    build CC=clang $(printf 'build/clang/obj/%s.o ' ${sources//.c/})
}

run_unit() {
    local directory
    for directory in tests/unit/*/; do
        [ -d "$directory" ] && criterion "build/$1/tests/unit-$(basename "$directory")"
    done
}

run_fuzz() {
    local targets target seconds name
    targets=(tests/fuzz/fuzz_*.c)
    seconds=$(($1 / ${#targets[@]}))
    for target in "${targets[@]}"; do
        name=$(basename "$target" .c)
        fuzz_one "$name" "$((seconds > 0 ? seconds : 1))"
    done
}

# What was found before is kept in build/fuzz/corpus, what makes a target fail in build/fuzz/found.
fuzz_one() {
    local name=$1 seeds=tests/fuzz/corpus/$1 corpus=build/fuzz/corpus/$1 arguments
    mkdir -p "$corpus" build/fuzz/found
    arguments=(-max_total_time="$2" -artifact_prefix="build/fuzz/found/$name-" -print_final_stats=1
        -timeout=10 -rss_limit_mb=2048)
    [ -e "tests/fuzz/$name.dict" ] && arguments+=(-dict="tests/fuzz/$name.dict")
    [ -e "tests/fuzz/$name.options" ] && arguments+=($(cat "tests/fuzz/$name.options"))
    [ -d "$seeds" ] || seeds=
    check "build/fuzz/$name" "${arguments[@]}" "$corpus" $seeds
}

# ---- Running steps ----

declare -a order=()
declare -A needs=() commands=() state=() started=()
total_passed=0
began=$EPOCHSECONDS
total_failed=0

# step NAME "NEEDED …" COMMAND …
step() {
    order+=("$1")
    needs[$1]=$2
    commands[$1]="${*:3}"
    state[$1]=waiting
}

# Says of a waiting step: ready, waiting, or that one it needs has failed.
readiness() {
    local need
    for need in ${needs[$1]}; do
        case ${state[$need]:-passed} in
        failed) echo failed; return ;;
        waiting | running) echo waiting; return ;;
        esac
    done
    echo ready
}

report() {
    local name=$1 passed=0 failed=0 p f seconds=$2 log=$logs/$1.log
    while read -r p f; do
        passed=$((passed + p))
        failed=$((failed + f))
    done <"$logs/$name.counts"
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    if [ "$failed" -eq 0 ]; then
        state[$name]=passed
        printf '%-36s %5d ok %4d s\n' "$name" "$passed" "$seconds"
    else
        state[$name]=failed
        printf '%-36s %5d ok %4d s   %d FAILED\n' "$name" "$passed" "$seconds" "$failed"
        sed 's/^/    | /' "$log"
    fi
}

lane_of() {
    if [[ " $WAITING " = *" $1 "* ]]; then echo waiting; else echo computing; fi
}

start() {
    local name=$1
    state[$name]=running
    started[$name]=$EPOCHSECONDS
    (
        counts=$logs/$name.counts
        ${commands[$name]}
    ) >"$logs/$name.log" 2>&1 </dev/null &
    pids[$!]=$name
}

declare -A pids=()
stop_all() {
    trap - INT TERM
    local pid
    for pid in "${!pids[@]}"; do
        kill -TERM -- "-$pid" 2>/dev/null
    done
    exit 130
}

run_steps() {
    local name lane pid progress first=()
    local -A running=([computing]=0 [waiting]=0)
    set -m # Each step is a process group, so that a stop reaches all of it.
    trap stop_all INT TERM
    for name in "${order[@]}"; do : >"$logs/$name.counts"; done
    for name in $FIRST; do [ -z "${state[$name]:-}" ] || first+=("$name"); done
    order=("${first[@]}" "${order[@]}")
    while true; do
        progress=no
        for name in "${order[@]}"; do
            [ "${state[$name]}" = waiting ] || continue
            case $(readiness "$name") in
            ready)
                lane=$(lane_of "$name")
                [ "${running[$lane]}" -lt "${AT_ONCE[$lane]}" ] || continue
                start "$name"
                running[$lane]=$((running[$lane] + 1))
                progress=yes
                ;;
            failed)
                echo "0 1" >"$logs/$name.counts"
                echo "not run: it needs ${needs[$name]}" >"$logs/$name.log"
                report "$name" 0
                progress=yes
                ;;
            esac
        done
        [ "$progress" = yes ] && continue
        [ "${#pids[@]}" -gt 0 ] || break
        pid=
        wait -n -f -p pid
        if [ -z "${pid:-}" ]; then # All are stopped, and bash waits for none that is.
            read -rt 1 <> <(:)
            continue
        fi
        name=${pids[$pid]}
        unset "pids[$pid]"
        lane=$(lane_of "$name")
        running[$lane]=$((running[$lane] - 1))
        report "$name" "$((EPOCHSECONDS - started[$name]))"
    done
    set +m
    printf '%-36s %14d s\n' all "$((EPOCHSECONDS - began))"
    echo "$total_passed passed, $total_failed failed"
    [ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
}

# The suites under sanitizers; the tests themselves are those of the release build.
sanitized_suites() {
    local name
    for name in $(suites); do
        if has "tests/$name/test_*.c" && [ ! -e "tests/$name/release-only" ]; then
            step "$name-sanitized" "build-release build-sanitized" suite "$name" "$1"
        fi
    done
}

plan_all() {
    local name needed
    step build-release "" build server socket-tests program-tests
    step build-debug "build-release" build DEBUG=1 server effect-server unit-tests
    step check-style "build-debug" check make --no-print-directory check-style
    step unit "build-debug" run_unit debug
    step build-sanitized "build-release" build_sanitized server effect-server fuzz-targets
    for name in $(suites); do
        needed=build-release
        has "tests/$name/test_*.c" && needed+=' build-debug'
        step "$name" "$needed" suite "$name" release
    done
    sanitized_suites "$CLANG_VARIANT"
    step build-clang "build-sanitized" build_clang
    step fuzz "build-sanitized" run_fuzz "$FUZZ_SECONDS"
}

plan_sanitized() {
    local variant=sanitize-${sanitize//,/-}
    step build-release "" build socket-tests
    case $sanitize in
    *thread*) step build-sanitized "" build SANITIZE="$sanitize" server effect-server ;;
    *)
        step build-sanitized "" build SANITIZE="$sanitize" server effect-server unit-tests
        # What a test program itself leaves behind is not looked at: Criterion leaks.
        step unit-sanitized build-sanitized run_unit "$variant"
        ;;
    esac
    sanitized_suites "$variant"
}

case $mode in
all) if [ -n "$sanitize" ]; then plan_sanitized; else plan_all; fi ;;
unit)
    step build-debug "" build DEBUG=1 unit-tests
    step unit "build-debug" run_unit debug
    ;;
fuzz)
    step build-sanitized "" build_sanitized fuzz-targets
    step fuzz "build-sanitized" run_fuzz "${amount:-60}"
    ;;
torture)
    export LATCHKEY_TORTURE_SECONDS=$((${amount:-10} * 60))
    step build-release "" build server socket-tests program-tests
    step build-debug "" build DEBUG=1 effect-server
    for name in $(suites); do
        has "tests/$name/test_*.c" && [ "$name" != crash ] ||
            step "$name" "build-release build-debug" suite "$name" release
    done
    ;;
*)
    echo "usage: tests/run.sh all | unit | fuzz SECONDS | torture MINUTES" >&2
    exit 2
    ;;
esac
run_steps
