#pragma once

/// \file
/// What DANE clients learn from the DNS before they connect: addresses, TLSA base domain, records
/// (RFC 7671 section 7, RFC 7672 section 2.2). Does I/O through DnsView. Private to this folder.

#include <vector>

#include "probe/dns_view.h"
#include "probe/report.h"

namespace danewerk::probe {

/// A host that takes a domain's mail (RFC 5321 section 5.1).
struct MailHost {
  dns::Name host{};
  unsigned preference = 0;
};
/// Hosts of an MX answer, best first; the domain itself when it has no MX. Empty: takes no mail
/// (RFC 7505), or nothing is known.
std::vector<MailHost> mail_hosts(const net::Lookup& mx);
/// RFC 7505 section 3.
bool is_null_mx(const net::Lookup& mx);

/// Fills in all that comes from the DNS.
void look_at_names(DnsView& dns, ServiceReport& service);

/// RDATA as its fields; nothing when it is too short for one (RFC 6698 section 2.1).
std::optional<net::TlsaNumbers> numbers_from(ByteView rdata);

}  // namespace danewerk::probe
