#pragma once

/// \file
/// Is a zone without state a new zone? Not when its secondaries or its parent show keys that we do
/// not have (promise P4). No I/O. Thread-compatible.

#include <string>
#include <vector>

#include "dns/name.h"
#include "model/key.h"
#include "net/client.h"

namespace danewerk::observe {

struct Look;

/// What one secondary said when it was asked for the zone's DNSKEY.
struct DnskeyAnswer {
  std::string address{};
  bool is_answered = false;  ///< with a DNSKEY RRset, or that there is none
  std::vector<model::Dnskey> keys{};
  std::string why{};  ///< of those that did not answer
};
DnskeyAnswer read_dnskey_answer(std::string address, dns::NameView zone, const net::Reply& reply);

/// What speaks against making the first keys of a zone.
struct FirstKeys {
  /// DNSKEY and DS that are shown and that none of the keys we hold accounts for: sentences.
  std::vector<std::string> foreign{};
  /// Parent servers, or why they were not found, when they had to be asked and did not answer:
  /// sentences. None of them may be taken for a no.
  std::vector<std::string> unanswered{};
  [[nodiscard]] bool may_be_made() const { return foreign.empty() && unanswered.empty(); }
};
/// \param held  DNSKEY of every key of the zone that we hold.
/// REQUIRES: the look was made with LookTask::asks_dnskey.
FirstKeys judge_first_keys(const Look& look, const std::vector<model::Dnskey>& held);

}  // namespace danewerk::observe
