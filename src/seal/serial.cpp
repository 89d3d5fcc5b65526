#include "seal/serial.h"

#include <charconv>

#include "dns/serial.h"

namespace danewerk::seal {

using dns::RrType;

namespace {

/// SOA RDATA ends with serial, refresh, retry, expire, minimum (RFC 1035 section 3.3.13).
constexpr std::size_t kSerialFromEnd = 20;

dns::RrsetView soa_of(const dns::Zone& zone) {
  const auto soa = zone.apex_node().find(RrType::kSoa);
  DW_CHECK(soa && !soa->rdata.empty() && soa->rdata.front().size() >= kSerialFromEnd + 2,
           "a zone to be sealed has an SOA");
  return *soa;
}

std::uint32_t date_serial(sys_seconds now) {
  const auto text = to_dns_text(now).substr(0, 8) + "00";
  std::uint32_t serial = 0;
  std::from_chars(text.data(), text.data() + text.size(), serial);
  return serial;
}

}  // namespace

std::optional<SerialPolicy> serial_policy_from_text(std::string_view text) {
  if (text == "keep") return SerialPolicy::kKeep;
  if (text == "increment") return SerialPolicy::kIncrement;
  if (text == "unixtime") return SerialPolicy::kUnixtime;
  if (text == "date") return SerialPolicy::kDate;
  return std::nullopt;
}

bool serial_greater(std::uint32_t a, std::uint32_t b) {
  return dns::Serial(a).is_after(dns::Serial(b));
}

std::uint32_t next_serial(SerialPolicy policy, std::uint32_t last, sys_seconds now) {
  DW_CHECK(policy != SerialPolicy::kKeep, "keep does not make serials");
  std::uint32_t wanted = last + 1;
  if (policy == SerialPolicy::kUnixtime) wanted = to_rrsig_time(now);
  if (policy == SerialPolicy::kDate) wanted = date_serial(now);
  return serial_greater(wanted, last) ? wanted : last + 1;
}

std::uint32_t serial_of(const dns::Zone& zone) {
  const auto rdata = soa_of(zone).rdata.front();
  return load_u32(rdata.data() + rdata.size() - kSerialFromEnd);
}

dns::Zone with_serial(const dns::Zone& zone, std::uint32_t serial) {
  if (serial_of(zone) == serial) return zone;
  const auto soa = soa_of(zone);
  const auto old = soa.rdata.front();
  Bytes rdata(old.begin(), old.end() - static_cast<std::ptrdiff_t>(kSerialFromEnd));
  append_u32(rdata, serial);
  rdata.insert(rdata.end(), old.end() - static_cast<std::ptrdiff_t>(kSerialFromEnd - 4), old.end());
  dns::NodeBuilder node;
  node.load(zone.apex_node());
  node.remove(RrType::kSoa);
  node.add(RrType::kSoa, soa.ttl, rdata);
  dns::TreeEdit edit(zone.names());
  edit.put({}, node.pack(), node.earliest_expiration());
  return {zone.apex(), edit.tree(), zone.denial()};
}

}  // namespace danewerk::seal
