#pragma once

/// \file
/// What the listed secondaries serve, as facts: first sights of versions, and what is wrong with a
/// server. No I/O, no clock. Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "model/facts.h"
#include "net/client.h"

namespace danewerk::observe {

/// What one secondary said when it was asked for the zone's SOA.
struct SecondaryAnswer {
  enum class Kind : std::uint8_t {
    kServes,  ///< with authority; `serial` counts
    kLame,    ///< it answers, but does not serve the zone: not loaded, expired, refused
    kSilent,
  };
  std::string address{};  ///< "192.0.2.53@53", as model::Secondary has it
  Kind kind = Kind::kSilent;
  std::uint32_t serial = 0;
  std::string why{};  ///< of the others: a sentence that begins with a verb
};

/// \param reply  to a question for the zone's SOA.
SecondaryAnswer read_soa_answer(std::string address, dns::NameView zone, const net::Reply& reply);

/// Makes the facts list just these secondaries, in this order; what is known of one that stays is
/// kept.
void list_secondaries(model::Facts& facts, const std::vector<std::string>& addresses);

/// Enters a look: sights of versions that are published (RFC 1982 decides what is newer), and none
/// of versions that a secondary does not serve any more. Sights that nobody will ask for are
/// dropped.
void enter_secondaries(model::Facts& facts, const std::vector<SecondaryAnswer>& answers,
                       sys_seconds now, Findings& findings);

/// The newest version that a secondary was seen with; 0: none.
model::VersionNumber newest_seen(const model::Secondary& secondary);

}  // namespace danewerk::observe
