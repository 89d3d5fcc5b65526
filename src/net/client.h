#pragma once

/// \file
/// A DNS client: many servers asked at once, from one thread, within a time limit. UDP with a
/// random id and port and a few tries, then TCP when an answer does not fit.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dns/message.h"
#include "dns/update_message.h"
#include "net/endpoint.h"
#include "net/tsig.h"

namespace danewerk::net {

using std::chrono::milliseconds;

/// One question, or one update, to one server.
struct Inquiry {
  Endpoint server{};
  dns::Name name{};
  dns::RrType type = dns::RrType::kSoa;
  bool is_recursion_desired = false;
  std::shared_ptr<const TsigKey> tsig{};  ///< null: not signed
  bool is_dnssec_ok = false;              ///< signatures and denials are wanted, too
  Transport transport = Transport::kUdp;  ///< kTcp: not even tried by UDP
  /// Sent instead of a question, over TCP and once; its id is set here.
  std::shared_ptr<const dns::Update> update{};
};

enum class Outcome : std::uint8_t {
  kAnswered,  ///< with whatever RCODE
  kSilent,    ///< nothing that answers the question, and is signed when it must be
  kNoRoute,   ///< this machine cannot send there
};

struct Reply {
  Outcome outcome = Outcome::kSilent;
  dns::Message message{};  ///< of kAnswered
  std::string why{};       ///< of the others: a sentence that begins with a verb: "does not answer"
};

struct AskLimits {
  milliseconds attempt{1500};  ///< for one try by UDP, twice that for TCP
  unsigned attempts = 3;       ///< by UDP
  milliseconds whole{10'000};  ///< for all of them together
  std::size_t sockets = 64;    ///< open at once
  sys_seconds now{};           ///< for TSIG
};

/// One reply an inquiry, in the same order. A server that was silent for several inquiries in full,
/// and answered none, is not waited for again.
std::vector<Reply> ask_all(const std::vector<Inquiry>& inquiries, const AskLimits& limits);

Reply ask(const Inquiry& inquiry, const AskLimits& limits);

}  // namespace danewerk::net
