#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/config_file.h"
#include "app/output.h"
#include "config/lint.h"
#include "dns/zone.h"
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

/// One that is not there is made when it is needed.
void check_private_folder(std::string_view id, const Path& folder, Findings& findings) {
  const auto there = file_exists(folder);
  if (there && !*there) return;
  const auto good =
      there
          ? store::check_folder({folder, store::FolderKind::kOurs})
          : Result<void>(tl::unexpected(Error(there.error().code(), there.error().message(), "")));
  if (!good) findings.add(error_finding(id, good.error()));
}

/// The output is made aside in its folder, and then takes its name.
void check_output(const config::ZoneConfig& zone, Findings& findings) {
  if (zone.output.empty()) return;
  const auto folder = zone.output.parent_path();
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  findings.add(error_finding("CHECK-OUTPUT-FOLDER", system_error("write into", folder, errno),
                             zone.name, zone.place));
}

config::ZoneFacts facts_of(const dns::Zone& zone, const model::Policy& policy) {
  std::uint32_t largest_ttl = 0;
  dns::Tree::Cursor cursor(zone.names());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    for (const auto& rrset : dns::NodeView(cursor.entry().value)) {
      largest_ttl = std::max(largest_ttl, rrset.ttl);
    }
  }
  config::ZoneFacts facts{.largest_ttl = std::max(seconds(largest_ttl), policy.dnskey_ttl),
                          .owner_octets = zone.apex().size()};
  const auto soa = zone.apex_node().find(dns::RrType::kSoa);
  // SOA RDATA ends with serial, refresh, retry, expire, minimum (RFC 1035 section 3.3.13).
  constexpr std::size_t kNumbers = 20;
  if (soa && !soa->rdata.empty() && soa->rdata.front().size() >= kNumbers) {
    const auto rdata = soa->rdata.front();
    facts.soa_expire = seconds(load_u32(rdata.data() + rdata.size() - 8));
  }
  return facts;
}

void check_zone(const config::ZoneConfig& zone, const model::Policy& policy, unsigned jobs,
                Checked& checked) {
  check_output(zone, checked.findings);
  const auto origin = dns::name_from_text(zone.name);
  if (!origin) return;
  auto read = source::read_zone_file(zone.file, {.origin = *origin, .jobs = jobs});
  checked.findings.merge(std::move(read.findings));
  if (!read.zone) return;
  ++checked.zones;
  checked.findings.merge(config::lint_content(zone, policy, facts_of(*read.zone, policy)));
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
  check_private_folder("CHECK-STATE-FOLDER", config.state, checked.findings);
  check_private_folder("CHECK-KEYS-FOLDER", config.keys, checked.findings);
  for (const auto& [name, key] : config.tsig) {
    if (const auto secret = read_tsig_secret(key); !secret) {
      checked.findings.add(error_finding("CHECK-TSIG-SECRET", secret.error(), name));
    }
  }
  for (const auto& [name, zone] : config.zones) {
    check_zone(zone, config.policy_of(zone), command.jobs, checked);
  }
  return checked;
}

void print_json(const Checked& checked) {
  nlohmann::ordered_json json{{"config", checked.file.string()},
                              {"good", !checked.findings.has_errors()},
                              {"zones", checked.config ? checked.config->zones.size() : 0},
                              {"zones_read", checked.zones},
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
