#pragma once

/// \file
/// Random zones as the state remembers them.

#include <string>

#include <rapidcheck.h>

#include "model/zone_state.h"

namespace danewerk::test {

inline sys_seconds random_instant() {
  return sys_seconds(seconds(*rc::gen::inRange<std::int64_t>(0, 4102444800)));
}
template <class T>
std::optional<T> perhaps(T value) {
  return *rc::gen::arbitrary<bool>() ? std::optional<T>(std::move(value)) : std::nullopt;
}
/// Any octets, NUL and what is no UTF-8 among them.
inline std::string random_text() {
  return *rc::gen::arbitrary<std::string>();
}
inline Bytes random_bytes() {
  return *rc::gen::arbitrary<Bytes>();
}
inline std::uint64_t random_number() {
  return *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 62U);
}
inline std::size_t some() {
  return *rc::gen::inRange<std::size_t>(0, 4);
}
template <class Enum>
Enum random_enum(int count) {
  return static_cast<Enum>(*rc::gen::inRange(0, count));
}

inline model::FileMark random_mark() {
  return {.path = random_text(),
          .size = random_number(),
          .modified = *rc::gen::arbitrary<std::int64_t>(),
          .inode = *rc::gen::arbitrary<std::uint64_t>(),
          .digest = random_bytes()};
}

inline model::RingKey random_key(std::size_t number) {
  model::RingKey key;
  key.id = random_text() + std::to_string(number);
  key.role = random_enum<model::KeyRole>(3);
  key.algorithm = *rc::gen::arbitrary<std::uint8_t>();
  key.bits = *rc::gen::arbitrary<unsigned>();
  key.tag = *rc::gen::arbitrary<std::uint16_t>();
  key.created = random_instant();
  key.goal = random_enum<model::Goal>(2);
  key.predecessor = random_text();
  key.active = perhaps(random_instant());
  for (auto& record : key.records) {
    if (*rc::gen::arbitrary<bool>()) continue;
    record = {random_enum<model::Visibility>(4), random_instant(), random_number()};
  }
  key.resigned = random_number();
  key.is_standby = *rc::gen::arbitrary<bool>();
  key.is_compromised = *rc::gen::arbitrary<bool>();
  return key;
}

inline model::KeyRing random_ring() {
  model::KeyRing ring;
  for (std::size_t i = some(); i > 0; --i) ring.keys.push_back(random_key(i));
  for (std::size_t i = some(); i > 0; --i) {
    ring.requests.push_back({random_enum<model::KeyRole>(3)});
  }
  ring.going_insecure = *rc::gen::arbitrary<bool>();
  return ring;
}

inline model::Facts random_facts() {
  model::Facts facts;
  for (std::size_t i = some(); i > 0; --i) {
    facts.publications.push_back(
        {random_number(), *rc::gen::arbitrary<std::uint32_t>(), perhaps(random_instant())});
  }
  for (std::size_t i = some(); i > 0; --i) {
    auto& secondary = facts.secondaries.emplace_back();
    secondary.address = random_text();
    secondary.released = random_number();
    secondary.silent_since = perhaps(random_instant());
    for (std::size_t j = some(); j > 0; --j) {
      secondary.seen.push_back({random_number(), random_instant()});
    }
  }
  for (std::size_t i = some(); i > 0; --i) {
    facts.ledger.push_back({random_enum<model::LedgerKind>(4),
                            seconds(*rc::gen::inRange<std::int64_t>(0, 1U << 31U)), random_number(),
                            random_number()});
  }
  for (std::size_t i = some(); i > 0; --i) {
    facts.ds[random_text()] = {perhaps(random_instant()), perhaps(random_instant()),
                               *rc::gen::arbitrary<bool>(), perhaps(random_instant()),
                               perhaps(random_instant())};
  }
  for (std::size_t i = some(); i > 0; --i) {
    facts.ds_ttls.push_back({seconds(*rc::gen::inRange(0, 1000000)), perhaps(random_instant())});
  }
  facts.largest_ds_ttl = seconds(*rc::gen::inRange(0, 1000000));
  facts.soa_refresh = seconds(*rc::gen::inRange(0, 1000000));
  facts.soa_retry = seconds(*rc::gen::inRange(0, 1000000));
  facts.signatures = random_number();
  facts.looked = perhaps(random_instant());
  facts.looked_at_ds = perhaps(random_instant());
  facts.held = random_text();
  return facts;
}

inline model::ZoneState random_zone_state(std::string name) {
  model::ZoneState zone;
  zone.name = std::move(name);
  zone.ring = random_ring();
  zone.facts = random_facts();
  zone.version = random_number();
  zone.serial = *rc::gen::arbitrary<std::uint32_t>();
  zone.source_serial = perhaps(*rc::gen::arbitrary<std::uint32_t>());
  zone.digest = random_bytes();
  zone.serial_floor = perhaps(*rc::gen::arbitrary<std::uint32_t>());
  zone.largest_serial = perhaps(*rc::gen::arbitrary<std::uint32_t>());
  zone.earliest_expiration = perhaps(random_instant());
  for (std::size_t i = some(); i > 0; --i) zone.source.push_back(random_mark());
  zone.output = perhaps(random_mark());
  zone.output_version = random_number();
  zone.policy_digest = random_text();
  zone.wake = perhaps(random_instant());
  zone.last_pass = perhaps(random_instant());
  zone.last_outcome = random_text();
  zone.is_frozen = *rc::gen::arbitrary<bool>();
  zone.is_step_released = *rc::gen::arbitrary<bool>();
  for (std::size_t i = some(); i > 0; --i) {
    zone.findings.push_back({random_text(),
                             *rc::gen::element<std::string>("error", "warning", "info"),
                             random_text(), random_instant(), random_instant()});
  }
  zone.waits_json = random_text();
  return zone;
}

}  // namespace danewerk::test
