#include "engine/endpoint_look.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/parallel.h"
#include "dns/name.h"
#include "engine/service_records.h"
#include "net/resolver.h"
#include "probe/dns_view.h"
#include "probe/probe.h"

namespace danewerk::engine {

namespace {

/// A pass goes on without a service that is slower than that.
constexpr std::chrono::milliseconds kStep{5'000};
constexpr std::chrono::milliseconds kWhole{15'000};
/// Addresses looked at together: all the time is waiting.
constexpr unsigned kTogether = 16;
/// The engine asks for two looks in succession; more say no more.
constexpr unsigned kMostHits = 2;

/// So long, and so often, services are looked at after a reload: old processes may answer for a
/// while.
constexpr std::chrono::seconds kLiveLooks{10};
constexpr std::chrono::milliseconds kLivePause{250};

using Stage = net::TlsSight::Stage;

/// An endpoint is at an address, and not at another that begins alike.
bool is_at(const std::string& name, const std::string& place) {
  return name == place || name.starts_with(place + " (");
}

std::string variant_of(const probe::Attempt& attempt) {
  std::string text;
  if (attempt.key != net::ServerKey::kAny) text = fmt::format(" ({}", to_text(attempt.key));
  if (!attempt.has_server_name) text += text.empty() ? " (no server name" : ", no server name";
  if (!text.empty()) text += ")";
  return text;
}

}  // namespace

/// A service at one of its addresses.
struct ServicePlace {
  probe::Target target{};
  net::Endpoint endpoint{};
  bool is_local = false;
  std::string name{};
  std::string owner{};  ///< of the service's TLSA records
  std::string why{};    ///< it has no address; begins with a verb
};

namespace {

std::string name_of(const probe::Target& target) {
  return fmt::format("{}:{}", probe::host_text(target.host), target.port);
}

/// Somebody speaks the protocol there: a sender that holds records defers its mail (RFC 7672
/// section 2.2).
bool is_without_tls(Stage stage) {
  return stage == Stage::kNoStarttls || stage == Stage::kNoTls;
}

/// With TLS or without.
bool has_answered(const SeenEndpoint& seen) {
  return !seen.chain.empty() || seen.is_without_tls;
}

/// One way in that works says more than another that does not; of attempts that all fail, one is
/// enough, and one that somebody answered says more.
std::vector<SeenEndpoint> keep_telling(std::vector<SeenEndpoint> seen) {
  const auto is_silent = [](const SeenEndpoint& one) { return one.chain.empty(); };
  if (!std::ranges::all_of(seen, is_silent)) {
    std::erase_if(seen, is_silent);
    return seen;
  }
  if (seen.size() < 2) return seen;
  const auto answered = std::ranges::find_if(seen, &SeenEndpoint::is_without_tls);
  if (answered != seen.end()) std::swap(*answered, seen.front());
  seen.erase(seen.begin() + 1, seen.end());
  return seen;
}

std::vector<SeenEndpoint> look_at(const ServicePlace& place, sys_seconds now) {
  std::vector<SeenEndpoint> seen;
  if (!place.why.empty()) {
    seen.push_back(
        {.place = place.name, .name = place.name, .owner = place.owner, .why = place.why});
    return seen;
  }
  probe::SessionOptions options;
  options.at = now;
  options.step = kStep;
  options.whole = kWhole;
  options.own_name = probe::own_host_name();
  for (auto& attempt : probe::present_at(place.target, place.endpoint, options)) {
    if (attempt.lacks_key()) continue;
    SeenEndpoint one{.place = place.name,
                     .name = place.name,
                     .owner = place.owner,
                     .why = std::move(attempt.tls.why),
                     .has_route = attempt.tls.stage != Stage::kNoRoute,
                     .is_without_tls = is_without_tls(attempt.tls.stage)};
    if (attempt.has_tls()) {
      one.name += variant_of(attempt);
      one.chain = std::move(attempt.tls.chain);
    }
    seen.push_back(std::move(one));
  }
  return keep_telling(std::move(seen));
}

/// Several at once: all the time is waiting.
std::vector<std::vector<SeenEndpoint>> look_at_all(const std::vector<ServicePlace>& places,
                                                   sys_seconds now) {
  std::vector<std::vector<SeenEndpoint>> found(places.size());
  for_each_part(kTogether, places.size(),
                [&](std::size_t i) { found[i] = look_at(places[i], now); });
  return found;
}

}  // namespace

std::vector<std::vector<SeenEndpoint>> look_at_addresses(const std::vector<ServiceAddress>& all,
                                                         sys_seconds now) {
  std::vector<ServicePlace> places;
  for (const auto& one : all) {
    auto& place = places.emplace_back();
    auto target = probe::target_from_text(to_text(one.service));
    DW_CHECK(target.has_value(), "a service of the configuration is a target");
    place.target = *std::move(target);
    place.endpoint = {.address = one.address, .port = one.service.port};
    place.name = fmt::format("{} at {}", name_of(place.target), one.address);
  }
  return look_at_all(places, now);
}

Result<tlsa::Chain> presented_chain(const std::vector<Bytes>& certificates) {
  tlsa::HandedOver handed;
  for (const auto& octets : certificates) {
    handed.certificates.push_back({.name = "presented", .octets = octets});
  }
  auto read = tlsa::read_chain(handed);
  if (read.chain) return *std::move(read.chain);
  return fail(Errc::kBadInput, "what is presented is no chain of a server");
}

std::string presented_key(const Bytes& certificate) {
  const auto blocks = tlsa::read_blocks(certificate);
  return blocks && !blocks->empty() ? to_hex(tlsa::key_digest(blocks->front())) : std::string();
}

void EndpointLook::Addresses::add(const net::Lookup& lookup) {
  if (!lookup.is_usable()) {
    why = fmt::format("cannot be looked up: {}", lookup.why);
    return;
  }
  std::ranges::move(probe::endpoints_in(lookup, 0), std::back_inserter(list));
}

/// Hosts that nobody asked about yet.
std::vector<std::string> EndpointLook::new_hosts(
    const std::vector<const config::Certificate*>& certificates) {
  std::vector<std::string> hosts;
  for (const auto* certificate : certificates) {
    for (const auto& service : certificate->services) {
      const bool is_asked = service.probe == config::Probe::kNetwork;
      if (is_asked && addresses_.try_emplace(service.host).second) hosts.push_back(service.host);
    }
  }
  return hosts;
}

/// All at once: a resolver that is silent is waited for once a pass.
Result<std::vector<net::Lookup>> EndpointLook::ask(const std::vector<std::string>& hosts) const {
  std::vector<net::NameAndType> questions;
  for (const auto& host : hosts) {
    DW_TRY(const auto name, dns::name_from_text(host));
    questions.push_back({name, dns::RrType::kA});
    questions.push_back({name, dns::RrType::kAaaa});
  }
  net::ResolverOptions options{
      .validation = net::ResolverOptions::Validation::kOff, .now = now_, .whole = 2 * kStep};
  if (!resolvers_.empty()) {
    options.source = net::ResolverOptions::Source::kForward;
    options.forwarders = resolvers_;
  }
  DW_TRY(auto resolver, net::Resolver::open(std::move(options)));
  return resolver.look_up_all(questions);
}

void EndpointLook::look_up(const std::vector<const config::Certificate*>& certificates) {
  const auto hosts = new_hosts(certificates);
  if (hosts.empty()) return;
  const auto lookups = ask(hosts);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    auto& found = addresses_[hosts[i]];
    if (!lookups) {
      found.why = fmt::format("cannot be looked up: {}", lookups.error().message());
      continue;
    }
    found.add(lookups->at(2 * i));
    found.add(lookups->at(2 * i + 1));
    if (found.list.empty() && found.why.empty()) found.why = "has no address";
  }
}

std::vector<ServicePlace> EndpointLook::places_of(const config::Certificate& certificate) const {
  std::vector<ServicePlace> places;
  for (const auto& service : certificate.services) {
    if (service.probe == config::Probe::kNone) continue;
    auto target = probe::target_from_text(to_text(service));
    if (!target) continue;  // the configuration was checked: it is a target
    ServicePlace place{.target = *std::move(target),
                       .is_local = service.probe == config::Probe::kLocal,
                       .owner = owner_name(service)};
    const auto where = name_of(place.target);
    Addresses addresses;
    if (place.is_local) {
      for (const auto* text : {"127.0.0.1", "::1"}) addresses.list.push_back({.address = text});
    } else {
      addresses = addresses_.at(service.host);
    }
    for (auto address : addresses.list) {
      address.port = service.port;
      place.endpoint = address;
      place.name = fmt::format("{} at {}", where, address.address);
      places.push_back(place);
    }
    if (!addresses.list.empty()) continue;
    place.name = where;
    place.why = addresses.why;
    places.push_back(std::move(place));
  }
  return places;
}

std::vector<std::vector<SeenEndpoint>> EndpointLook::look(
    const std::vector<const config::Certificate*>& certificates) {
  look_up(certificates);
  std::vector<ServicePlace> places;
  std::vector<std::size_t> of;  ///< which certificate a place belongs to
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    std::ranges::move(places_of(*certificates[i]), std::back_inserter(places));
    of.resize(places.size(), i);
  }
  auto found = look_at_all(places, now_);
  std::vector<std::vector<SeenEndpoint>> seen(certificates.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto& all = seen[of[i]];
    std::ranges::move(found[i], std::back_inserter(all));
  }
  // On this machine a service need not be at both loopback addresses.
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i].is_local) continue;
    auto& all = seen[of[i]];
    const auto where = places[i].name.substr(0, places[i].name.find(" at "));
    const bool is_there = std::ranges::any_of(all, [&](const SeenEndpoint& one) {
      return one.place.starts_with(where + " at ") && has_answered(one);
    });
    if (!is_there) continue;
    std::erase_if(all, [&](const SeenEndpoint& one) {
      return one.place == places[i].name && !has_answered(one);
    });
  }
  return seen;
}

std::vector<std::string> answering(const std::vector<SeenEndpoint>& seen) {
  std::vector<std::string> names;
  for (const auto& one : seen) {
    if (!one.chain.empty()) names.push_back(one.name);
  }
  return names;
}

std::string live_trouble(const std::vector<std::string>& answered,
                         const std::vector<SeenEndpoint>& seen, const Bytes& leaf) {
  std::size_t others = 0;
  std::size_t talking = 0;
  std::string which;
  for (const auto& one : seen) {
    const auto is_there = [&](const std::string& name) { return is_at(name, one.place); };
    const bool is_silent = one.chain.empty() && one.has_route;
    if (is_silent && std::ranges::any_of(answered, is_there)) {
      return fmt::format("{} {} any more: {}", one.name,
                         one.is_without_tls ? "offers no TLS" : "does not answer", one.why);
    }
    if (one.chain.empty()) continue;
    ++talking;
    if (one.chain.front() == leaf) continue;
    ++others;
    which = one.name;
  }
  if (talking == 0 || others != talking) return {};
  return fmt::format("{} presents another certificate than it was given", which);
}

Result<void> check_live(EndpointLook& look, const config::Certificate& certificate,
                        const std::vector<std::string>& answered, const Bytes& leaf) {
  const auto end = std::chrono::steady_clock::now() + kLiveLooks;
  for (;;) {
    const auto seen = look.look({&certificate}).front();
    auto trouble = live_trouble(answered, seen, leaf);
    const bool is_everywhere = std::ranges::all_of(seen, [&](const SeenEndpoint& one) {
      return one.chain.empty() ? !one.is_without_tls : one.chain.front() == leaf;
    });
    if (trouble.empty() && is_everywhere) return {};
    if (std::chrono::steady_clock::now() >= end) {
      return trouble.empty() ? Result<void>() : fail(Errc::kUnavailable, std::move(trouble));
    }
    std::this_thread::sleep_for(kLivePause);
  }
}

namespace {

model::Endpoint at(const model::Endpoint* known, const SeenEndpoint& seen) {
  auto endpoint = known == nullptr ? model::Endpoint{.name = seen.name} : *known;
  const bool has_nothing = seen.chain.empty() && seen.has_route;
  endpoint.owner = seen.owner;
  endpoint.is_probed = seen.has_route;
  endpoint.is_silent = has_nothing && !seen.is_without_tls;
  endpoint.is_without_tls = has_nothing && seen.is_without_tls;
  endpoint.why = has_nothing ? seen.why : std::string();
  return endpoint;
}

/// Nothing is written where nothing changed (promise P6).
model::Endpoint::Sight after(const model::Endpoint::Sight* before, model::Endpoint::Sight sight,
                             const model::Binding& binding, sys_seconds now) {
  sight.at = now;
  sight.hits = 1;
  if (before == nullptr || before->key != sight.key) return sight;
  const bool is_old = binding.deployed && before->at < *binding.deployed;
  if (is_old) return sight;
  sight.hits = std::min(before->hits + 1, kMostHits);
  sight.at = before->at;
  return sight;
}

}  // namespace

EndpointMemory::EndpointMemory(const std::vector<model::Endpoint>& known,
                               const model::Binding& binding, sys_seconds now)
    : known_(known), binding_(binding), now_(now) {}

const model::Endpoint* EndpointMemory::find(const std::string& name) const {
  const auto found = std::ranges::find(known_, name, &model::Endpoint::name);
  return found == known_.end() ? nullptr : &*found;
}

void EndpointMemory::see(const SeenEndpoint& seen, model::Endpoint::Sight sight) {
  const auto* before = find(seen.name);
  auto endpoint = at(before, seen);
  const auto* old = before != nullptr && before->sight ? &*before->sight : nullptr;
  endpoint.sight = after(old, std::move(sight), binding_, now_);
  next_.push_back(std::move(endpoint));
}

void EndpointMemory::miss(const SeenEndpoint& seen) {
  bool has_stayed = false;
  for (const auto& before : known_) {
    const bool is_there = before.name != seen.place && before.name.starts_with(seen.place + " ");
    if (is_there) next_.push_back(at(&before, seen));
    has_stayed = has_stayed || is_there;
  }
  if (!has_stayed) next_.push_back(at(find(seen.name), seen));
}

std::vector<model::Endpoint> EndpointMemory::endpoints() && {
  // Of several attempts at one place, that which somebody answered says more.
  std::ranges::sort(next_, {}, [](const model::Endpoint& endpoint) {
    return std::pair(std::string_view(endpoint.name), !endpoint.is_without_tls);
  });
  const auto twice = std::ranges::unique(next_, {}, &model::Endpoint::name);
  next_.erase(twice.begin(), twice.end());
  return std::move(next_);
}

}  // namespace danewerk::engine
