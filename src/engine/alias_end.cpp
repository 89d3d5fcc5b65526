#include "engine/alias_end.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace danewerk::engine {

using dns::RrType;

namespace {

/// More aliases than that are a loop, or as good as one.
constexpr int kMaxAliases = 8;

dns::Name name_of(const std::string& owner) {
  const auto name = dns::name_from_text(owner);
  DW_CHECK(name.has_value(), "an owner that is remembered is a name");
  return *name;
}

bool exists(const dns::Zone& zone, std::string_view key) {
  return !zone.node(key).empty() || zone.has_names_below(key);
}

}  // namespace

dns::NodeView answering(const dns::Zone& zone, std::string_view key) {
  if (exists(zone, key)) return zone.node(key);
  auto encloser = key;
  while (!encloser.empty() && !exists(zone, encloser)) encloser = dns::parent_key(encloser);
  if (!zone.has_wildcard_child(encloser)) return {};
  std::string wildcard(encloser);
  wildcard.append("*\0", 2);
  return zone.node(wildcard);
}

AliasEnd follow(const dns::Zone& zone, const std::string& owner) {
  AliasEnd end{.name = name_of(owner)};
  const auto stuck = [&](std::string why) {
    return AliasEnd{.name = name_of(owner), .obstacle = std::move(why)};
  };
  for (int i = 0; i < kMaxAliases; ++i) {
    const auto key = dns::sort_key(end.name, zone.apex());
    if (zone.cut_above(key)) {
      return stuck(
          fmt::format("{} is delegated, or below a DNAME: what clients get there is not known",
                      dns::to_text(end.name)));
    }
    const auto alias = answering(zone, key).find(RrType::kCname);
    if (!alias) return end;
    const dns::NameView target(*alias->rdata.begin());
    if (!dns::is_at_or_below(target, zone.apex())) {
      return stuck(
          fmt::format("an alias at {} leads to {}, in another zone: what clients get there "
                      "is not known",
                      dns::to_text(end.name), dns::to_text(target)));
    }
    end = {.name = dns::Name(target), .ttl = std::max(end.ttl, seconds(alias->ttl))};
  }
  return stuck(fmt::format("the aliases at {} have no end", owner));
}

bool leads_to(const dns::Zone& zone, const std::string& owner, const std::string& target) {
  const auto end = name_of(target);
  auto name = name_of(owner);
  for (int i = 0; i < kMaxAliases; ++i) {
    if (dns::equal(name, end)) return true;
    if (!dns::is_at_or_below(name, zone.apex())) return false;
    const auto alias = answering(zone, dns::sort_key(name, zone.apex())).find(RrType::kCname);
    if (!alias) return false;
    name = dns::Name(dns::NameView(*alias->rdata.begin()));
  }
  return false;
}

}  // namespace danewerk::engine
