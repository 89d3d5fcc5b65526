#!/bin/sh
# Made the certificates here, with OpenSSL 3.0; `values` was written by danetool of GnuTLS 3.7 from them. For a new set
# run it in an empty folder. The keys protect nothing: CAs' keys are thrown away.
set -eu
leaf() { # NAME GENPKEY-ARGUMENTS...
  name=$1
  shift
  openssl genpkey "$@" -out "$name.key"
  openssl req -new -key "$name.key" -subj "/CN=mx1.mail.example" -out "$name.csr"
  printf 'subjectAltName=DNS:mx1.mail.example,DNS:*.pool.mail.example\n' > ext
  openssl x509 -req -in "$name.csr" -CA issuer.pem -CAkey issuer.key -extfile ext -days 36500 -out "$name.pem"
  cat "$name.pem" issuer.pem root.pem > "$name-chain.pem"
  openssl pkey -in "$name.key" -pubout -out "$name.pub"
}
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj "/O=Danewerk tests/CN=Root" -days 36500 -out root.pem
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout issuer.key -subj "/O=Danewerk tests/CN=Issuer" -out issuer.csr
printf 'basicConstraints=critical,CA:TRUE,pathlen:0\n' > ext
openssl x509 -req -in issuer.csr -CA root.pem -CAkey root.key -extfile ext -days 36500 -out issuer.pem
leaf rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
leaf p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
leaf p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
leaf ed25519 -algorithm ED25519
leaf ed448 -algorithm ED448
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.key
openssl req -x509 -key short.key -subj "/CN=mx1.mail.example" -days 36500 -out short.pem
rm -f ext issuer.csr root.key issuer.key short.key root.srl issuer.srl
