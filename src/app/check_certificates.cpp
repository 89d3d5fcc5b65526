#include "app/check_certificates.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "app/check_tlsa_records.h"
#include "app/check_tlsa_zones.h"
#include "base/guarded_folder.h"
#include "config/issuers.h"
#include "engine/binding_files.h"
#include "engine/binding_owners.h"
#include "engine/binding_serve.h"
#include "engine/endpoint_look.h"
#include "engine/root_deploy.h"
#include "engine/service_records.h"
#include "serve/handover.h"
#include "serve/served_folder.h"
#include "tlsa/catalogue.h"

namespace danewerk::app {

namespace {

using config::Certificate;
using config::Config;

store::KeyFolder key_store(const Config& config) {
  return {config.keys, store::FolderKind::kOurs};
}

/// What a pass would be given. Of what root hands over: what it has handed over, when it has.
std::optional<engine::HandedCertificate> handed(const Config& config,
                                                const Certificate& certificate) {
  if (!engine::is_served_by_root(certificate)) {
    return engine::read_certificate(certificate, key_store(config));
  }
  auto given = certificate;
  given.certificate = serve::given_file(engine::handover_folder(config), certificate.name);
  given.key.reset();
  const auto is_there = file_exists(given.certificate);
  if (is_there && !*is_there) return std::nullopt;
  return engine::read_certificate(given, key_store(config));
}

tlsa::ChainDemands demands_of(const Certificate& certificate, const tlsa::Catalogue& catalogue,
                              sys_seconds now) {
  tlsa::ChainDemands demands{
      .now = now, .records = engine::combinations_of(certificate), .catalogue = &catalogue};
  for (const auto& service : certificate.services) {
    demands.base_domains.push_back(engine::host_name(service));
  }
  return demands;
}

/// The first folder above it that is there: what is missing is made in it.
Path standing_folder(Path folder) {
  while (folder.has_parent_path() && folder != folder.parent_path()) {
    folder = folder.parent_path();
    if (const auto there = file_exists(folder); there && *there) break;
  }
  return folder;
}

/// Who serves refuses a place that others could exchange.
Result<void> check_owners(const Certificate& certificate, const Path& folder) {
  DW_TRY(auto owners, owners_of(folder));
  if (!owners) return {};
  const uid_t server = engine::is_served_by_root(certificate) ? 0 : ::geteuid();
  owners->on_the_way.insert(owners->user);
  for (const auto user : owners->on_the_way) {
    if (user == 0 || user == server) continue;
    return fail(Errc::kRefused,
                fmt::format("'{}' is reached by what belongs to user {}, who could exchange it",
                            folder.string(), user),
                "name a place in folders of root's, such as /etc/danewerk/served");
  }
  return {};
}

/// What a pass will find there: a link of ours, or nothing, and no way for others to write.
Result<void> check_place(const Path& directory) {
  DW_TRY(const auto folder, serve::ServedFolder::open({.directory = directory}));
  DW_TRY_VOID(folder.current());
  return {};
}

void check_serve_folder(const Certificate& certificate, Findings& findings) {
  if (!certificate.serve) return;
  const auto add = [&](const Error& error) {
    findings.add(
        {"CHECK-SERVE-FOLDER", Level::kError, error.message(), certificate.name, {}, error.hint()});
  };
  if (const auto owner = engine::served_place(*certificate.serve); !owner) add(owner.error());
  // Generations lie beside the link that services read.
  const auto folder = standing_folder(certificate.serve->directory);
  if (const auto owners = check_owners(certificate, folder); !owners) {
    add(owners.error());
  } else if (const auto place = check_place(certificate.serve->directory); !place) {
    add(place.error());
  }
  const bool is_ours = !engine::is_served_by_root(certificate);
  if (is_ours && ::access(folder.c_str(), W_OK | X_OK) != 0) {
    auto error = system_error("write into", folder, errno);
    add({error.code(), error.message(),
         "let the owner of the state write there, or take serve: {by: deploy}"});
  }
}

void check_zones(const Config& config, const Certificate& certificate, Findings& findings) {
  if (certificate.update) return;
  for (const auto& service : certificate.services) {
    const auto name = config::owner_name(service);
    if (engine::zone_of(config, name) == nullptr)
      findings.add(engine::no_zone(name, certificate.name));
  }
}

/// SHA-256 of the keys that may be presented at a service, by its host and port.
using KeysAt = std::map<std::string, std::set<Bytes>>;

KeysAt keys_at(const Config& config) {
  KeysAt keys;
  for (const auto& [name, certificate] : config.certificates) {
    const auto found = handed(config, certificate);
    for (const auto& service : certificate.services) {
      auto& there = keys[config::owner_name(service)];
      if (found && found->chain) there.insert(tlsa::key_digest(found->chain->leaf()));
    }
  }
  return keys;
}

/// Of all services of the certificate: those that are its, or of another one at the same place.
std::set<Bytes> keys_of(const Certificate& certificate, const KeysAt& all) {
  std::set<Bytes> keys;
  for (const auto& service : certificate.services) {
    const auto& there = all.at(config::owner_name(service));
    keys.insert(there.begin(), there.end());
  }
  return keys;
}

void judge_endpoint(const engine::SeenEndpoint& seen, const std::set<Bytes>& keys,
                    const std::string& name, Findings& findings) {
  if (seen.chain.empty()) {
    findings.add({.id = "CHECK-ENDPOINT",
                  .level = Level::kWarning,
                  .message = fmt::format("{} {}", seen.name, seen.why),
                  .owner = name,
                  .hint = seen.has_route ? "is the service up, and does it speak TLS?"
                                         : "this machine cannot reach it; probe: none says so"});
    return;
  }
  const auto blocks = tlsa::read_blocks(seen.chain.front());
  const auto key = blocks && !blocks->empty() ? tlsa::key_digest(blocks->front()) : Bytes();
  if (keys.empty() || keys.contains(key)) return;
  constexpr std::size_t kShown = 8;
  findings.add({.id = "CHECK-ENDPOINT",
                .level = Level::kWarning,
                .message = fmt::format("{} presents key {}, which is that of no certificate here",
                                       seen.name, to_hex(key).substr(0, kShown)),
                .owner = name,
                .hint = "does the service read its certificate from the served folder?"});
}

}  // namespace

Findings check_certificates(const Config& config, sys_seconds now) {
  Findings findings;
  if (config.certificates.empty()) return findings;
  auto issuers = config::read_all_issuers(config.issuers);
  findings.merge(std::move(issuers.findings));
  auto read = tlsa::Catalogue::make(std::move(issuers.issuers));
  findings.merge(std::move(read.findings));
  ReadChains chains;
  for (const auto& [name, certificate] : config.certificates) {
    check_zones(config, certificate, findings);
    check_serve_folder(certificate, findings);
    auto found = handed(config, certificate);
    if (!found) continue;
    findings.merge(found->findings);
    if (!found->chain) continue;
    auto judged = tlsa::judge_chain(*found->chain, demands_of(certificate, read.catalogue, now));
    judged.merge(tlsa::judge_issuer(read.catalogue, *found->chain, now));
    findings.merge(engine::about(judged, name, certificate.certificate));
    chains.emplace(name, *found->chain);
  }
  findings.merge(check_tlsa_sizes(config, chains, read.catalogue, now));
  findings.merge(check_tlsa_records(config, read.catalogue, now));
  return findings;
}

Findings check_endpoints(const Config& config, sys_seconds now) {
  Findings findings;
  std::vector<const Certificate*> certificates;
  certificates.reserve(config.certificates.size());
  for (const auto& [name, certificate] : config.certificates) certificates.push_back(&certificate);
  if (certificates.empty()) return findings;
  const auto keys = keys_at(config);
  engine::EndpointLook look(now, {});
  const auto seen = look.look(certificates);
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const auto& certificate = *certificates[i];
    for (const auto& one : seen[i])
      judge_endpoint(one, keys_of(certificate, keys), certificate.name, findings);
  }
  return findings;
}

}  // namespace danewerk::app
