#pragma once

/// \file
/// A signed zone as a list of records that tests take apart, damage, and put together again; signs
/// with the keys of tests/keys where a fault needs a valid signature. Shares nothing with `verify`
/// and `sign`.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/private_key.h"
#include "dns/zone.h"

namespace danewerk::fault {

struct Record {
  std::string owner;  ///< presentation form, lower case
  dns::Ttl ttl = 0;
  dns::RrType type = dns::RrType::kA;
  Bytes rdata;
  /// What an RRSIG covers.
  [[nodiscard]] dns::RrType covered() const;
};

/// A key of the pool, for zone `example.`.
struct TestKey {
  Bytes dnskey;
  std::shared_ptr<const crypto::PrivateKey> private_key;
  [[nodiscard]] std::uint16_t tag() const;
};
/// \param stem  such as "Kexample.+013+50304"; algorithms 13 to 16.
TestKey load_key(const std::string& stem);

/// RRSIG fields that a fault may want otherwise.
struct SignFields {
  std::string_view inception = "20261101000000";
  std::string_view expiration = "20270201000000";
  std::string signer = "example.";
  int labels = -1;  ///< -1: as the owner has
};

class EditZone {
 public:
  /// One record a line: owner TTL IN TYPE RDATA.
  static EditZone load(const std::string& file);
  static EditZone parse(const std::string& text, const std::string& apex);

  /// As the master-file reader builds it: RRSIGs with their type, NSEC3 by hash.
  [[nodiscard]] dns::Zone build() const;

  std::vector<Record> records;

  /// The one record; more or none fail the test.
  Record& one(std::string_view owner, dns::RrType type);
  Record& rrsig(std::string_view owner, dns::RrType covered);
  [[nodiscard]] bool has(std::string_view owner, dns::RrType type) const;
  void add(const std::string& line);
  /// The RRset, with its RRSIGs or without.
  void remove(std::string_view owner, dns::RrType type);
  void remove_rrsigs(std::string_view owner, dns::RrType covered);
  /// All records at the owner.
  void remove_name(std::string_view owner);
  /// Replaces the RRSIGs of an RRset by one.
  void sign(std::string_view owner, dns::RrType type, const TestKey& key,
            const SignFields& fields = {});
  /// Adds one beside those that are there.
  void sign_too(std::string_view owner, dns::RrType type, const TestKey& key,
                const SignFields& fields = {});

  /// Owner of the NSEC3 of a name, by the parameters of the zone's NSEC3PARAM.
  [[nodiscard]] std::string hashed(std::string_view name) const;
  /// Owner of the NSEC3 before this one in the ring, and after it.
  [[nodiscard]] std::string before(const std::string& hashed_owner) const;
  [[nodiscard]] std::string after(const std::string& hashed_owner) const;

 private:
  std::string apex_ = "example.";
};

/// The types in a bit map, and a bit map of types.
std::vector<std::uint16_t> read_bitmap(ByteView bitmap);
Bytes make_bitmap(std::vector<std::uint16_t> types);
/// Where the bit map begins in NSEC and NSEC3 RDATA.
std::size_t bitmap_start(const Record& record);
/// Adds a type to the bit map, or takes it out.
void flip_type(Record& record, dns::RrType type);

}  // namespace danewerk::fault
