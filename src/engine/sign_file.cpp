#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "denial/nsec3.h"
#include "engine/first_signing.h"
#include "engine/judge.h"
#include "engine/resign.h"
#include "engine/sign_task.h"
#include "engine/zone_facts.h"
#include "managed/records.h"
#include "model/policy.h"
#include "publish/signed_file.h"
#include "seal/zonemd.h"
#include "source/zone_file.h"
#include "store/key_store.h"

namespace danewerk::engine {

namespace {

constexpr mode_t kOutputMode = 0644;

/// One call of sign_file: each step either goes on or ends it.
class OneShot {
 public:
  explicit OneShot(const SignTask& task) : task_(task) {}

  Result<SignOutcome> run() {
    if (exists_and_same(task_.input, task_.output)) {
      return fail(Errc::kRefused,
                  fmt::format("'{}' is the zone file itself", task_.output.string()),
                  "write the signed zone to another file with -o");
    }
    auto source = read(task_.input, task_.foreign_keys == SignTask::ForeignKeys::kKeep
                                        ? source::Dnssec::kKeepKeys
                                        : source::Dnssec::kDrop);
    if (!source) return std::move(outcome_);
    outcome_.source_records = source_records_;
    DW_TRY_VOID(take_keys());
    DW_TRY(auto content, manage(*source));
    source.reset();  // its pages live on in the content

    if (task_.reuse) {
      DW_TRY(const bool there, file_exists(*task_.reuse));
      if (there) return resign(std::move(content), *task_.reuse);
      outcome_.findings.add({.id = "SIGN-NOTHING-TO-REUSE",
                             .level = Level::kInfo,
                             .message = "there is no earlier version yet, everything is signed",
                             .place = {.file = task_.reuse->string()}});
    }
    return sign_first(std::move(content));
  }

 private:
  std::optional<dns::Zone> read(const Path& file, source::Dnssec dnssec) {
    report("reading", 0, 0);
    auto read = source::read_zone_file(
        file, {.origin = task_.origin, .dnssec = dnssec, .jobs = task_.jobs});
    source_records_ = read.records;
    outcome_.findings.merge(std::move(read.findings));
    return std::move(read.zone);
  }

  Result<void> take_keys() {
    const auto zone = task_.origin.view();
    // The folder may be BIND's, or a clone's keys/: only others must not reach it (promise P7).
    const store::KeyFolder folder{task_.keys, store::FolderKind::kForeign};
    if (task_.new_keys) DW_TRY_VOID(store::make_key_folder(task_.keys));
    DW_TRY(auto loaded, store::load_keys(folder, zone));
    outcome_.findings.merge(std::move(loaded.findings));
    if (loaded.keys.empty() && task_.new_keys) {
      DW_TRY_VOID(make_keys(folder, *task_.new_keys));
      DW_TRY(loaded, store::load_keys(folder, zone));
      outcome_.findings.merge(std::move(loaded.findings));
    }
    if (loaded.keys.empty()) {
      return fail(Errc::kBadInput,
                  fmt::format("no key of {} in '{}'", dns::to_text(zone), task_.keys.string()),
                  "pass --generate-keys to make a KSK and a ZSK there");
    }
    DW_TRY(auto chosen, sign::SigningKeys::choose(loaded.keys, task_.at));
    keys_ = std::move(chosen);
    for (auto& key : loaded.keys) {
      const bool published = key.is_published_at(task_.at);
      if (!published && !key.is_active_at(task_.at)) continue;
      const bool signs_dnskey = key.is_active_at(task_.at) && key.private_key && key.signs_dnskey();
      if (published && signs_dnskey) outcome_.ds.push_back(model::ds_rdata(zone, key.dnskey, 2));
      outcome_.keys.push_back(std::move(key));
    }
    return {};
  }

  /// Promise P4: a zone that has keys gets no others because its keys are not found.
  Result<void> check_no_keys_known() {
    DW_TRY(const bool there, file_exists(task_.output));
    if (!there) return {};
    const auto present = source::read_zone_file(
        task_.output,
        {.origin = task_.origin, .dnssec = source::Dnssec::kKeepAll, .jobs = task_.jobs});
    if (present.zone && !present.zone->apex_node().has(dns::RrType::kDnskey)) return {};
    return fail(Errc::kRefused,
                fmt::format("'{}' has no key of {}, but '{}' {}", task_.keys.string(),
                            dns::to_text(task_.origin), task_.output.string(),
                            present.zone ? "was signed with some" : "is there and cannot be read"),
                "look for the keys; to begin anew with others, move that file away");
  }

  Result<void> make_keys(const store::KeyFolder& folder, const SignTask::NewKeys& wanted) {
    DW_TRY_VOID(check_no_keys_known());
    for (const auto role : {model::KeyRole::kKsk, model::KeyRole::kZsk}) {
      DW_TRY(auto key,
             store::create_key(folder, task_.origin,
                               {.algorithm = wanted.algorithm, .bits = wanted.bits, .role = role},
                               task_.at));
      outcome_.made_keys.push_back(std::move(key));
    }
    return {};
  }

  Result<dns::Zone> manage(const dns::Zone& source) {
    managed::Records records{.dnskeys = keys_.published};
    if (task_.denial.kind == model::DenialKind::kNsec3) {
      records.nsec3param = denial::nsec3param_rdata(task_.denial);
      if (task_.denial.iterations > 0) {
        outcome_.findings.add(
            {.id = "SIGN-ITERATIONS",
             .level = Level::kWarning,
             .message = fmt::format("{} additional NSEC3 iterations: each costs every resolver, "
                                    "and some treat such zones as insecure (RFC 9276 section 3.1)",
                                    task_.denial.iterations),
             .owner = dns::to_text(source.apex()),
             .hint = "use 0"});
      }
    }
    if (task_.zone_digest == SignTask::ZoneDigest::kZonemd) {
      records.zonemd = seal::zonemd_placeholder(seal::serial_of(source));
    }
    DW_TRY(auto managed, managed::add_records(source, records));
    if (managed.dropped_zonemd) {
      outcome_.findings.add({.id = "SIGN-ZONEMD-DROPPED",
                             .level = Level::kInfo,
                             .message = "the ZONEMD record is left out: it cannot hold for the "
                                        "signed zone",
                             .owner = dns::to_text(source.apex()),
                             .hint = "pass --zonemd to have one made"});
    }
    return std::move(managed.zone);
  }

  sign::SignaturePolicy policy(const dns::Zone& content) const {
    return {.now = task_.at,
            .inception_offset = task_.inception_offset,
            .validity = task_.validity,
            .spread = task_.spread,
            .refresh = task_.refresh.value_or(task_.reuse ? default_refresh(content) : seconds(0))};
  }

  /// `refresh: auto` of a policy whose validity is the task's.
  [[nodiscard]] seconds default_refresh(const dns::Zone& content) const {
    model::Policy policy;
    policy.signatures.validity = task_.validity;
    auto largest = largest_signed_ttl({content, content}, std::nullopt);
    if (const auto dnskey = content.apex_node().find(dns::RrType::kDnskey)) {
      largest = std::max(largest, seconds(dnskey->ttl));
    }
    return model::effective_refresh(policy, soa_of(content).expire, largest);
  }

  Result<SignOutcome> sign_first(dns::Zone content) {
    outcome_.serial = seal::serial_of(content);
    if (task_.serial != seal::SerialPolicy::kKeep) {
      outcome_.serial = seal::next_serial(task_.serial, outcome_.serial, task_.at);
      content = seal::with_serial(content, outcome_.serial);
    }
    DW_TRY(auto file, publish::SignedFile::create(task_.output, kOutputMode));
    if (task_.zone_digest == SignTask::ZoneDigest::kZonemd) {
      // The digest stands at the front and needs all that follows: the zone is held for it.
      DW_TRY(auto version, sign_version(first_version(content)));
      return print_and_publish(std::move(file), std::move(version), std::nullopt);
    }
    {
      const FirstSigning first{&content,        &keys_,     task_.denial,
                               policy(content), task_.jobs, task_.progress};
      DW_TRY(const auto counts,
             sign_stream(first, [&](std::string_view text) { return file.write(text); }));
      outcome_.records = counts.records;
      outcome_.signatures_made = counts.signatures;
    }
    content = dns::Zone(content.apex());  // gives its memory back before verification
    return judge_and_publish(std::move(file), std::nullopt);
  }

  ResignTask first_version(const dns::Zone& content) const {
    return {.before = dns::Zone(content.apex()),
            .content = content,
            .keys = &keys_,
            .denial = task_.denial,
            .policy = policy(content),
            .serial = {.keep_last = true, .policy = task_.serial},
            .jobs = task_.jobs};
  }

  Result<Version> sign_version(const ResignTask& task) {
    report("signing", 0, 0);
    DW_TRY(auto version, make_version(task));
    outcome_.signatures_made = version.signatures_made;
    outcome_.signatures_kept = version.signatures_kept;
    outcome_.visited_rrsets = version.visited_rrsets;
    outcome_.serial = seal::serial_of(version.zone);
    return version;
  }

  Result<SignOutcome> resign(dns::Zone content, const Path& reused) {
    auto before = read(reused, source::Dnssec::kKeepAll);
    if (!before) return std::move(outcome_);
    DW_TRY(const bool trusted, publish::is_verified_output(reused));
    const auto signatures = policy(content);
    ResignTask task{.before = *before,
                    .content = std::move(content),
                    .keys = &keys_,
                    .denial = task_.denial,
                    .policy = signatures,
                    .serial = {.keep_last = false, .policy = task_.serial},
                    .jobs = task_.jobs};
    task.policy.kept =
        trusted ? sign::SignaturePolicy::Kept::kTrusted : sign::SignaturePolicy::Kept::kChecked;
    DW_TRY(auto version, sign_version(task));
    const bool in_place = exists_and_same(reused, task_.output);
    if (!version.changed && trusted && in_place) return std::move(outcome_);
    DW_TRY(auto file, publish::SignedFile::create(task_.output, kOutputMode));
    // What was verified once and did not change since is not verified again.
    auto known = trusted ? std::exchange(before, std::nullopt) : std::nullopt;
    before.reset();
    task.before = dns::Zone(task_.origin);
    task.content = dns::Zone(task_.origin);
    return print_and_publish(std::move(file), std::move(version), std::move(known));
  }

  static bool exists_and_same(const Path& a, const Path& b) {
    std::error_code error;
    return std::filesystem::equivalent(a, b, error) && !error;
  }

  Result<SignOutcome> print_and_publish(publish::SignedFile file, Version version,
                                        std::optional<dns::Zone> known) {
    report("writing", 0, 0);
    DW_TRY(outcome_.records,
           publish::print_zone(version.zone, task_.jobs,
                               [&](std::string_view text) { return file.write(text); }));
    version.zone = dns::Zone(task_.origin);
    return judge_and_publish(std::move(file), std::move(known));
  }

  Result<SignOutcome> judge_and_publish(publish::SignedFile file, std::optional<dns::Zone> known) {
    if (task_.verification == SignTask::Verification::kNone) {
      DW_TRY_VOID(file.publish_unverified());
      outcome_.written = true;
      return std::move(outcome_);
    }
    report("verifying", 0, 0);
    auto report = judge_file({.file = file.unpublished(),
                              .origin = task_.origin,
                              .options = {.at = task_.at, .ds = outcome_.ds, .jobs = task_.jobs},
                              .known = std::move(known)});
    outcome_.verified = report.counts;
    outcome_.earliest_expiration = report.earliest_expiration;
    outcome_.findings.merge(std::move(report.findings));
    if (!outcome_.is_good() || !report.verified) return std::move(outcome_);
    DW_TRY_VOID(file.publish(*report.verified));
    outcome_.written = true;
    return std::move(outcome_);
  }

  void report(std::string_view stage, std::uint64_t done, std::uint64_t all) const {
    if (task_.progress) task_.progress(stage, done, all);
  }

  const SignTask& task_;
  SignOutcome outcome_;
  sign::SigningKeys keys_;
  std::uint64_t source_records_ = 0;
};

}  // namespace

Result<SignOutcome> sign_file(const SignTask& task) {
  return OneShot(task).run();
}

}  // namespace danewerk::engine
