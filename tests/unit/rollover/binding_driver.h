#pragma once

/// \file
/// A binding without DNS, certificates or services: publishes the RRsets that the engine asks for,
/// serves the chains, lets endpoints be looked at, and moves the clock from one event to the next.
/// Records and certificates are words. Nothing of the engine's timing is used here.

#include <map>
#include <string>
#include <vector>

#include "rollover/binding.h"
#include "rollover/binding_merge.h"

namespace danewerk::rollover {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

inline const sys_seconds kBegin{seconds(1'800'000'000)};

/// A certificate: its own name, its key's and its issuers'.
struct Cert {
  std::string id;
  std::string key;
  std::vector<std::string> issuers{};
  sys_seconds from = kBegin - days(1);
  sys_seconds until = kBegin + days(90);
  bool sends_anchor = true;  ///< else no record of usage 2 matches
  model::IssuerStanding standing = model::IssuerStanding::kListed;
  std::optional<sys_seconds> anchor_until{};
};

class BindingDriver {
 public:
  struct Event {
    sys_seconds at{};
    std::string what;  ///< "deploy k2", "_25._tcp.mx. 311:k1 311:k2"
  };
  /// RECORDS: "311", "211".
  explicit BindingDriver(model::BindingMode mode, std::vector<std::string> records = {"311"});

  model::BindingPolicy policy;
  std::vector<std::string> forms;
  std::vector<model::TlsaOwner> owners;
  std::map<std::string, model::Facts> facts;  ///< by owner: each is in a zone of its own
  seconds delay = hours(1);                   ///< propagation-delay: P
  seconds negative_ttl = minutes(30);
  std::vector<std::string> endpoints{"mx"};
  std::map<std::string, Cert> stuck;  ///< what an endpoint presents, whatever is served
  std::map<std::string, bool> silent;
  std::map<std::string, bool> without_tls;
  bool is_probed = true;              ///< else nobody looks at the endpoints
  std::vector<std::string> coverage;  ///< issuers
  std::map<std::string, model::RdataSet> neighbours;
  model::RdataSet named_by_others;
  std::vector<std::string> neighbour_chain;  ///< words that it satisfies; empty: no neighbour
  std::string held;
  bool can_publish = true;
  model::Binding binding;
  sys_seconds now = kBegin;
  std::vector<Event> log;
  BindingDecision last;

  [[nodiscard]] static Bytes record(const std::string& word);  ///< "311:k1"
  [[nodiscard]] static std::string word(const Bytes& rdata);
  [[nodiscard]] static model::RdataSet records(const std::vector<std::string>& words);

  Offer offer(const Cert& cert);
  /// A key that was made: offered as the next one.
  Result<void> next_key(const std::string& key);
  [[nodiscard]] BindingSituation situation() const;
  /// Lets a request change the binding; then a pass.
  template <class Request>
  auto ask(Request request) {
    auto asked = situation();
    auto result = request(asked);
    take(asked);
    pass();
    return result;
  }
  void pass();
  void run_until(sys_seconds end);
  void run_for(seconds span) { run_until(now + span); }

  /// The records of the present version of the first owner, in words, sorted.
  [[nodiscard]] std::string published(std::size_t owner = 0) const;
  [[nodiscard]] std::string served() const { return binding.served ? binding.served->key : ""; }
  /// Moment of that event; aborts the test when there is none.
  [[nodiscard]] sys_seconds when(const std::string& what) const;
  [[nodiscard]] bool did(const std::string& what) const;
  [[nodiscard]] bool waits_for(std::string_view rule) const;
  [[nodiscard]] bool found(std::string_view rule) const;
  /// A version of an RRset that a resolver may hold for a TTL, and a combination of it that what is
  /// served does not match. Empty: none.
  [[nodiscard]] std::string find_refusal() const;

 private:
  [[nodiscard]] model::Chain chain(const Cert& cert) const;
  [[nodiscard]] model::RdataSet pool() const;
  [[nodiscard]] bool matches(const Cert& cert, const Bytes& rdata) const;
  void evaluate(model::Chain& chain) const;
  void take(const BindingSituation& asked);
  void look();
  void publish();
  void advance_all();
  void commit(const BindingDecision& decision);

  struct Shown {
    std::size_t owner = 0;
    model::RdataSet records;
    seconds ttl{0};
    std::optional<sys_seconds> replaced{};  ///< published without it
  };
  std::vector<Shown> shown_;
  std::map<std::string, Cert> certs_;
  std::map<std::string, model::Endpoint::Sight> sights_;
  std::map<std::string, std::string> shown_ids_;  ///< what an endpoint presented last
  std::vector<OwnerView> views_;
  std::vector<BindingWait> merge_waits_;
  std::map<std::string, model::VersionNumber> versions_;
};

/// P + K * T + M with the times that a driver begins with.
inline constexpr seconds kAged = hours(1) + 2 * hours(1) + minutes(5);
/// The first owner.
inline const std::string kOwner = "_25._tcp.mx.";

/// A binding that has long served c1 of k1 by i1; the list of issuers is i1 and i2.
BindingDriver bound(model::BindingMode mode, std::vector<std::string> forms = {"311"});
/// The same with any key, and records of both.
BindingDriver issuer_mode();
/// A certificate that begins now, and ends after the others.
Cert renewed(const BindingDriver& mail, const std::string& id, const std::string& key,
             const std::string& issuer = "i1");
/// \param banned  records, in words
Result<void> emergency(BindingDriver& mail, model::EmergencyKind kind,
                       model::EmergencyChoice choice, const std::vector<std::string>& banned = {});

}  // namespace danewerk::rollover
