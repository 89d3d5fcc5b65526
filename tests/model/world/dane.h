#pragma once

/// \file
/// DANE clients: resolvers that may hold any version of a TLSA RRset that any server ever served,
/// until its TTL has run out, and what services present. Judges promise P2: that no such version
/// refuses what is presented. Knows nothing of how records and certificates are chosen.
/// Thread-compatible.

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "world/servers.h"

namespace danewerk::world {

struct TlsaItem {
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;
  std::uint8_t matching = 1;
  std::string subject;  ///< name of a key or a certificate
  auto operator<=>(const TlsaItem&) const = default;
};

struct TlsaRrset {
  std::set<TlsaItem> records{};
  seconds ttl{0};
  auto operator<=>(const TlsaRrset&) const = default;
};
std::string to_text(const TlsaRrset& rrset);

/// A certificate as a client sees it.
struct Presented {
  std::string certificate;
  std::string key;
  std::vector<std::string> issuers{};  ///< keys of those that are sent along
  sys_seconds until{};
};

/// Whether a record matches: usage 3 asks for the key or the certificate and for no date (RFC 7671
/// section 5.1), usage 2 for an issuer that is sent, and for valid dates (section 5.2).
bool matches(const TlsaItem& item, const Presented& presented, sys_seconds at);

struct Refusal {
  sys_seconds at{};
  /// Every client refuses it; else only those that go by one combination alone.
  bool is_by_all = false;
  std::string text;
};

class DaneWorld {
 public:
  /// One zone with one owner each.
  explicit DaneWorld(const std::vector<Servers::Spec>& zones);

  Servers& zone(std::size_t owner) { return zones_.at(owner); }
  /// The primary may serve it, and older ones (Servers::offer).
  void offer(std::size_t owner, std::uint64_t version, const TlsaRrset& rrset, sys_seconds at);
  /// The primary serves nothing older.
  void settle(std::size_t owner, std::uint64_t version, sys_seconds at);
  void set_expire(seconds expire) { expire_ = expire; }
  /// An endpoint presents that from now on.
  void present(const std::string& endpoint, const Presented& presented, sys_seconds at);
  [[nodiscard]] const std::map<std::string, Presented>& presented() const { return presented_; }

  void advance(sys_seconds at);
  /// Every version that may be held now against all that is presented.
  void judge(sys_seconds at);
  /// Since the last call.
  std::vector<Refusal> take_refusals();
  /// Some resolver may hold a version with records.
  [[nodiscard]] bool is_enforced(std::size_t owner, sys_seconds at) const;

 private:
  [[nodiscard]] std::set<TlsaRrset> held(std::size_t owner, sys_seconds at) const;
  void judge_one(const TlsaRrset& rrset, const std::string& endpoint, sys_seconds at);

  std::vector<Servers> zones_;
  std::vector<std::map<std::uint64_t, TlsaRrset>> versions_;
  std::map<std::string, Presented> presented_;
  seconds expire_ = std::chrono::days(14);
  std::vector<Refusal> refusals_;
};

}  // namespace danewerk::world
