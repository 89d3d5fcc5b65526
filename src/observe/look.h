#pragma once

/// \file
/// Looking at other people's servers: all questions about many zones at once, and what comes of
/// them as facts. `look_all` does all the I/O; `enter` none. Thread-compatible.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "dns/name.h"
#include "model/key_ring.h"
#include "model/zone_state.h"
#include "net/client.h"
#include "observe/ds_sight.h"
#include "observe/first_keys.h"
#include "observe/parents.h"
#include "observe/secondaries.h"
#include "observe/tlsa_answer.h"

namespace danewerk::observe {

/// What is asked about one zone.
struct LookTask {
  struct SecondaryServer {
    net::Endpoint endpoint{};
    std::shared_ptr<const net::TsigKey> tsig{};  ///< null: none
  };
  enum class Parents : std::uint8_t {
    kNobody,   ///< `none`, a zone of ours, or it is not time
    kServers,  ///< those in `parent_servers`
    kAuto,     ///< the parent's name servers, found by asking the resolvers
  };
  dns::Name zone{};
  /// All that are listed and to be observed.
  std::vector<SecondaryServer> secondaries{};
  bool asks_secondaries = true;  ///< it is time
  Parents parents = Parents::kNobody;
  std::vector<net::Endpoint> parent_servers{};
  DsKeys keys{};             ///< of the ring, those that may have a DS
  bool asks_dnskey = false;  ///< a zone without state (promise P4)
  /// Names of TLSA records that secondaries are asked for beside the serial.
  std::vector<dns::Name> tlsa_owners{};
};

/// What one secondary said of TLSA records.
struct TlsaAnswer {
  std::string address{};
  std::string owner{};  ///< canonical text
  TlsaShown shown{};
};

struct LookOptions {
  sys_seconds now{};
  std::vector<net::Endpoint> resolvers{};  ///< for kAuto; net::system_resolvers
  std::uint16_t parent_port = net::kDnsPort;
  std::chrono::milliseconds timeout{10'000};  ///< for all of it
  std::chrono::milliseconds attempt{1500};    ///< for one try
  std::size_t sockets = 64;                   ///< open at once
};

/// What the servers said.
struct Look {
  dns::Name zone{};
  std::vector<std::string> listed{};  ///< addresses of all secondaries of the task
  bool asked_secondaries = false;
  std::vector<SecondaryAnswer> secondaries{};
  ParentsAnswer parents{};
  std::vector<DnskeyAnswer> dnskeys{};  ///< with LookTask::asks_dnskey
  std::vector<TlsaAnswer> tlsa{};
  DsKeys keys{};
};

/// One look a task, in the same order.
std::vector<Look> look_all(const std::vector<LookTask>& tasks, const LookOptions& options);
Look look(const LookTask& task, const LookOptions& options);

/// Brings the facts up to date, and the largest serial that was seen anywhere.
void enter(const Look& look, model::ZoneState& state, sys_seconds now, Findings& findings);

/// What is worth asking now.
struct LookWish {
  bool secondaries = false;
  bool parents = false;
  /// When to ask again if nothing else happens.
  sys_seconds next{};
  [[nodiscard]] bool any() const { return secondaries || parents; }
};
/// Who there is to ask.
struct WhoIsThere {
  bool has_secondaries = false;
  bool has_parents = false;
  bool awaits_records = false;  ///< TLSA records that a secondary was not seen with (tlsa_sight.h)
};
/// Secondaries: while one of them was not seen with the newest published version, or with
/// TLSA records in it, and hourly.
/// Parents: while a DS is to come or to go and that was not seen, and daily; the second of two
/// looks not before ten minutes have passed.
LookWish wants_look(const model::ZoneState& state, WhoIsThere who, sys_seconds now);

}  // namespace danewerk::observe
