#include "engine/service_records.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace danewerk::engine {

namespace {

tlsa::Combination combination_of(const config::TlsaForm& form) {
  return {.usage = static_cast<tlsa::Usage>(form.usage),
          .selector = static_cast<tlsa::Selector>(form.selector),
          .matching = static_cast<tlsa::Matching>(form.matching)};
}

}  // namespace

std::string host_name(const config::Service& service) {
  const auto& name = service.host;
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

std::vector<tlsa::Combination> combinations_of(const config::Certificate& certificate) {
  std::vector<tlsa::Combination> all;
  std::ranges::transform(certificate.records, std::back_inserter(all), combination_of);
  return all;
}

Finding left_service(const std::string& owner, const std::string& zone) {
  return {.id = "BINDING-LEFT",
          .level = Level::kWarning,
          .message = fmt::format("no certificate has {} any more: its TLSA records go", owner),
          .owner = zone,
          .hint =
              "keep certificate, key and STARTTLS there until no resolver holds them: twice "
              "their TTL"};
}

Finding no_entry(const std::string& zone, const std::string& certificate, const std::string& why) {
  return {.id = "BINDING-NO-DS",
          .level = Level::kWarning,
          .message = fmt::format("clients ignore the TLSA records in {}: {}", zone, why),
          .owner = certificate,
          .hint = "danewerk key ds prints what the parent needs"};
}

Finding no_zone(const std::string& owner, const std::string& certificate) {
  return {.id = "BINDING-NO-ZONE",
          .level = Level::kError,
          .message = fmt::format("no zone here has {}", owner),
          .owner = certificate,
          .hint = "add its zone; or say by `update` who takes records for it"};
}

}  // namespace danewerk::engine
