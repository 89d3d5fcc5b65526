#include "world/servers.h"

#include <algorithm>

namespace danewerk::world {

Servers::Servers(Spec spec) : spec_(std::move(spec)) {
  for (const auto& name : spec_.seen) servers_.push_back({.name = name});
}

void Servers::offer(Number version, seconds expire, sys_seconds at) {
  spans_.emplace(version, Span{.from = at, .expire = expire, .until = at, .last = "the primary"});
}

void Servers::show(Number version, sys_seconds at) {
  advance(at);
  shown_ = version;
  for (auto& server : servers_) {
    if (!server.is_stopped && !server.is_cut && server.holds.value_or(0) < version)
      server.fetches = at + server.lag;
  }
}

void Servers::settle(Number version, sys_seconds at) {
  advance(at);
  settled_ = version;
  shown_ = std::max(shown_, version);
  for (auto& [number, span] : spans_) {
    if (number >= version || !span.is_offered) continue;
    span.is_offered = false;
    end(number, at + spec_.unseen_lag, "a server that nobody looks at");
  }
  for (auto& server : servers_) {
    if (server.is_stopped) continue;
    if (server.holds && *server.holds >= version) continue;
    // From now on no refresh of what it holds succeeds: EXPIRE counts (RFC 1035 section 3.3.13).
    if (server.holds && !server.expires && spec_.has_expire)
      server.expires = at + spans_.at(*server.holds).expire;
    if (!server.is_cut) server.fetches = at + server.lag;
  }
  advance(at);
}

void Servers::cut(std::size_t server, sys_seconds at) {
  advance(at);
  auto& cut_off = servers_.at(server);
  cut_off.is_cut = true;
  cut_off.fetches.reset();
  if (cut_off.holds && !cut_off.expires && spec_.has_expire)
    cut_off.expires = at + spans_.at(*cut_off.holds).expire;
}

void Servers::restore(std::size_t server, sys_seconds at) {
  advance(at);
  auto& back = servers_.at(server);
  back.is_cut = back.is_stopped = false;
  if (back.holds && *back.holds >= settled_) {
    back.expires.reset();
    return;
  }
  if (settled_ != 0) back.fetches = at + back.lag;
  advance(at);
}

void Servers::stop(std::size_t server, sys_seconds at) {
  advance(at);
  auto& off = servers_.at(server);
  if (off.holds) expire(off, at);
  off.fetches.reset();
  off.is_stopped = true;
}

void Servers::advance(sys_seconds at) {
  for (auto& server : servers_) {
    const bool expires_first =
        server.expires && (!server.fetches || *server.expires < *server.fetches);
    if (expires_first && *server.expires <= at) expire(server, *server.expires);
    if (server.fetches && *server.fetches <= at) fetch(server, *server.fetches);
  }
}

std::optional<Servers::Number> Servers::look(std::size_t server) const {
  return servers_.at(server).holds;
}

std::map<Servers::Number, Servers::Served> Servers::served() const {
  std::map<Number, Served> out;
  for (const auto& [number, span] : spans_) {
    Served served{.from = span.from, .until = {}, .last = span.last};
    if (!span.is_offered && !is_held(number)) served.until = span.until;
    out.emplace(number, served);
  }
  return out;
}

void Servers::forget_before(Number first) {
  std::erase_if(spans_,
                [&](const auto& span) { return span.first < first && !is_held(span.first); });
}

void Servers::end(Number version, sys_seconds at, const std::string& who) {
  auto& span = spans_.at(version);
  if (at < span.until) return;
  span.until = at;
  span.last = who;
}

void Servers::fetch(Server& server, sys_seconds at) {
  const auto before = server.holds;
  server.fetches.reset();
  server.expires.reset();
  server.holds = std::max(shown_, before.value_or(0));
  // Those behind it follow within the lag.
  if (before && *before != *server.holds) end(*before, at + spec_.unseen_lag, server.name);
}

void Servers::expire(Server& server, sys_seconds at) {
  const auto before = *server.holds;
  server.holds.reset();
  server.expires.reset();
  end(before, at, server.name);
}

bool Servers::is_held(Number version) const {
  return std::ranges::any_of(servers_,
                             [&](const Server& server) { return server.holds == version; });
}

}  // namespace danewerk::world
