#pragma once

/// \file
/// A zone as a master file: one record a line, absolute names, no directives, so that any part of
/// it can be read by itself and two versions can be compared by diff.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dns/zone.h"

namespace danewerk::publish {

/// Writes nodes as text. One per thread: it keeps its buffers.
class NodePrinter {
 public:
  explicit NodePrinter(dns::NameView apex);
  /// Appends all records of a node, each RRset followed by its RRSIGs; SOA comes first at the apex.
  void append(std::string& out, std::string_view key, dns::NodeView node);
  /// The same for the records at a hashed owner.
  void append_denial(std::string& out, std::string_view hash, dns::NodeView node);
  /// Records written so far.
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  void append_rrset(std::string& out, const dns::RrsetView& rrset);
  void append_record(std::string& out, dns::RrType type, dns::Ttl ttl, ByteView rdata);

  dns::Name apex_;
  std::string apex_text_;
  std::string owner_;
  std::uint64_t records_ = 0;
};

/// Takes text in order.
using TextSink = std::function<Result<void>(std::string_view)>;

/// The whole zone, names first, then NSEC3 records in order of hash. Made on all cores, in a
/// bounded window. \returns the number of records.
Result<std::uint64_t> print_zone(const dns::Zone& zone, unsigned jobs, const TextSink& sink);

}  // namespace danewerk::publish
