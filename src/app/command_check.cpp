#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "app/check_addresses.h"
#include "app/check_certificates.h"
#include "app/check_servers.h"
#include "app/check_tlsa_places.h"
#include "app/check_tlsa_zones.h"
#include "app/check_zone_keys.h"
#include "app/commands.h"
#include "app/config_file.h"
#include "app/output.h"
#include "app/user.h"
#include "base/process.h"
#include "config/lint.h"
#include "dns/zone.h"
#include "engine/zone_facts.h"
#include "net/tsig.h"
#include "source/zone_file.h"
#include "store/key_access.h"

namespace danewerk::app {

namespace {

/// What was looked at.
struct Checked {
  Path file;
  std::optional<config::Config> config;
  Findings findings;
  std::uint64_t zones = 0;  ///< that can be read
};

Finding error_finding(std::string_view id, const Error& error, std::string owner = {},
                      Place place = {}) {
  return {id, Level::kError, error.message(), std::move(owner), std::move(place), error.hint()};
}

/// One that is not there is made when it is needed. \param what  of the folder, for messages.
void check_private_folder(std::string_view id, std::string_view what, const Path& folder,
                          Findings& findings) {
  const auto there = file_exists(folder);
  if (there && !*there) return;
  const auto good =
      there
          ? store::check_folder({folder, store::FolderKind::kOurs})
          : Result<void>(tl::unexpected(Error(there.error().code(), there.error().message(), "")));
  if (good) return;
  auto finding = error_finding(id, good.error());
  constexpr std::string_view kKeyStore = "the key store";
  const auto at = finding.message.find(kKeyStore);
  if (at != std::string::npos) finding.message.replace(at, kKeyStore.size(), what);
  findings.add(std::move(finding));
}

/// The output is made aside in its folder, and then takes its name.
void check_output(const config::ZoneConfig& zone, Findings& findings) {
  if (zone.output.empty()) return;
  const auto folder = zone.output.parent_path();
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  findings.add(error_finding("CHECK-OUTPUT-FOLDER", system_error("write into", folder, errno),
                             zone.name, zone.place));
}

/// As a pass will look for it.
bool is_on_path(const std::string& word) {
  const auto program = find_program(word);
  return program && ::access(program->c_str(), X_OK) == 0;
}

config::ZoneFacts facts_of(const dns::Zone& zone, const model::Policy& policy) {
  const auto largest_ttl = engine::largest_signed_ttl({zone, zone}, std::nullopt);
  config::ZoneFacts facts{.largest_ttl = std::max(largest_ttl, policy.dnskey_ttl),
                          .owner_octets = zone.apex().size()};
  if (zone.apex_node().has(dns::RrType::kSoa)) facts.soa_expire = engine::soa_of(zone).expire;
  return facts;
}

/// \returns what the zone file has, when it can be read.
std::optional<dns::Zone> check_zone(const config::ZoneConfig& zone, const model::Policy& policy,
                                    unsigned jobs, Checked& checked) {
  check_output(zone, checked.findings);
  const auto origin = dns::name_from_text(zone.name);
  if (!origin) return std::nullopt;
  auto read = source::read_zone_file(zone.file, {.origin = *origin, .jobs = jobs});
  checked.findings.merge(std::move(read.findings));
  if (!read.zone) return std::nullopt;
  ++checked.zones;
  checked.findings.merge(config::lint_content(zone, policy, facts_of(*read.zone, policy)));
  return std::move(read.zone);
}

/// A command that is not there fails when it is needed.
void check_command(const config::Command& command, std::string_view key, const std::string& owner,
                   Findings& findings) {
  if (command.words.empty() || is_on_path(command.words.front())) return;
  findings.add({.id = "CHECK-COMMAND",
                .level = Level::kWarning,
                .message = fmt::format("{}: there is no program '{}'", key, command.words.front()),
                .owner = owner,
                .hint = "name it with its whole path"});
}

/// A zone as it is remembered, or with nothing but its name.
AskedZone asked_zone(const config::Config& config, const config::ZoneConfig& zone,
                     const Remembered& remembered, Findings& findings) {
  AskedZone asked{.zone = &zone};
  asked.known.name = zone.name;
  bool is_known = false;
  if (remembered.state) {
    auto loaded = remembered.state->load(zone.name);
    if (!loaded) findings.add(error_finding("CHECK-STATE", loaded.error(), zone.name));
    auto known = loaded ? *std::move(loaded) : std::nullopt;
    is_known = known.has_value();
    if (known) asked.known = *std::move(known);
  }
  auto keys = check_keys(config, zone, is_known ? &asked.known : nullptr);
  findings.merge(std::move(keys.findings));
  asked.ds_keys = std::move(keys.ds_keys);
  return asked;
}

void check_zones(const CheckCommand& command, const config::Config& config, Checked& checked) {
  auto remembered = read_remembered(config, command.now);
  checked.findings.merge(std::move(remembered.findings));
  std::optional<AddressCheck> addresses;
  if (remembered.state && !command.is_offline) {
    addresses.emplace(config, *remembered.state, command.now);
  }
  std::vector<AskedZone> asked;
  for (const auto& [name, zone] : config.zones) {
    const auto source = check_zone(zone, config.policy_of(zone), command.jobs, checked);
    if (source && addresses) checked.findings.merge(addresses->check(*source));
    if (source) checked.findings.merge(check_tlsa_places(config, zone, *source));
    if (source) checked.findings.merge(check_negative_ttl(config, zone, *source));
    check_command(zone.after_publish, "after-publish", name, checked.findings);
    asked.push_back(asked_zone(config, zone, remembered, checked.findings));
    checked.findings.merge(check_secure_entry(config, zone, asked.back().known));
  }
  if (command.is_offline) return;
  checked.findings.merge(check_servers(config, std::move(asked), command.now));
}

Checked check(const CheckCommand& command, const Path& file) {
  Checked checked;
  auto read = config::read_config(file);
  checked.file = file;
  checked.config = std::move(read.config);
  checked.findings = std::move(read.findings);
  if (!checked.config) return checked;
  const auto& config = *checked.config;
  checked.findings.merge(config::lint_config(config));
  if (const auto become = become_owner(config); !become) {
    checked.findings.add(error_finding("CHECK-OWNERS", become.error()));
  }
  check_private_folder("CHECK-STATE-FOLDER", "the state", config.state, checked.findings);
  check_private_folder("CHECK-KEYS-FOLDER", "the key store", config.keys, checked.findings);
  for (const auto& [name, key] : config.tsig) {
    if (const auto secret = net::read_tsig_key(name, key.algorithm, key.secret_file); !secret) {
      checked.findings.add(error_finding("CHECK-TSIG-SECRET", secret.error(), name));
    }
  }
  check_command(config.after_run, "after-run", {}, checked.findings);
  check_zones(command, config, checked);
  checked.findings.merge(check_certificates(config, command.now));
  for (const auto& [name, certificate] : config.certificates) {
    check_command(certificate.reload, "reload", name, checked.findings);
  }
  if (!command.is_offline) checked.findings.merge(check_endpoints(config, command.now));
  return checked;
}

void print_json(const Checked& checked) {
  nlohmann::ordered_json json{
      {"config", checked.file.string()},
      {"good", !checked.findings.has_errors()},
      {"zones", checked.config ? checked.config->zones.size() : 0},
      {"zones_read", checked.zones},
      {"certificates", checked.config ? checked.config->certificates.size() : 0},
      {"errors", checked.findings.count(Level::kError)},
      {"warnings", checked.findings.count(Level::kWarning)}};
  if (checked.config) json["digest"] = checked.config->digest;
  json["findings"] = nlohmann::ordered_json::parse(findings_json(checked.findings));
  print_line(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const Checked& checked) {
  std::vector<Row> rows{{"configuration", checked.file.string()}};
  if (checked.config) {
    rows.push_back({"zones", fmt::format("{}, of which {} can be read",
                                         checked.config->zones.size(), checked.zones)});
    const auto certificates = checked.config->certificates.size();
    if (certificates != 0) rows.push_back({"certificates", std::to_string(certificates)});
  }
  rows.push_back({"found", summary(checked.findings)});
  print_rows(rows);
}

}  // namespace

ExitCode run(const CheckCommand& command, const Voice& voice) {
  const auto file = find_config(command.config);
  if (!file) {
    print_error(file.error(), voice);
    return ExitCode::kUsage;
  }
  const auto checked = check(command, *file);
  if (voice.form == Voice::Form::kJson) {
    print_json(checked);
  } else {
    print_findings(checked.findings, voice);
    if (voice.detail != Voice::Detail::kQuiet) print_text(checked);
  }
  return checked.config ? exit_code(checked.findings, voice) : ExitCode::kUsage;
}

}  // namespace danewerk::app
