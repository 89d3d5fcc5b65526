#include "net/tsig.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

#include "crypto/hmac.h"

namespace danewerk::net {

namespace {

using crypto::DigestType;

constexpr std::uint16_t kTsig = 250;
constexpr std::uint16_t kClassAny = 255;
constexpr std::uint64_t kMaxSecretFile = 4096;
/// Shorter ones can be guessed; RFC 8945 section 8 asks for as many as the digest has.
constexpr std::size_t kLeastSecret = 16;

struct Algorithm {
  std::string_view name;
  DigestType digest;
};
constexpr std::array kAlgorithms{Algorithm{"hmac-sha256", DigestType::kSha256},
                                 Algorithm{"hmac-sha384", DigestType::kSha384},
                                 Algorithm{"hmac-sha512", DigestType::kSha512}};

dns::Name algorithm_name(DigestType digest) {
  for (const auto& algorithm : kAlgorithms) {
    if (algorithm.digest == digest) return *dns::name_from_text(algorithm.name);
  }
  DW_CHECK(false, "a TSIG key has one of our algorithms");
  return {};
}

/// Canonical form: lower case (RFC 8945 section 4.3.3).
void append_name(Bytes& out, dns::NameView name) {
  const auto at = out.size();
  out.insert(out.end(), name.wire().begin(), name.wire().end());
  dns::lower_case(std::span(out).subspan(at));
}

void append_u48(Bytes& out, std::uint64_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 32U));
  append_u32(out, static_cast<std::uint32_t>(value));
}

void append(Bytes& out, ByteView octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

struct Variables {
  std::uint64_t time_signed = 0;
  std::uint16_t fudge = kTsigFudge;
  std::uint16_t error = 0;
  ByteView other{};
};

/// RFC 8945 section 4.3.3.
void append_variables(Bytes& out, const TsigKey& key, const Variables& variables) {
  append_name(out, key.name);
  append_u16(out, kClassAny);
  append_u32(out, 0);
  append_name(out, algorithm_name(key.digest));
  append_u48(out, variables.time_signed);
  append_u16(out, variables.fudge);
  append_u16(out, variables.error);
  append_u16(out, static_cast<std::uint16_t>(variables.other.size()));
  append(out, variables.other);
}

/// What the server says of our signature (RFC 8945 section 5.3).
std::string complaint(const dns::TsigRecord& tsig, const TsigKey& key) {
  const auto name = dns::to_text(key.name);
  switch (tsig.error) {
    case 16:
      return fmt::format("refuses the signature by TSIG key {}: is the secret the same?", name);
    case 17:
      return fmt::format("does not know TSIG key {}", name);
    case 18:
      return "says that its clock and ours are too far apart for TSIG";
    default:
      return fmt::format("refuses TSIG key {} with error {}", name, tsig.error);
  }
}

}  // namespace

Result<TsigKey> tsig_key(std::string_view name, std::string_view algorithm,
                         std::string_view base64) {
  TsigKey key;
  DW_TRY(key.name, dns::name_from_text(name));
  const auto* found = std::ranges::find(kAlgorithms, algorithm, &Algorithm::name);
  if (found == kAlgorithms.end()) {
    return fail(Errc::kBadInput, fmt::format("no TSIG algorithm of ours: '{}'", algorithm));
  }
  key.digest = found->digest;
  auto secret = from_base64(base64);
  if (!secret || secret->empty()) return fail(Errc::kBadInput, "a TSIG secret is base 64");
  key.secret = std::make_shared<const Secret>(*std::move(secret));
  return key;
}

Result<TsigKey> read_tsig_key(std::string_view name, std::string_view algorithm, const Path& file) {
  struct stat status{};
  DW_TRY(const auto open, open_for_reading(file));
  if (fstat(open.get(), &status) != 0) {
    return tl::unexpected(system_error("look at", file, errno));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Errc::kRefused, fmt::format("others can reach the TSIG secret '{}'", file.string()),
                fmt::format("chmod 600 '{}'", file.string()));
  }
  DW_TRY(auto text, read_file(file, kMaxSecretFile));
  std::string_view secret = text;
  constexpr std::string_view kBlanks = " \t\r\n";
  secret.remove_prefix(std::min(secret.find_first_not_of(kBlanks), secret.size()));
  secret = secret.substr(0, secret.find_last_not_of(kBlanks) + 1);
  auto key = tsig_key(name, algorithm, secret);
  const bool is_secret = key && key->secret->view().size() >= kLeastSecret;
  wipe(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));  // NOLINT
  if (is_secret) return key;
  return fail(Errc::kBadInput,
              fmt::format("'{}' is not a secret of {} octets or more in base64", file.string(),
                          kLeastSecret),
              fmt::format("openssl rand -base64 32 >'{}'", file.string()));
}

SignedQuery sign_query(Bytes message, const TsigKey& key, sys_seconds now) {
  const auto head = dns::read_message_head(message);
  DW_CHECK(head && key.secret, "only whole messages are signed, with a secret");
  const Variables variables{.time_signed =
                                static_cast<std::uint64_t>(now.time_since_epoch().count())};
  Bytes covered = message;
  append_variables(covered, key, variables);
  const auto mac = crypto::hmac(key.digest, key.secret->view(), covered);
  SignedQuery made{.octets = std::move(message), .mac = {}};
  append(made.mac, mac.view());
  auto& out = made.octets;
  append_name(out, key.name);
  append_u16(out, kTsig);
  append_u16(out, kClassAny);
  append_u32(out, 0);
  Bytes rdata;
  append_name(rdata, algorithm_name(key.digest));
  append_u48(rdata, variables.time_signed);
  append_u16(rdata, variables.fudge);
  append_u16(rdata, static_cast<std::uint16_t>(made.mac.size()));
  append(rdata, made.mac);
  append_u16(rdata, head->id);
  append_u32(rdata, 0);  // no error, nothing other
  append_u16(out, static_cast<std::uint16_t>(rdata.size()));
  append(out, rdata);
  const auto additionals = static_cast<std::uint16_t>(head->additionals + 1U);
  out[10] = static_cast<std::uint8_t>(additionals >> 8U);
  out[11] = static_cast<std::uint8_t>(additionals);
  return made;
}

Result<void> verify_answer(ByteView octets, const dns::Message& message, const TsigKey& key,
                           ByteView query_mac, sys_seconds now) {
  const auto refused = [](std::string why) { return fail(Errc::kRefused, std::move(why)); };
  if (!message.tsig) return refused("its answer is not signed with TSIG");
  const auto& tsig = *message.tsig;
  if (tsig.mac.empty() && tsig.error != 0) return refused(complaint(tsig, key));
  if (!dns::equal(tsig.key, key.name) || !dns::equal(tsig.algorithm, algorithm_name(key.digest))) {
    return refused("its answer is signed with another TSIG key or algorithm");
  }
  // RFC 8945 section 5.3.2: the query's MAC, then the message as it was before TSIG came to it.
  Bytes covered;
  append_u16(covered, static_cast<std::uint16_t>(query_mac.size()));
  append(covered, query_mac);
  const auto at = covered.size();
  append(covered, octets.first(tsig.at));
  const auto additionals = static_cast<std::uint16_t>(message.head.additionals - 1U);
  covered[at] = static_cast<std::uint8_t>(tsig.original_id >> 8U);
  covered[at + 1] = static_cast<std::uint8_t>(tsig.original_id);
  covered[at + 10] = static_cast<std::uint8_t>(additionals >> 8U);
  covered[at + 11] = static_cast<std::uint8_t>(additionals);
  append_variables(covered, key, {tsig.time_signed, tsig.fudge, tsig.error, tsig.other});
  // RFC 8945 section 5.2.2.1 lets us refuse MACs that were cut short; nobody we ask cuts them.
  const auto mac = crypto::hmac(key.digest, key.secret->view(), covered);
  if (!crypto::equal_in_constant_time(mac.view(), tsig.mac)) {
    return refused("the TSIG signature of its answer is wrong");
  }
  if (tsig.error != 0) return refused(complaint(tsig, key));
  const auto count = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const auto distance = std::max(count, tsig.time_signed) - std::min(count, tsig.time_signed);
  if (distance > tsig.fudge) {
    return refused(fmt::format("its answer was signed {} s off our clock", distance));
  }
  return {};
}

}  // namespace danewerk::net
