#!/bin/sh
# Installs the packages of packages.txt that are missing: `install.sh run` those that building and
# running need, `install.sh test` all. Does nothing when all are there. Without root or a sudo that
# asks for no password it prints the one command to run, and fails.
set -eu
mode=${1:-run}
here=$(dirname "$0")

wanted=
while read -r package class _; do
    case $package in '' | '#'*) continue ;; esac
    if [ "$class" != test ] || [ "$mode" = test ]; then
        wanted="$wanted $package"
    fi
done <"$here/packages.txt"
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)

# A tool that stands in the path counts, whoever put it there.
is_there() {
    case "
$installed
" in *"
installed $1
"*) return 0 ;;
    esac
    case $1 in
    gcc | make | clang | python3 | npm) command -v "$1" >/dev/null 2>&1 ;;
    clang-format-14) # Newer distributions lack it: then there is nothing to install.
        command -v "$1" >/dev/null 2>&1 ||
            { apt-cache show gcc >/dev/null 2>&1 && ! apt-cache show "$1" >/dev/null 2>&1; }
        ;;
    nodejs) command -v node >/dev/null 2>&1 ;;
    libclang-rt-14-dev)
        command -v clang >/dev/null 2>&1 &&
            ls "$(clang -print-resource-dir)"/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1
        ;;
    *) false ;;
    esac
}

missing=
for package in $wanted; do
    is_there "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "Packages are missing. Run: sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi

# Keeps the packages' services from being started; a policy that is there already stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi
$as_root apt-get update -q

# Distributions differ in what they have: the runtime of clang's sanitizers carries clang's version
# in its name, and a newer one may lack the formatter that is pinned (the check of the house style
# then says that it leaves out the formatting).
available=
for package in $missing; do
    if ! apt-cache show "$package" >/dev/null 2>&1; then
        case $package in
        clang-format-14)
            continue
            ;;
        libclang-rt-14-dev)
            package=$(apt-cache depends clang |
                sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p')
            ;;
        esac
    fi
    available="$available $package"
done
[ -z "$available" ] && exit 0
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $available
