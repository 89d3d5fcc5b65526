#!/bin/sh
# After acme.sh installed a certificate: --reloadcmd, with --install-cert.
#
#   acme.sh --install-cert -d mx1.example.org \
#     --fullchain-file /etc/ssl/mx1/fullchain.pem --key-file /etc/ssl/mx1/privkey.pem \
#     --reloadcmd '/usr/share/danewerk/hooks/acme.sh /etc/ssl/mx1/fullchain.pem'
#
# acme.sh tells of the files in its own folder (CERT_FULLCHAIN_PATH), not of those that it copied: say
# those here, as `certificate:` in danewerk.yaml has them. Without words, its own folder is meant.
set -eu
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
exec "${DANEWERK:-danewerk}" hook acme.sh "$@"
