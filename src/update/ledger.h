#pragma once

/// \file
/// What looks at the servers of a zone that others sign say of an owner there, as the ledger that
/// the rules of bindings count from: which versions of its RRset resolvers may hold. And what of
/// it is ours to change. No I/O, no clock. Thread-compatible.

#include <optional>
#include <string>

#include "base/finding.h"
#include "model/tlsa_owner.h"
#include "update/look.h"
#include "update/send.h"

namespace danewerk::update {

/// An owner whose servers were never asked.
model::TlsaOwner unknown_owner(std::string name);

/// Enters a look. A content that the servers did not have before is a new version, whoever made it;
/// which one is older, serials tell (RFC 1982). A version is published when our server took it, or
/// when any server shows it.
/// REQUIRES: owner.elsewhere.
void enter(const OwnerLook& look, model::TlsaOwner& owner, sys_seconds now, Findings& findings);

/// What speaks against relying on what was seen, and servers that do not answer.
void tell(const model::TlsaOwner& owner, sys_seconds now, Findings& findings);

/// For rollover::advance: versions, and which server was seen with which. Held while that cannot be
/// measured.
model::Facts facts_of(const model::TlsaOwner& owner, sys_seconds now);

/// What bindings want there.
struct Wanted {
  model::RdataSet records{};
  seconds ttl{0};
};

/// Makes what is wanted the next version, when it is not what is there. Others' records stay, and
/// so do records of issuers that others may rely on.
/// \returns whether it is a new one: to be saved before anything is sent.
bool intend(model::TlsaOwner& owner, const Wanted& wanted, sys_seconds now, Findings& findings);

/// What the server is to be sent; nothing when it took the present version. Unless any server shows
/// an older one for longer than transfers take: it may have lost what it took.
std::optional<Difference> to_send(const model::TlsaOwner& owner, const Wanted& wanted,
                                  sys_seconds now, Findings& findings);

/// What the operator is to do by hand: the difference to what the servers show.
Difference to_do(const model::TlsaOwner& owner, const Wanted& wanted);

/// The server took the present version.
void note_accepted(model::TlsaOwner& owner, const Wanted& wanted, sys_seconds now);

/// Whether the servers are to be asked now, and when next if nothing else happens. Now, while
/// anything is awaited; else hourly.
struct LookWish {
  bool is_now = false;
  sys_seconds next{};
};
LookWish wants_look(const model::TlsaOwner& owner, sys_seconds now);

/// Servers that were asked before, those that no NS record names any more among them.
std::vector<NamedServer> known_servers(const model::TlsaOwner& owner);

}  // namespace danewerk::update
