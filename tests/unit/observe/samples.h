#pragma once

/// \file
/// Answers and keys for the tests here.

#include <string>

#include <doctest/doctest.h>

#include "dns/rdata_text.h"
#include "observe/look.h"

namespace danewerk::observe::test {

inline constexpr sys_seconds kStart{seconds(1'800'000'000)};

inline dns::Name name(std::string_view text) {
  auto read = dns::name_from_text(text);
  REQUIRE(read.has_value());
  return *std::move(read);
}

inline dns::MessageRecord record(std::string_view owner, dns::RrType type, std::string_view rdata,
                                 dns::Ttl ttl = 3600) {
  auto octets = dns::rdata_from_text(type, rdata);
  REQUIRE(octets.has_value());
  return {.owner = name(owner), .type = type, .ttl = ttl, .rdata = *std::move(octets)};
}

inline net::Reply answered(std::uint16_t flags = 0x8400) {
  net::Reply reply{.outcome = net::Outcome::kAnswered};
  reply.message.head.flags = flags;
  return reply;
}

/// A key that differs from others by NUMBER.
inline model::Dnskey key(std::uint8_t number) {
  return {.flags = 257, .algorithm = 15, .public_key = Bytes(32, number)};
}

inline Bytes ds(const model::Dnskey& of, std::uint8_t digest_type = model::kDsSha256) {
  return model::ds_rdata(name("example."), of, digest_type);
}

inline DsAnswer shows(std::vector<Bytes> all, std::string address = "192.0.2.1") {
  DsAnswer answer{.server = {.endpoint = {std::move(address)}}, .ttl = seconds(3600)};
  answer.kind = all.empty() ? DsAnswer::Kind::kNone : DsAnswer::Kind::kShows;
  answer.ds = std::move(all);
  return answer;
}
inline DsAnswer silent(std::string address = "192.0.2.9") {
  return {.server = {.endpoint = {std::move(address)}}, .why = "does not answer"};
}

}  // namespace danewerk::observe::test
