#include <filesystem>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "base/time.h"
#include "crypto/algorithm.h"
#include "model/key.h"
#include "store/key_text.h"
#include "support/scoped_folder.h"

// Each vector is a file: lines "key: value", a blank line, and, where the source has one, the
// private key file.

namespace danewerk {
namespace {

struct Vector {
  std::string name;
  std::map<std::string, std::string> head;
  std::string private_key;

  [[nodiscard]] const std::string& at(const std::string& key) const {
    const auto found = head.find(key);
    REQUIRE_MESSAGE(found != head.end(), name << " has no '" << key << "'");
    return found->second;
  }
  [[nodiscard]] bool has(const std::string& key) const { return head.contains(key); }
};

Vector parse(const std::filesystem::path& file) {
  Vector vector{file.stem().string(), {}, {}};
  std::istringstream in(support::text_of(file));
  std::string line;
  while (std::getline(in, line) && !line.empty()) {
    const auto colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    vector.head.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
  while (std::getline(in, line)) vector.private_key += line + "\n";
  return vector;
}

std::vector<Vector> all_vectors() {
  std::vector<Vector> all;
  for (const auto& entry : std::filesystem::directory_iterator(DW_TESTS_DIR "/golden/keys")) {
    if (entry.path().extension() == ".vector") all.push_back(parse(entry.path()));
  }
  REQUIRE(all.size() >= 12);
  return all;
}

dns::Name name(const std::string& text) {
  auto parsed = dns::name_from_text(text);
  REQUIRE(parsed.has_value());
  return *std::move(parsed);
}

model::Dnskey dnskey_of(const Vector& vector) {
  const auto record = store::parse_key_record(". DNSKEY " + vector.at("dnskey"));
  REQUIRE(record.has_value());
  return record->dnskey;
}

void append(Bytes& out, ByteView octets) {
  out.insert(out.end(), octets.begin(), octets.end());
}

/// What the signature is over (RFC 4034 section 3.1.8.1).
Bytes signed_data(const Vector& vector) {
  const auto dnskey = dnskey_of(vector);
  const auto ttl = static_cast<std::uint32_t>(std::stoul(vector.at("ttl")));
  const auto type = static_cast<std::uint16_t>(std::stoul(vector.at("type")));
  const auto rdata = from_hex(vector.at("rdata"));
  REQUIRE(rdata.has_value());
  Bytes out;
  append_u16(out, type);
  out.push_back(dnskey.algorithm);
  out.push_back(static_cast<std::uint8_t>(std::stoul(vector.at("labels"))));
  append_u32(out, ttl);
  append_u32(out, to_rrsig_time(*parse_instant(vector.at("expiration"))));
  append_u32(out, to_rrsig_time(*parse_instant(vector.at("inception"))));
  append_u16(out, dnskey.tag());
  const auto signer = name(vector.at("signer"));
  append(out, signer.view().wire());
  const auto owner = name(vector.at("owner"));
  append(out, owner.view().wire());
  append_u16(out, type);
  append_u16(out, 1);  // IN
  append_u32(out, ttl);
  append_u16(out, static_cast<std::uint16_t>(rdata->size()));
  append(out, *rdata);
  return out;
}

TEST_CASE("vectors: tags are those of the sources (RFC 4034 appendix B)") {
  for (const auto& vector : all_vectors()) {
    CAPTURE(vector.name);
    CHECK(dnskey_of(vector).tag() == std::stoul(vector.at("tag")));
  }
}

TEST_CASE("vectors: DS are those of the sources (RFC 4509, RFC 6605, RFC 8080)") {
  int checked = 0;
  for (const auto& vector : all_vectors()) {
    if (!vector.has("ds")) continue;
    CAPTURE(vector.name);
    const auto& text = vector.at("ds");
    const auto type = static_cast<std::uint8_t>(text[0] - '0');
    const auto rdata = model::ds_rdata(name(vector.at("zone")), dnskey_of(vector), type);
    CHECK(to_hex(ByteView(rdata).subspan(4)) == text.substr(2));
    CHECK(rdata[3] == type);
    ++checked;
  }
  CHECK(checked >= 10);
}

TEST_CASE("vectors: signatures verify, and no longer when one bit is another") {
  int checked = 0;
  for (const auto& vector : all_vectors()) {
    if (!vector.has("signature")) continue;
    CAPTURE(vector.name);
    const auto dnskey = dnskey_of(vector);
    auto key = crypto::PublicKey::from_dnskey(dnskey.algorithm, dnskey.public_key);
    REQUIRE(key.has_value());
    auto data = signed_data(vector);
    const auto signature = from_base64(vector.at("signature"));
    REQUIRE(signature.has_value());
    CHECK(key->verifies(data, *signature));
    data.back() ^= 1U;
    CHECK_FALSE(key->verifies(data, *signature));
    ++checked;
  }
  CHECK(checked >= 10);
}

TEST_CASE("vectors: private keys belong to the public ones, and sign as printed where they can") {
  int checked = 0;
  for (const auto& vector : all_vectors()) {
    if (vector.private_key.empty()) continue;
    CAPTURE(vector.name);
    const auto half = store::parse_bind_private(vector.private_key);
    REQUIRE_MESSAGE(half.has_value(), (half ? std::string() : half.error().message()));
    CHECK(crypto::prove_pair(*half->key, dnskey_of(vector).public_key).has_value());
    if (vector.at("expect") == "verifies, same signature") {
      const auto signer = half->key->new_signer();
      REQUIRE(signer.has_value());
      Bytes signature((*signer)->signature_size());
      REQUIRE((*signer)->sign(signed_data(vector), signature).has_value());
      CHECK(to_base64(signature) == vector.at("signature"));
    }
    ++checked;
  }
  CHECK(checked >= 8);
}

}  // namespace
}  // namespace danewerk
