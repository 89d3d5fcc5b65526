#!/bin/sh
# Installs what the tests need, builds, and runs them. CI runs exactly this.
#
#   sh contrib/test.sh [--no-packages] [quick | default | full]
#
#   quick    checks of the sources, and the unit tests; two minutes
#   default  all tests but the long ones, peers among them; what reads from others with sanitizers;
#            clang-tidy on what changed last; 20 minutes on two cores, from nothing
#   full     all tests, all of them that can with sanitizers, clang-tidy on everything, thread
#            sanitizer, fuzzing, larger zones for the peers; hours
#
# A test whose package is missing fails; none is skipped. Ends with ctest's summary.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=contrib/packages.sh
. contrib/packages.sh

install=yes
tier=default
for word in "$@"; do
  case $word in
    --no-packages) install="" ;;
    quick | default | full) tier=$word ;;
    *)
      sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
      exit 2
      ;;
  esac
done

started=$(date +%s)
step() { printf '\n== %s (%s s)\n' "$*" "$(($(date +%s) - started))"; }

# build PRESET [OPTION...]
build() {
  [ -f "build/$1/build.ninja" ] || cmake --preset "$1" >"build/$1.log" 2>&1 || {
    cat "build/$1.log"
    exit 1
  }
  preset=$1
  shift
  cmake --build --preset "$preset" "$@" -- --quiet
}

# tests PRESET OPTION... - ctest; the whole output of a test that fails. Tests with servers wait for
# most of their time: one more than there are cores.
tests() {
  preset=$1
  shift
  ctest --preset "$preset" --no-tests=error -j "$(($(nproc) + 1))" "$@"
}

mkdir -p build
# Somebody else's settings must not decide how a test ends.
unset DANEWERK_CONFIG RC_PARAMS
export LC_ALL=C.UTF-8 TZ=UTC
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1

if [ -n "$install" ]; then
  step "packages"
  # shellcheck disable=SC2086 # one word a package
  packages_install $PACKAGES_BUILD $PACKAGES_TEST $PACKAGES_PEERS
fi
# Where somebody has it. From nothing it costs a tenth of the build, so it is not installed for that.
if command -v ccache >/dev/null 2>&1; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1 \
    CCACHE_SLOPPINESS=pch_defines,time_macros
fi

step "build with GCC"
build dev
if [ "$tier" = quick ]; then
  step "checks and unit tests"
  tests dev -L 'check|unit'
  exit
fi

if [ "$tier" = default ]; then
  step "build what reads from others with clang, address and undefined behaviour sanitizers"
  readers="config crypto dns net serve source store tlsa update"
  targets=""
  for folder in $readers; do targets="$targets ${folder}_test"; done
  # shellcheck disable=SC2086 # one word a target
  build asan --target $targets
  step "clang-tidy"
  contrib/check-tidy --limit 2 build/asan
  step "tests with address and undefined behaviour sanitizers"
  tests asan -R "^unit/($(echo "$readers" | tr ' ' '|'))\$"
  step "all tests but the long ones"
  tests dev -LE long
  exit
fi

export DW_TEST_TIER=full
step "build with clang, address and undefined behaviour sanitizers"
build asan
step "clang-tidy"
contrib/check-tidy --all build/asan
step "tests with address and undefined behaviour sanitizers"
tests asan -L 'unit|golden|cli|fault|fuzz'
step "tests with thread sanitizer"
build tsan
tests tsan -L 'unit|cli'
step "fuzzing, one minute a target"
build fuzz
for target in build/fuzz/tests/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  mkdir -p "build/fuzz/corpus/$name"
  "$target" -max_total_time=60 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
done

step "all tests"
tests dev
