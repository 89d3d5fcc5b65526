#include "config/example.h"

namespace danewerk::config {

namespace {

constexpr std::string_view kExample =
    R"(# danewerk.yaml - see danewerk.yaml(5). `danewerk check` tells what is wrong with it.
# Paths are relative to this file's folder. Spans are numbers with s m h d w y.
# Only root and the user who runs danewerk may be able to write this file: it names commands.

state: state                # what danewerk remembers: database, versions, snapshots
keys: keys                  # private keys; mode 0700

# include: zones.d/*.yaml   # more files with the same keys, for many zones

# daemon:                   # danewerkd only
#   listen: ["127.0.0.1@5300", "::1@5300"]
#   metrics: 127.0.0.1@9953
#   control-group: dns      # who may talk to it; its own user alone by default
#   control-socket: /run/danewerk/control       # in the state folder by default
#   status-file: /run/danewerk/status.json      # for monitoring; none by default

# How zones are signed. What is commented out is the default.
policies:
  default:
    algorithm: rsasha256    # rsasha512, ecdsap256sha256, ecdsap384sha384, ed25519, ed448; none
    # ksk: {bits: 2048, lifetime: never, roll: double-ksk}      # roll: double-ds
    # zsk: {bits: 2048, lifetime: 90d, roll-in: auto}
    # csk: {lifetime: never}                                    # instead of both: one key
    # denial: {type: nsec3, iterations: 0, salt: "", opt-out: false}
    # signatures: {validity: 30d, refresh: auto, spread: auto, batch: 1d, inception-offset: 1h}
    # dnskey-ttl: 1h
    # propagation-delay: 1h          # until all secondaries have a new version
    # parent-propagation-delay: 1h   # the same for the parent
    # parent-ds-ttl: 1d              # at least; the largest that was ever seen counts
    # cds: rollover                  # always, never
    # ds-digests: [sha256]           # sha384
    # serial: unixtime               # increment, date, keep
    # zonemd: false
    # manual: false                  # true: each roll waits for `danewerk key step`
    # key-retention: 90d             # how long removed private keys are kept

# What many zones have in common; %s is the zone's name.
templates:
  standard:
    file: zones/%s.zone
    output: signed/%s.zone
    # after-publish: [nsd-control, reload, "%s"]

# The zones. Without a name server that is told (after-publish) or asked (secondaries), danewerk
# waits propagation-delay, or SOA REFRESH + RETRY, for others to have fetched a new version.
zones:
  # example.org: {template: standard}
  # example.net:
  #   file: zones/example.net.zone
  #   policy: default
  #   output: signed/example.net.zone
  #   output-mode: 0644
  #   after-publish: [nsd-control, reload, example.net]
  #   secondaries: [{address: 192.0.2.53, port: 53, tsig: transfer, notify: true, observe: true}]
  #   allow-transfer: [{address: 192.0.2.0/24, tsig: transfer}]
  #   parents: auto         # or a list of addresses; {zone: org} when that is signed here; none

# tsig:
#   transfer: {algorithm: hmac-sha256, secret-file: tsig/transfer}    # base64, mode 0600

# certificates:             # TLSA records that follow a certificate
#   mail:
#     certificate: /etc/letsencrypt/live/mx1.example.org/fullchain.pem
#     key: /etc/letsencrypt/live/mx1.example.org/privkey.pem
#     key-policy: stable    # next, any
#     records: [3 1 1, 2 1 1]
#     serve: {directory: served/mail, owner: root, group: ssl-cert, mode: "0640"}
#     reload: [postfix, reload]
#     services: [mx1.example.org:25/smtp, mx1.example.org:443/https]
#     ttl: 1h

# after-run: [systemctl, reload, nsd]    # once a pass that published anything
)";

}  // namespace

std::string_view example_text() {
  return kExample;
}

}  // namespace danewerk::config
