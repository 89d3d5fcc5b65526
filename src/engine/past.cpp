#include "engine/past.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crypto/algorithm.h"
#include "seal/serial.h"
#include "source/zone_file.h"

namespace danewerk::engine {

using dns::RrType;
using model::KeyRole;

namespace {

constexpr const char* kBringBack =
    "bring the state back with danewerk restore; or leave only the keys that are in use in the "
    "key folder";

std::string names_of(const std::vector<const model::Key*>& keys) {
  std::string text;
  for (const auto* key : keys) {
    text += (text.empty() ? "" : ", ") + std::to_string(key->dnskey.tag());
  }
  return text;
}

std::vector<model::Dnskey> dnskeys_of(const std::vector<model::Key>& keys) {
  std::vector<model::Dnskey> all;
  all.reserve(keys.size());
  for (const auto& key : keys) all.push_back(key.dnskey);
  return all;
}

class Judgement {
 public:
  explicit Judgement(const PastTask& task) : task_(task) {}

  Result<Past> judge() {
    if (!task_.zone->output.empty()) DW_TRY_VOID(read_output());
    if (task_.look != nullptr) DW_TRY_VOID(judge_servers());
    const auto& policy = *task_.policy;
    if (policy.is_unsigned) return std::move(past_);
    DW_TRY_VOID(check_shown());
    if (policy.has_csk) {
      DW_TRY_VOID(choose(KeyRole::kCsk, "CSK"));
    } else {
      DW_TRY_VOID(choose(KeyRole::kKsk, "KSK"));
      DW_TRY_VOID(choose(KeyRole::kZsk, "ZSK"));
    }
    return std::move(past_);
  }

 private:
  Result<void> read_output() {
    const auto& output = task_.zone->output;
    DW_TRY(const bool there, file_exists(output));
    if (!there) return {};
    const auto present = source::read_zone_file(
        output, {.origin = task_.apex, .dnssec = source::Dnssec::kKeepAll, .jobs = task_.jobs});
    if (!present.zone) {
      return fail(Errc::kRefused, fmt::format("'{}' is there and cannot be read", output.string()),
                  "move it away if it is not needed");
    }
    past_.serial = seal::serial_of(*present.zone);
    const auto dnskeys = present.zone->apex_node().find(RrType::kDnskey);
    if (!dnskeys) return {};
    for (const auto rdata : dnskeys->rdata) {
      DW_TRY(const auto dnskey, model::dnskey_from_rdata(rdata));
      if (note_shown(dnskey) || task_.is_new) continue;
      return fail(Errc::kRefused,
                  fmt::format("'{}' was signed with key {}, which is not in '{}'", output.string(),
                              dnskey.tag(), task_.keys_folder.string()),
                  "take it over with danewerk key import, or move the file away to begin anew with "
                  "other keys");
    }
    return {};
  }

  /// Whether it is held.
  bool note_shown(const model::Dnskey& dnskey) {
    const auto held = std::ranges::find_if(*task_.held, [&](const model::Key& key) {
      return key.dnskey.algorithm == dnskey.algorithm && key.dnskey.public_key == dnskey.public_key;
    });
    if (held == task_.held->end()) return false;
    shown_.insert(held->id());
    return true;
  }

  Result<void> judge_servers() {
    const auto held = dnskeys_of(*task_.held);
    for (const auto& answer : task_.look->dnskeys) {
      for (const auto& dnskey : answer.keys) note_shown(dnskey);
    }
    for (const auto& answer : task_.look->parents.answers) {
      for (const auto& ds : answer.ds) note_ds(ds);
    }
    if (task_.is_new) return {};
    const auto judged = observe::judge_first_keys(*task_.look, held);
    const auto& name = task_.zone->name;
    if (!judged.foreign.empty()) {
      return fail(Errc::kRefused,
                  fmt::format("{} is signed with keys that are not in '{}': {}", name,
                              task_.keys_folder.string(), fmt::join(judged.foreign, "; ")),
                  fmt::format("take them over with danewerk key import, or say with danewerk run "
                              "--new-zone {} that they do not matter",
                              name));
    }
    if (judged.unanswered.empty() || !task_.held->empty()) return {};
    return fail(Errc::kRefused,
                fmt::format("{} has no keys, and whether others sign it could not be asked: {}",
                            name, fmt::join(judged.unanswered, "; ")),
                fmt::format("danewerk run --new-zone {} makes its first keys; danewerk key import "
                            "takes over those of another signer; `parents: none` says that there "
                            "is nobody to ask",
                            name));
  }

  void note_ds(ByteView ds) {
    for (const auto& key : *task_.held) {
      if (observe::match_ds(task_.apex, key.dnskey, ds) != observe::DsMatch::kNone) {
        shown_.insert(key.id());
      }
    }
  }

  /// Keys that are in use and of which the policy knows nothing would vanish with the first
  /// version.
  Result<void> check_shown() const {
    if (task_.is_new) return {};
    for (const auto& key : *task_.held) {
      if (!shown_.contains(key.id())) continue;
      if (!key.private_key) {
        return fail(Errc::kRefused,
                    fmt::format("key {} of {} is in use, and its private half is not in '{}'",
                                key.dnskey.tag(), task_.zone->name, task_.keys_folder.string()),
                    "bring its file back from a backup");
      }
      if (fits(key)) continue;
      return fail(Errc::kRefused,
                  fmt::format("key {} of {} is in use, and policy '{}' asks for another kind",
                              key.dnskey.tag(), task_.zone->name, task_.policy->name),
                  "begin with a policy of the same algorithm, size and roles; when the zone is "
                  "published, change it, and danewerk rolls to the new kind");
    }
    return {};
  }

  [[nodiscard]] bool fits(const model::Key& key) const {
    const auto& policy = *task_.policy;
    if (policy.has_csk != (key.role == KeyRole::kCsk)) return false;
    if (key.dnskey.algorithm != static_cast<std::uint8_t>(policy.algorithm)) return false;
    if (!crypto::is_rsa(policy.algorithm)) return true;
    const auto bits = key.role == KeyRole::kZsk ? policy.zsk.bits : policy.ksk.bits;
    return crypto::rsa_bits(key.dnskey.public_key) == bits;
  }

  Result<void> choose(KeyRole role, std::string_view name) {
    std::vector<const model::Key*> shown;
    std::vector<const model::Key*> others;
    for (const auto& key : *task_.held) {
      if (key.role != role || !key.private_key || !fits(key)) continue;
      (shown_.contains(key.id()) ? shown : others).push_back(&key);
    }
    auto& candidates = shown.empty() ? others : shown;
    std::ranges::sort(candidates, {}, [](const model::Key* key) {
      return key->timing.created.value_or(sys_seconds{});
    });
    if (candidates.size() > 1 && !task_.is_new) {
      return fail(Errc::kRefused,
                  fmt::format("the state knows nothing of {}, and which of its {}s {} was in use "
                              "cannot be told",
                              task_.zone->name, name, names_of(candidates)),
                  kBringBack);
    }
    if (!candidates.empty()) past_.usable.push_back(candidates.front()->id());
    return {};
  }

  const PastTask& task_;
  Past past_{};
  std::set<std::string> shown_{};  ///< identities of keys that we hold and somebody shows
};

constexpr const char* kOperatorsWord =
    "danewerk run --no-secondaries says that there is nobody to ask: what the backup holds is what "
    "is served";

}  // namespace

Result<void> judge_restored(const RestoredTask& task) {
  const auto since = to_text(task.restored);
  const auto& name = task.zone.name;
  if (task.look == nullptr || task.look->listed.empty()) {
    return fail(Errc::kUnavailable,
                fmt::format("the state was restored from a backup on {}, and {} has no secondary "
                            "that could say what is served",
                            since, name),
                kOperatorsWord);
  }
  for (const auto& answer : task.look->secondaries) {
    if (answer.kind != observe::SecondaryAnswer::Kind::kSilent) continue;
    return fail(Errc::kUnavailable,
                fmt::format("the state was restored from a backup on {}, and secondary {} of {} {}",
                            since, answer.address, name, answer.why),
                kOperatorsWord);
  }
  const auto judged = observe::judge_first_keys(*task.look, dnskeys_of(task.held));
  if (judged.foreign.empty()) return {};
  return fail(Errc::kRefused,
              fmt::format("the backup of {} is older than what is served: {}", name,
                          fmt::join(judged.foreign, "; ")),
              "restore a newer backup, or bring the keys with danewerk key import");
}

Result<Past> judge_past(const PastTask& task) {
  return Judgement(task).judge();
}

}  // namespace danewerk::engine
