#include "dns/update_message.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace danewerk::dns {
namespace {

Name name(std::string_view text) {
  auto read = name_from_text(text);
  REQUIRE(read.has_value());
  return *std::move(read);
}

Bytes octets(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  const auto read = from_hex(digits);
  REQUIRE(read.has_value());
  return *read;
}

/// "_25._tcp.m.ex." and "ex." on the wire.
constexpr std::string_view kOwner = "03 5f3235 04 5f746370 01 6d 02 6578 00";
constexpr std::string_view kZone = "02 6578 00";

std::string text(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) all += part;
  return all;
}

TEST_CASE("update: a record is added in class IN with its TTL (RFC 2136 section 2.5.1)") {
  Update update{.id = 0x1234, .zone = name("ex.")};
  update.records.push_back({.act = Update::Act::kAdd,
                            .owner = name("_25._tcp.m.ex."),
                            .ttl = 3600,
                            .rdata = {3, 1, 1, 9}});
  CHECK(to_hex(write_update(update)) ==
        to_hex(octets(text({"1234 2800 0001 0000 0001 0000", kZone, "0006 0001", kOwner,
                            "0034 0001 00000e10 0004 03010109"}))));
}

TEST_CASE("update: a single record is deleted in class NONE, TTL 0 (RFC 2136 section 2.5.4)") {
  Update update{.id = 1, .zone = name("ex.")};
  update.records.push_back({.act = Update::Act::kDelete,
                            .owner = name("_25._tcp.m.ex."),
                            .ttl = 3600,
                            .rdata = {3, 1, 1, 9}});
  CHECK(to_hex(write_update(update)) ==
        to_hex(octets(text({"0001 2800 0001 0000 0001 0000", kZone, "0006 0001", kOwner,
                            "0034 00fe 00000000 0004 03010109"}))));
}

TEST_CASE("update: that a name is no alias is a prerequisite (RFC 2136 section 2.4.3)") {
  const Update update{.id = 1, .zone = name("ex."), .not_aliases = {name("_25._tcp.m.ex.")}};
  CHECK(to_hex(write_update(update)) ==
        to_hex(octets(text({"0001 2800 0001 0001 0000 0000", kZone, "0006 0001", kOwner,
                            "0005 00fe 00000000 0000"}))));
}

bool is_answer(std::string_view head, std::string_view rest = "") {
  const auto message = read_message(octets(text({head, rest})));
  REQUIRE(message.has_value());
  return is_answer_to(*message, Update{.id = 0x1234, .zone = name("EX.")});
}

TEST_CASE("update: a response may leave out its sections, or copy them (RFC 2136 section 3.8)") {
  CHECK(is_answer("1234 a800 0000 0000 0000 0000"));
  CHECK(is_answer("1234 a805 0001 0000 0000 0000", "02 6578 00 0006 0001"));
}

TEST_CASE("update: id, opcode, direction and zone of a response are those of the update") {
  CHECK_FALSE(is_answer("1235 a800 0000 0000 0000 0000"));
  CHECK_FALSE(is_answer("1234 2800 0000 0000 0000 0000"));
  CHECK_FALSE(is_answer("1234 8000 0000 0000 0000 0000"));
  CHECK_FALSE(is_answer("1234 a800 0001 0000 0000 0000", "02 6579 00 0006 0001"));
}

TEST_CASE("update: what is written is a message, with as many records as were given") {
  CHECK(rc::check("update read back", [](const std::vector<Bytes>& all, bool is_add) {
    Update update{.id = 7, .zone = name("ex.")};
    for (const auto& rdata : all) {
      update.records.push_back({.act = is_add ? Update::Act::kAdd : Update::Act::kDelete,
                                .owner = name("_25._tcp.m.ex."),
                                .ttl = 60,
                                .rdata = rdata});
    }
    const auto message = read_message(write_update(update));
    RC_ASSERT(message.has_value());
    RC_ASSERT(message->authorities.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      RC_ASSERT(message->authorities[i].rdata == all[i]);
      RC_ASSERT(message->authorities[i].of_class == (is_add ? 1 : 254));
    }
  }));
}

}  // namespace
}  // namespace danewerk::dns
