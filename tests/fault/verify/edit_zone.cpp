#include "edit_zone.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "base/time.h"
#include "dns/rdata_text.h"
#include "dns/tree_builder.h"

namespace danewerk::fault {

using dns::RrType;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

dns::Name name_of(std::string_view text) {
  auto name = dns::name_from_text(text);
  REQUIRE(name.has_value());
  return *std::move(name);
}

/// Hash in an NSEC3 owner directly below the apex, empty when the owner is none.
std::string hash_of(const std::string& owner, const std::string& apex) {
  const auto dot = owner.find('.');
  if (dot == std::string::npos || owner.substr(dot + 1) != apex) return {};
  const auto hash = from_base32hex(owner.substr(0, dot));
  return hash && hash->size() == 20 ? std::string(as_text(*hash)) : std::string();
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  REQUIRE_MESSAGE(in.good(), file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

RrType Record::covered() const {
  REQUIRE(type == RrType::kRrsig);
  return static_cast<RrType>(load_u16(rdata.data()));
}

std::uint16_t TestKey::tag() const {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < dnskey.size(); ++i) sum += i % 2 == 0 ? dnskey[i] * 256U : dnskey[i];
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

TestKey load_key(const std::string& stem) {
  const std::string path = std::string(DW_TESTS_DIR) + "/keys/" + stem;
  TestKey key;
  std::istringstream record(text_of(path + ".key"));
  for (std::string line; std::getline(record, line);) {
    const auto at = line.find(" DNSKEY ");
    if (line.starts_with(';') || at == std::string::npos) continue;
    auto rdata = dns::rdata_from_text(RrType::kDnskey, line.substr(at + 8));
    REQUIRE(rdata.has_value());
    key.dnskey = *std::move(rdata);
  }
  const std::string secret = text_of(path + ".private");
  const auto at = secret.find("PrivateKey: ");
  REQUIRE(at != std::string::npos);
  auto octets = from_base64(secret.substr(at + 12, secret.find('\n', at) - at - 12));
  REQUIRE(octets.has_value());
  crypto::PrivateFields fields;
  fields.push_back({"PrivateKey", Secret(*std::move(octets))});
  auto made =
      crypto::private_key_from_fields(static_cast<crypto::Algorithm>(key.dnskey.at(3)), fields);
  REQUIRE(made.has_value());
  key.private_key = *std::move(made);
  return key;
}

EditZone EditZone::load(const std::string& file) {
  return parse(text_of(file), "example.");
}

EditZone EditZone::parse(const std::string& text, const std::string& apex) {
  EditZone zone;
  zone.apex_ = apex;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) zone.add(line);
  }
  return zone;
}

void EditZone::add(const std::string& line) {
  std::istringstream words(line);
  std::string owner;
  std::string in;
  std::string type_text;
  Record record;
  words >> owner >> record.ttl >> in >> type_text;
  REQUIRE_MESSAGE(in == "IN", line);
  record.owner = lower(owner);
  const auto type = dns::type_from_text(type_text);
  REQUIRE_MESSAGE(type.has_value(), line);
  record.type = *type;
  std::string rest;
  std::getline(words >> std::ws, rest);
  auto rdata = dns::rdata_from_text(record.type, rest);
  REQUIRE_MESSAGE(rdata.has_value(), line);
  record.rdata = *std::move(rdata);
  records.push_back(std::move(record));
}

dns::Zone EditZone::build() const {
  const dns::Name apex = name_of(apex_);
  std::map<std::string, dns::NodeBuilder> names;
  std::map<std::string, dns::NodeBuilder> denial;
  for (const Record& record : records) {
    const bool is_rrsig = record.type == RrType::kRrsig;
    const bool is_nsec3 = (is_rrsig ? record.covered() : record.type) == RrType::kNsec3;
    const std::string hash = is_nsec3 ? hash_of(record.owner, apex_) : std::string();
    auto& node = hash.empty() ? names[dns::sort_key(name_of(record.owner), apex)] : denial[hash];
    if (is_rrsig) {
      node.add_rrsig(record.ttl, record.rdata);
    } else {
      node.add(record.type, record.ttl, record.rdata);
    }
  }
  dns::TreeBuilder names_tree;
  for (auto& [key, node] : names) names_tree.append(key, node.pack(), node.earliest_expiration());
  dns::TreeBuilder denial_tree;
  for (auto& [hash, node] : denial) {
    dns::ChainEntry entry;
    entry.node = dns::NodeView(node.pack());
    std::string packed;
    dns::pack_chain_entry(packed, entry);
    denial_tree.append(hash, packed, node.earliest_expiration());
  }
  return {apex, std::move(names_tree).finish(), std::move(denial_tree).finish()};
}

bool EditZone::has(std::string_view owner, RrType type) const {
  return std::any_of(records.begin(), records.end(),
                     [&](const Record& r) { return r.owner == owner && r.type == type; });
}

Record& EditZone::one(std::string_view owner, RrType type) {
  const auto is_it = [&](const Record& r) { return r.owner == owner && r.type == type; };
  CAPTURE(owner);
  CAPTURE(static_cast<int>(type));
  REQUIRE(std::count_if(records.begin(), records.end(), is_it) == 1);
  return *std::find_if(records.begin(), records.end(), is_it);
}

Record& EditZone::rrsig(std::string_view owner, RrType covered) {
  const auto is_it = [&](const Record& r) {
    return r.owner == owner && r.type == RrType::kRrsig && r.covered() == covered;
  };
  CAPTURE(owner);
  CAPTURE(static_cast<int>(covered));
  REQUIRE(std::count_if(records.begin(), records.end(), is_it) == 1);
  return *std::find_if(records.begin(), records.end(), is_it);
}

void EditZone::remove(std::string_view owner, RrType type) {
  const auto count =
      std::erase_if(records, [&](const Record& r) { return r.owner == owner && r.type == type; });
  REQUIRE(count > 0);
}

void EditZone::remove_rrsigs(std::string_view owner, RrType covered) {
  std::erase_if(records, [&](const Record& r) {
    return r.owner == owner && r.type == RrType::kRrsig && r.covered() == covered;
  });
}

void EditZone::remove_name(std::string_view owner) {
  REQUIRE(std::erase_if(records, [&](const Record& r) { return r.owner == owner; }) > 0);
}

void EditZone::sign(std::string_view owner, RrType type, const TestKey& key,
                    const SignFields& fields) {
  remove_rrsigs(owner, type);
  sign_too(owner, type, key, fields);
}

void EditZone::sign_too(std::string_view owner, RrType type, const TestKey& key,
                        const SignFields& fields) {
  std::vector<Bytes> rdata;
  dns::Ttl ttl = 0;
  for (const Record& r : records) {
    if (r.owner != owner || r.type != type) continue;
    ttl = r.ttl;
    dns::append_canonical(rdata.emplace_back(), type, r.rdata);
  }
  REQUIRE(!rdata.empty());
  std::sort(rdata.begin(), rdata.end());
  rdata.erase(std::unique(rdata.begin(), rdata.end()), rdata.end());
  const dns::Name name = name_of(owner);
  const unsigned labels = name.view().label_count() - (name.view().is_wildcard() ? 1 : 0);
  // RFC 4034 section 3.1.8.1: RRSIG RDATA without signature, then the records.
  Bytes signature;
  append_u16(signature, static_cast<std::uint16_t>(type));
  signature.push_back(key.dnskey.at(3));
  signature.push_back(
      static_cast<std::uint8_t>(fields.labels < 0 ? labels : static_cast<unsigned>(fields.labels)));
  append_u32(signature, ttl);
  append_u32(signature, to_rrsig_time(*parse_instant(fields.expiration)));
  append_u32(signature, to_rrsig_time(*parse_instant(fields.inception)));
  append_u16(signature, key.tag());
  const dns::Name signer = name_of(fields.signer);
  signature.insert(signature.end(), signer.view().wire().begin(), signer.view().wire().end());
  Bytes message = signature;
  for (const Bytes& data : rdata) {
    message.insert(message.end(), name.view().wire().begin(), name.view().wire().end());
    append_u16(message, static_cast<std::uint16_t>(type));
    append_u16(message, 1);
    append_u32(message, ttl);
    append_u16(message, static_cast<std::uint16_t>(data.size()));
    message.insert(message.end(), data.begin(), data.end());
  }
  auto signing = key.private_key->new_signer();
  REQUIRE(signing.has_value());
  Bytes octets((*signing)->signature_size());
  REQUIRE((*signing)->sign(message, octets).has_value());
  signature.insert(signature.end(), octets.begin(), octets.end());
  records.push_back({std::string(owner), ttl, RrType::kRrsig, std::move(signature)});
}

std::string EditZone::hashed(std::string_view name) const {
  Bytes salt;
  unsigned iterations = 0;
  for (const Record& r : records) {
    if (r.type != RrType::kNsec3Param) continue;
    iterations = load_u16(&r.rdata[2]);
    salt.assign(r.rdata.begin() + 5, r.rdata.end());
  }
  const dns::Name owner = name_of(lower(name));
  Bytes input(owner.view().wire().begin(), owner.view().wire().end());
  for (unsigned i = 0; i <= iterations; ++i) {
    input.insert(input.end(), salt.begin(), salt.end());
    const auto digest = crypto::digest(crypto::DigestType::kSha1, input);
    input.assign(digest.view().begin(), digest.view().end());
  }
  return to_base32hex(input) + "." + apex_;
}

std::string EditZone::before(const std::string& hashed_owner) const {
  std::string best;
  std::string last;
  for (const Record& r : records) {
    if (r.type != RrType::kNsec3) continue;
    if (r.owner < hashed_owner && r.owner > best) best = r.owner;
    last = std::max(last, r.owner);
  }
  return best.empty() ? last : best;
}

std::string EditZone::after(const std::string& hashed_owner) const {
  std::string best;
  std::string first;
  for (const Record& r : records) {
    if (r.type != RrType::kNsec3) continue;
    if (r.owner > hashed_owner && (best.empty() || r.owner < best)) best = r.owner;
    if (first.empty() || r.owner < first) first = r.owner;
  }
  return best.empty() ? first : best;
}

std::vector<std::uint16_t> read_bitmap(ByteView bitmap) {
  std::vector<std::uint16_t> types;
  for (std::size_t at = 0; at < bitmap.size(); at += 2U + bitmap[at + 1]) {
    for (unsigned bit = 0; bit < bitmap[at + 1] * 8U; ++bit) {
      if ((bitmap[at + 2 + bit / 8] & (0x80U >> (bit % 8))) != 0) {
        types.push_back(static_cast<std::uint16_t>(bitmap[at] * 256U + bit));
      }
    }
  }
  return types;
}

Bytes make_bitmap(std::vector<std::uint16_t> types) {
  std::sort(types.begin(), types.end());
  std::map<unsigned, Bytes> windows;
  for (const auto type : types) {
    Bytes& bits = windows[type / 256U];
    const unsigned low = type % 256U;
    if (bits.size() < low / 8 + 1) bits.resize(low / 8 + 1);
    bits[low / 8] = static_cast<std::uint8_t>(bits[low / 8] | (0x80U >> (low % 8)));
  }
  Bytes out;
  for (const auto& [window, bits] : windows) {
    out.push_back(static_cast<std::uint8_t>(window));
    out.push_back(static_cast<std::uint8_t>(bits.size()));
    out.insert(out.end(), bits.begin(), bits.end());
  }
  return out;
}

std::size_t bitmap_start(const Record& record) {
  if (record.type == RrType::kNsec) return dns::wire_name_length(record.rdata);
  const std::size_t salt = record.rdata.at(4);
  return 5 + salt + 1U + record.rdata.at(5 + salt);
}

void flip_type(Record& record, RrType type) {
  const auto number = static_cast<std::uint16_t>(type);
  const std::size_t start = bitmap_start(record);
  auto types = read_bitmap(ByteView(record.rdata).subspan(start));
  if (std::erase(types, number) == 0) types.push_back(number);
  record.rdata.resize(start);
  const Bytes bitmap = make_bitmap(std::move(types));
  record.rdata.insert(record.rdata.end(), bitmap.begin(), bitmap.end());
}

}  // namespace danewerk::fault
