#pragma once

/// \file
/// The fault table: each row damages a zone that somebody else signed in one way, and says which
/// findings `verify` must make; it must make no others.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "edit_zone.h"

namespace danewerk::fault {

struct Fault {
  std::string_view name;
  std::string_view zones;  ///< which of the signed zones: words of nsec, nsec3, opt-out
  std::function<void(EditZone&)> damage;
  std::set<std::string> findings;  ///< all identifiers, neither more nor fewer
  std::string_view owner = {};     ///< of every finding, when given
  std::string_view at = {};        ///< other than 2026-11-21
  std::string_view signers = "bind knot ldns";
};

inline constexpr std::string_view kAll = "nsec nsec3 opt-out";
inline constexpr std::string_view kWithNsec3 = "nsec3 opt-out";

std::vector<Fault> signature_faults();
std::vector<Fault> cut_faults();
std::vector<Fault> key_faults();
std::vector<Fault> nsec3_faults();
std::vector<Fault> content_faults();
std::vector<Fault> nsec_faults();

/// The keys that the zones are signed with, and one that they do not publish.
const TestKey& ksk();
const TestKey& zsk();
const TestKey& other_key();

void set_u16(Bytes& rdata, std::size_t at, unsigned value);

using Edit = std::function<void(Record&)>;
/// Changes the NSEC3 or NSEC of a name and signs it again: the fault is not in the signature.
void edit_nsec3(EditZone& zone, std::string_view name, const Edit& edit);
void edit_nsec(EditZone& zone, std::string_view name, const Edit& edit);
void edit_all_nsec3(EditZone& zone, const Edit& edit);

void set_next_hash(Record& record, const std::string& owner);
/// Takes a record out of the chain and closes the ring behind it.
void unlink_nsec3(EditZone& zone, std::string_view name);
/// Puts an NSEC3 for a name into the chain, with the bit map of the one before it.
void link_nsec3(EditZone& zone, std::string_view name);

void set_next_name(Record& record, std::string_view next);
std::string nsec_next(const Record& record);

/// Takes ZONEMD out, and out of the bit map: over a zone with a digest, each fault would be found
/// twice.
void drop_zonemd(EditZone& zone);

}  // namespace danewerk::fault
