# shellcheck shell=sh disable=SC2034 # the lists are used where this is sourced
# Debian packages, and how the scripts beside this one install them. Sourced, not run.

# What `cmake --preset release` needs.
PACKAGES_BUILD="g++ cmake ninja-build pkg-config libldns-dev libssl-dev libcli11-dev libfmt-dev \
libexpected-dev nlohmann-json3-dev libyaml-cpp-dev libsqlite3-dev libsqlitecpp-dev \
libasio-dev libspdlog-dev libsystemd-dev libunbound-dev scdoc"

# What the quickstart runs beside danewerk: openssl makes its certificate.
PACKAGES_QUICKSTART="openssl ca-certificates"

# What the tests need beside it: test libraries, clang for sanitizers and analysis, checkers.
PACKAGES_TEST="git openssl doctest-dev librapidcheck-dev clang-19 libclang-rt-19-dev clang-tidy-19 \
clang-format-19 shellcheck python3 strace"

# Other people's signers and verifiers, used as oracles.
PACKAGES_PEERS="bind9-utils bind9-dnsutils knot knot-dnsutils knot-dnssecutils ldnsutils validns \
unbound-host bind9 nsd unbound postfix iproute2 gnutls-bin hash-slinger faketime \
certbot dehydrated lego pebble"

# What the benchmarks need beside the peers.
PACKAGES_BENCH="liblmdb-dev time python3"

# packages_missing PACKAGE... - prints those that are not installed.
packages_missing() {
  for package in "$@"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || printf '%s ' "$package"
  done
}

# packages_give_up REASON PACKAGE... - says which packages are wanted and ends the script.
packages_give_up() {
  reason=$1
  shift
  {
    echo "error: $reason"
    echo "these packages (named as in Debian 12) are needed:"
    printf '%s\n' "$@" | fold -s -w 76 | sed 's/^/  /'
    echo "hint: install them, then start this script again with --no-packages,"
    echo "      or as root: apt-get install --no-install-recommends $*"
  } >&2
  exit 2
}

# While packages are installed, /usr/sbin/policy-rc.d keeps their services from starting.
POLICY_FILE=/usr/sbin/policy-rc.d
POLICY_KEPT=""
POLICY_OURS=""

services_forbid() {
  if [ -e "$POLICY_FILE" ] && [ ! -e "$POLICY_FILE.before-danewerk" ]; then
    POLICY_KEPT="$POLICY_FILE.before-danewerk"
    $AS_ROOT mv "$POLICY_FILE" "$POLICY_KEPT"
  fi
  POLICY_OURS=yes
  printf '#!/bin/sh\nexit 101\n' | $AS_ROOT tee "$POLICY_FILE" >/dev/null
  $AS_ROOT chmod 0755 "$POLICY_FILE"
}

services_allow() {
  [ -n "$POLICY_OURS" ] || return 0
  POLICY_OURS=""
  $AS_ROOT rm -f "$POLICY_FILE"
  [ -z "$POLICY_KEPT" ] || $AS_ROOT mv "$POLICY_KEPT" "$POLICY_FILE"
}

# packages_install PACKAGE... - installs what is missing, and nothing when nothing is.
packages_install() {
  if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    packages_give_up "this is not a Debian system" "$@"
  fi
  missing=$(packages_missing "$@")
  [ -n "$missing" ] || return 0
  AS_ROOT=""
  if [ "$(id -u)" -ne 0 ]; then
    # shellcheck disable=SC2086 # one word a package
    sudo -n true 2>/dev/null || packages_give_up "only root can install packages" $missing
    AS_ROOT="sudo -n"
  fi
  echo "installing: $missing"
  trap services_allow EXIT
  trap 'exit 130' INT TERM HUP
  services_forbid
  log=$(mktemp)
  quiet="-qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300"
  # shellcheck disable=SC2086 # options and packages are words
  if ! { $AS_ROOT apt-get $quiet update </dev/null >"$log" 2>&1 &&
    $AS_ROOT env DEBIAN_FRONTEND=noninteractive apt-get $quiet install -y \
      --no-install-recommends $missing </dev/null >"$log" 2>&1; }; then
    tail -n 20 "$log" >&2
    # shellcheck disable=SC2086 # one word a package
    packages_give_up "apt-get could not install them" $missing
  fi
  rm -f "$log"
  services_allow
  trap - EXIT INT TERM HUP
}
