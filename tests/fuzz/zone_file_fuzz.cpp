// Master files, from anybody. The first octet chooses how they are read. What can be read must,
// when it is printed, be read again as the same; however it is cut and by how many threads.

#include <cstddef>
#include <cstdint>
#include <string>

#include "dns/rdata_text.h"
#include "source/zone_file.h"

namespace {

using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program

void append_node(std::string& out, dns::NameView owner, const dns::NodeView& node) {
  const auto append = [&](dns::RrType type, dns::Ttl ttl, ByteView rdata) {
    dns::append_text(out, owner);
    out += " " + std::to_string(ttl) + " IN ";
    dns::append_text(out, type);
    out.push_back(' ');
    dns::append_rdata_text(out, type, rdata);
    out.push_back('\n');
  };
  for (const auto& rrset : node) {
    for (const auto rdata : rrset.rdata) append(rrset.type, rrset.ttl, rdata);
    for (const auto rdata : rrset.rrsigs) append(dns::RrType::kRrsig, rrset.rrsig_ttl, rdata);
  }
}

std::string text_of(const dns::Zone& zone) {
  std::string out;
  dns::Tree::Cursor at(zone.names());
  for (bool more = at.first(); more; more = at.next()) {
    const dns::NodeView node(at.entry().value);
    const auto name = dns::name_from_sort_key(at.entry().key, zone.apex());
    const auto cased = node.cased_owner();
    append_node(out, cased.empty() ? name.view() : dns::NameView(cased), node);
  }
  dns::Tree::Cursor hash(zone.denial());
  for (bool more = hash.first(); more; more = hash.next()) {
    const auto digits = to_base32hex(as_bytes(hash.entry().key));
    std::string wire(1, static_cast<char>(digits.size()));
    wire += digits;
    wire += as_text(zone.apex().wire());
    append_node(out, dns::NameView(as_bytes(wire)), dns::read_chain_entry(hash.entry().value).node);
  }
  return out;
}

source::ReadOptions options_from(std::uint8_t choice) {
  source::ReadOptions options;
  if ((choice & 1U) == 0) options.origin = *dns::name_from_text("example.");
  options.dnssec = (choice & 2U) == 0 ? source::Dnssec::kKeepAll : source::Dnssec::kDrop;
  options.limits.generated = 100;
  options.limits.includes = 0;  // the outcome must not depend on the machine's files
  options.limits.entry_octets = 1U << 12;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto options = options_from(data[0]);
  const auto text = as_text({data + 1, size - 1});
  const auto read = source::read_zone_text(text, "fuzz", options);
  DW_CHECK(read.zone.has_value() != read.findings.has_errors(), "either a zone or an error");

  auto cut = options;
  cut.limits.chunk_octets = 16;
  cut.limits.entry_octets = options.limits.entry_octets;
  cut.jobs = 2;
  const auto again = source::read_zone_text(text, "fuzz", cut);
  DW_CHECK(again.zone.has_value() == read.zone.has_value(), "cuts and threads do not show");
  if (!read.zone) return 0;

  const std::string printed = text_of(*read.zone);
  DW_CHECK(printed == text_of(*again.zone), "cuts and threads do not show in the zone");
  options.origin = dns::Name(read.zone->apex());
  options.dnssec = source::Dnssec::kKeepAll;
  options.limits.entry_octets = 1U << 20;
  const auto reread = source::read_zone_text(printed, "printed", options);
  DW_CHECK(reread.zone.has_value(), "what is printed can be read");
  DW_CHECK(text_of(*reread.zone) == printed, "what is printed is read as the same");
  return 0;
}
