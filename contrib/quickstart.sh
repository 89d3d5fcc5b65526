#!/bin/sh
# From a fresh Debian 12 to a signed mail zone: installs what is missing, builds danewerk, makes a
# certificate, and signs zones/example.org.zone with TLSA records for it.
#
#   sh contrib/quickstart.sh [--no-packages]
#
# A second run uses the same keys, certificate and signatures, and changes nothing. Everything is
# written below build/quickstart, except the keys, which go into keys/.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=contrib/packages.sh
. contrib/packages.sh

zone=example.org
mail=mx1.$zone
out=build/quickstart
certificates=$out/certificates
signed=$out/$zone.signed
danewerk=build/release/src/app/danewerk

say() { printf '\n== %s\n' "$*"; }

case ${1:-} in
  "")
    say "packages"
    # shellcheck disable=SC2086 # one word a package
    packages_install $PACKAGES_BUILD $PACKAGES_QUICKSTART
    ;;
  --no-packages) ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

say "build"
mkdir -p build
[ -f build/release/build.ninja ] || cmake --preset release >build/release.log 2>&1 || {
  cat build/release.log
  exit 1
}
if [ -t 1 ]; then
  cmake --build --preset release # shows how far it is
else
  cmake --build --preset release -- --quiet >build/release.log 2>&1 || {
    cat build/release.log
    exit 1
  }
fi
echo "$danewerk"

# issue NAME SUBJECT ISSUER EXTENSIONS - a key and a certificate by another one.
issue() {
  openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$2" \
    -keyout "$certificates/$1-key.pem" -out "$certificates/$1.csr" 2>/dev/null
  printf '%b' "$4" >"$certificates/$1.ext"
  openssl x509 -req -in "$certificates/$1.csr" -CA "$certificates/$3.pem" \
    -CAkey "$certificates/$3-key.pem" -CAcreateserial -sha256 -days 90 \
    -extfile "$certificates/$1.ext" -out "$certificates/$1.pem" 2>/dev/null
}

# A private CA, an issuer below it, and a certificate of the mail host, as an ACME client would
# leave them: mail-chain.pem is the host's certificate followed by its issuer's.
make_certificates() {
  mkdir -p "$certificates"
  chmod 0700 "$certificates"
  umask 077
  openssl req -x509 -new -newkey rsa:2048 -nodes -sha256 -days 3650 -subj "/CN=Quickstart CA" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
    -keyout "$certificates/ca-key.pem" -out "$certificates/ca.pem" 2>/dev/null
  issue issuer "Quickstart issuer" ca \
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n'
  issue mail "$mail" issuer "subjectAltName=DNS:$mail\nextendedKeyUsage=serverAuth\n"
  cat "$certificates/mail.pem" "$certificates/issuer.pem" >"$certificates/mail-chain.pem.new"
  mv "$certificates/mail-chain.pem.new" "$certificates/mail-chain.pem"
  umask 022
}

say "certificate of $mail"
openssl x509 -checkend 0 -noout -in "$certificates/mail-chain.pem" >/dev/null 2>&1 || make_certificates
echo "$certificates/mail-chain.pem"

say "TLSA records for it"
# 3 1 1 names the key of the host, 2 1 1 that of its issuer; clients take either.
"$danewerk" tlsa gen "$certificates/mail-chain.pem" --record '3 1 1' --record '2 1 1' \
  --owner "_25._tcp.$mail" >"$out/tlsa.records"
cat "$out/tlsa.records"
{
  cat "zones/$zone.zone"
  printf '\n; made by danewerk tlsa gen\n'
  cat "$out/tlsa.records"
} >"$out/$zone.zone"

say "sign"
chmod 0700 keys
reuse=""
[ ! -f "$signed" ] || reuse="--reuse $signed"
# shellcheck disable=SC2086 # an option and its value, or nothing
"$danewerk" sign "$out/$zone.zone" --origin "$zone" --keys keys --generate-keys \
  --serial increment $reuse -o "$signed" >"$out/sign.log"
cat "$out/sign.log"
sed -n "s/.* \($zone\. IN DS .*\)/\1/p" "$out/sign.log" >"$out/$zone.ds"

say "verify"
"$danewerk" verify "$signed" --origin "$zone" --ds "$out/$zone.ds"

say "done"
cat <<END
signed zone     $signed
DS to upload    $(cat "$out/$zone.ds")
TLSA records    $(grep -c TLSA "$out/tlsa.records") in the signed zone, for $mail port 25

What to type next:
  $danewerk verify $signed --json
  $danewerk sign --help
  man build/release/contrib/man/danewerk.1
  sh contrib/test.sh
Edit zones/$zone.zone, run it again, and only what changed is signed again.
END
