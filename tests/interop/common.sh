# shellcheck shell=bash
# What the scripts beside it share; they source it once $ksx is the program.
failures=0

failed() { # failed WORDS [FILE]
    echo "FAILED: $1" >&2
    [[ -z ${2:-} ]] || cat "$2" >&2
    failures=$((failures + 1))
}
run() { # run COMMAND... - told with its output when it fails
    "$@" >out.txt 2>&1 || failed "$*" out.txt
}
# shellcheck disable=SC2154 # of those who source this
ksx() { "$ksx" "$@" --pass env:KSX_P; }

# needs MISSING PROGRAM... - ends with 77, or with KSX_NO_SKIP=1 in the environment fails, when MISSING
# (" a JDK 17,") says something or there is no such program.
needs() {
    local missing=$1 program
    shift
    for program in "$@"; do
        command -v "$program" >/dev/null || missing+=" $program,"
    done
    [[ -n $missing ]] || return 0
    echo "SKIPPED: needs${missing%,}" >&2
    [[ -z ${KSX_NO_SKIP:-} ]] || exit 1
    exit 77
}

# files of those who run the commands that are shown
precious='key.pem cert.pem chain.pem new.p12 reply.pem entry.p12 certs.pem request.csr web.csr'
own_files() { # in the present directory, and a TMPDIR in it
    local name
    for name in $precious; do
        echo precious >"$name"
    done
    export TMPDIR=$PWD/tmp
    mkdir "$TMPDIR"
}
shown() { # shown COMMAND... - runs the commands that it shows; own_files stay as they are
    local name
    "$@" >out.txt 2>&1 || failed "$*"
    sed -n '/^The same with other programs/,$s/^  *//p' out.txt >commands.sh
    grep -q '^[^#]' commands.sh || failed "no commands: $*"
    run sh -e commands.sh
    for name in $precious; do
        [[ $(cat "$name") == precious ]] || failed "overwritten by the commands shown: $name: $*"
    done
    [[ -z $(ls -A "$TMPDIR") ]] || failed "left behind by the commands shown: $(ls "$TMPDIR"): $*"
}
