#include "net/tsig.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/hmac.h"
#include "support/scoped_folder.h"

namespace danewerk::net {
namespace {

constexpr sys_seconds kNow{seconds(1'800'000'000)};

TsigKey key_named(std::string_view name, std::string_view algorithm = "hmac-sha256") {
  auto key = tsig_key(name, algorithm, "c2VjcmV0IG9mIHR3ZW50eSBvY3RldHM=");
  REQUIRE(key.has_value());
  return *std::move(key);
}

dns::Query query() {
  return {.id = 0x4711, .name = *dns::name_from_text("example."), .type = dns::RrType::kSoa};
}

struct Signed {
  Bytes query_mac;
  Bytes octets;
};

/// The query, signed, and an answer that a server with the key signs: by RFC 8945 section 5.3.2,
/// written out here once more.
Signed exchange(const TsigKey& key, sys_seconds server_time) {
  const auto sent = sign_query(dns::write_query(query()), key, kNow);
  Bytes answer = dns::write_query(query());
  answer[2] = 0x84;
  Bytes covered;
  append_u16(covered, static_cast<std::uint16_t>(sent.mac.size()));
  covered.insert(covered.end(), sent.mac.begin(), sent.mac.end());
  covered.insert(covered.end(), answer.begin(), answer.end());
  const auto* algorithm = key.digest == crypto::DigestType::kSha256   ? "hmac-sha256."
                          : key.digest == crypto::DigestType::kSha384 ? "hmac-sha384."
                                                                      : "hmac-sha512.";
  const auto algorithm_name = *dns::name_from_text(algorithm);
  const auto wire_of = [](dns::NameView name) {
    return Bytes(name.wire().begin(), name.wire().end());
  };
  const auto put = [](Bytes& to, const Bytes& what) {
    to.insert(to.end(), what.begin(), what.end());
  };
  Bytes time;
  append_u16(time, 0);
  append_u32(time, static_cast<std::uint32_t>(server_time.time_since_epoch().count()));
  append_u16(time, 300);
  put(covered, wire_of(*dns::name_from_text("transfer.example.")));
  put(covered, {0, 255, 0, 0, 0, 0});
  put(covered, wire_of(algorithm_name));
  put(covered, time);
  put(covered, {0, 0, 0, 0});
  const auto digest = crypto::hmac(key.digest, key.secret->view(), covered);
  const Bytes mac(digest.view().begin(), digest.view().end());
  Bytes rdata = wire_of(algorithm_name);
  put(rdata, time);
  append_u16(rdata, static_cast<std::uint16_t>(mac.size()));
  put(rdata, mac);
  put(rdata, {0x47, 0x11, 0, 0, 0, 0});
  put(answer, wire_of(*dns::name_from_text("transfer.example.")));
  put(answer, {0, 250, 0, 255, 0, 0, 0, 0});
  append_u16(answer, static_cast<std::uint16_t>(rdata.size()));
  put(answer, rdata);
  answer[11] = 2;
  return {sent.mac, answer};
}

std::string verdict(const Signed& made, const TsigKey& key, sys_seconds now = kNow) {
  const auto message = dns::read_message(made.octets);
  if (!message) return "no message";
  const auto verified = verify_answer(made.octets, *message, key, made.query_mac, now);
  return verified ? "verified" : verified.error().message();
}

TEST_CASE("tsig: an answer by the key verifies, with each digest (RFC 8945 section 5.3)") {
  for (const auto* algorithm : {"hmac-sha256", "hmac-sha384", "hmac-sha512"}) {
    CAPTURE(algorithm);
    const auto key = key_named("Transfer.EXAMPLE.", algorithm);
    CHECK(verdict(exchange(key, kNow), key) == "verified");
  }
}

TEST_CASE("tsig: a query carries key, algorithm, time, fudge and its id (RFC 8945 section 4.2)") {
  const auto key = key_named("transfer.example.", "hmac-sha384");
  const auto sent = sign_query(dns::write_query(query()), key, kNow);
  const auto message = dns::read_message(sent.octets);
  REQUIRE(message.has_value());
  REQUIRE(message->tsig.has_value());
  CHECK(message->has_edns);
  CHECK(message->head.additionals == 2);
  CHECK(dns::to_text(message->tsig->algorithm) == "hmac-sha384.");
  CHECK(message->tsig->time_signed == 1'800'000'000);
  CHECK(message->tsig->fudge == 300);
  CHECK(message->tsig->original_id == 0x4711);
  CHECK(message->tsig->mac == sent.mac);
  CHECK(sent.mac.size() == 48);
}

TEST_CASE("tsig: a changed octet anywhere in the answer is noticed") {
  const auto key = key_named("transfer.example.");
  const auto made = exchange(key, kNow);
  for (std::size_t i = 0; i < made.octets.size(); ++i) {
    // The id on the wire is not covered; the original one is (RFC 8945 section 5.3.2).
    if (i < 2) continue;
    for (const unsigned bit : {0x01U, 0x10U, 0x80U}) {
      auto changed = made;
      changed.octets[i] = static_cast<std::uint8_t>(changed.octets[i] ^ bit);
      CAPTURE(i);
      // Case does not count in names (RFC 8945 section 4.3.3), and 0x20 is not among the bits.
      CHECK(verdict(changed, key) != "verified");
    }
  }
}

TEST_CASE("tsig: an answer to another query, or by another secret, is refused") {
  const auto key = key_named("transfer.example.");
  auto made = exchange(key, kNow);
  made.query_mac[0] ^= 1U;
  CHECK(verdict(made, key) == "the TSIG signature of its answer is wrong");
  const auto other = tsig_key("transfer.example.", "hmac-sha256", "b3RoZXI=");
  REQUIRE(other.has_value());
  CHECK(verdict(exchange(key, kNow), *other) == "the TSIG signature of its answer is wrong");
  CHECK(verdict(exchange(key, kNow), key_named("other.")) ==
        "its answer is signed with another TSIG key or algorithm");
}

TEST_CASE("tsig: clocks may differ by the fudge and no more (RFC 8945 section 5.2.3)") {
  const auto key = key_named("transfer.example.");
  CHECK(verdict(exchange(key, kNow - seconds(300)), key) == "verified");
  CHECK(verdict(exchange(key, kNow + seconds(300)), key) == "verified");
  CHECK(verdict(exchange(key, kNow - seconds(301)), key) ==
        "its answer was signed 301 s off our clock");
}

TEST_CASE("tsig: an answer that is not signed is refused, and what a server complains of is told") {
  const auto key = key_named("transfer.example.");
  auto plain = dns::write_query(query());
  plain[2] = 0x84;
  CHECK(verdict({.query_mac = {}, .octets = plain}, key) == "its answer is not signed with TSIG");
  dns::Message message;
  message.tsig = dns::TsigRecord{.key = key.name, .error = 17};
  const auto unknown = verify_answer({}, message, key, {}, kNow);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().message() == "does not know TSIG key transfer.example.");
}

TEST_CASE("tsig: a secret that others can read is refused (promise P7)") {
  const support::ScopedFolder folder;
  const auto file = folder.path() / "secret";
  support::write_text(file.string(), " c2VjcmV0c2VjcmV0c2VjcmV0\n", 0600);
  const auto key = read_tsig_key("transfer", "hmac-sha256", file);
  REQUIRE(key.has_value());
  CHECK(as_text(key->secret->view()) == "secretsecretsecret");
  support::write_text(file.string(), "c2VjcmV0\n", 0600);
  CHECK(read_tsig_key("transfer", "hmac-sha256", file).error().code() == Errc::kBadInput);
  support::write_text(file.string(), "c2VjcmV0c2VjcmV0c2VjcmV0\n", 0640);
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  CHECK(read_tsig_key("transfer", "hmac-sha256", file).error().code() == Errc::kRefused);
  CHECK(tsig_key("transfer", "hmac-md5", "c2VjcmV0").error().code() == Errc::kBadInput);
  CHECK(tsig_key("transfer", "hmac-sha256", "no base 64").error().code() == Errc::kBadInput);
}

}  // namespace
}  // namespace danewerk::net
