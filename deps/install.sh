#!/bin/sh
# Installs the packages of packages.txt that are missing: `install.sh run` those that building and
# running need, `install.sh test` all. Does nothing when all are there. Without root or a sudo that
# asks for no password it prints the one command to run, and fails.
set -eu
mode=${1:-run}
here=$(dirname "$0")

# A tool that stands in the path counts, whoever put it there.
is_there() {
    case $1 in
    gcc | make | clang | python3 | npm) command -v "$1" >/dev/null 2>&1 && return 0 ;;
    nodejs) command -v node >/dev/null 2>&1 && return 0 ;;
    libclang-rt-14-dev)
        command -v clang >/dev/null 2>&1 || return 1
        ls "$(clang -print-resource-dir)"/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1 && return 0
        return 1
        ;;
    esac
    dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'
}

missing=
while read -r package class _; do
    case $package in '' | '#'*) continue ;; esac
    [ "$class" = test ] && [ "$mode" != test ] && continue
    is_there "$package" && continue
    # The runtime of clang's sanitizers carries clang's version in its name.
    if [ "$package" = libclang-rt-14-dev ] && ! apt-cache show "$package" >/dev/null 2>&1; then
        package=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p')
    fi
    missing="$missing $package"
done <"$here/packages.txt"
[ -z "$missing" ] && exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "Packages are missing. Run: sudo $command" >&2
    exit 1
fi

# Keeps the packages' services from being started; a policy that is there already stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive $command
