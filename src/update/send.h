#pragma once

/// \file
/// Sending records of ours to the server of a zone that others sign (RFC 2136), signed with TSIG
/// (RFC 8945). Single records are added and deleted, never an RRset: other hosts may have records
/// at the same name. Does I/O. Thread-compatible.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dns/update_message.h"
#include "net/client.h"

namespace danewerk::update {

/// What is to be changed at one name.
struct Difference {
  std::set<Bytes> add{};  ///< RDATA
  std::set<Bytes> remove{};
  seconds ttl{0};  ///< of those that are added
  [[nodiscard]] bool is_empty() const { return add.empty() && remove.empty(); }
  bool operator==(const Difference&) const = default;
};

/// Adds what one name needs to an update.
void add_to(dns::Update& update, const dns::Name& owner, const Difference& difference);

struct SendTask {
  net::Endpoint server{};
  std::shared_ptr<const net::TsigKey> tsig{};
  std::shared_ptr<const dns::Update> update{};
};

/// What came of it.
struct Sent {
  enum class Outcome : std::uint8_t {
    kAccepted,
    kRefused,  ///< the server says no: nothing of it was done (RFC 2136 section 3.7)
    kUnknown,  ///< nothing came that counts: it may have been done
  };
  Outcome outcome = Outcome::kUnknown;
  std::string why{};  ///< a sentence that begins with a verb
  std::string hint{};
};

/// One result a task, in the same order. Sending again what was done does nothing.
std::vector<Sent> send_all(const std::vector<SendTask>& tasks, const net::AskLimits& limits);

/// What a reply to an update says.
Sent read_reply(const net::Reply& reply);

}  // namespace danewerk::update
