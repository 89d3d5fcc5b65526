#include "publish/zone_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/parallel.h"
#include "dns/rdata_text.h"

namespace danewerk::publish {

using dns::RrType;

NodePrinter::NodePrinter(dns::NameView apex) : apex_(apex) {
  apex_text_ = apex.is_root() ? "." : "." + dns::to_text(apex);
}

void NodePrinter::append_record(std::string& out, RrType type, dns::Ttl ttl, ByteView rdata) {
  out += owner_;
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), ttl).ptr;
  out += '\t';
  out.append(digits.begin(), end);
  out += "\tIN\t";
  dns::append_text(out, type);
  out += '\t';
  dns::append_rdata_text(out, type, rdata);
  out += '\n';
  ++records_;
}

void NodePrinter::append_rrset(std::string& out, const dns::RrsetView& rrset) {
  for (const auto rdata : rrset.rdata) append_record(out, rrset.type, rrset.ttl, rdata);
  for (const auto rdata : rrset.rrsigs) append_record(out, RrType::kRrsig, rrset.rrsig_ttl, rdata);
}

void NodePrinter::append(std::string& out, std::string_view key, dns::NodeView node) {
  owner_.clear();
  if (node.cased_owner().empty()) {
    dns::append_text(owner_, dns::name_from_sort_key(key, apex_).view());
  } else {
    dns::append_text(owner_, dns::NameView(node.cased_owner()));
  }
  const auto soa = key.empty() ? node.find(RrType::kSoa) : std::nullopt;
  if (soa) append_rrset(out, *soa);  // as in a transfer (RFC 5936 section 2.2)
  for (const auto& rrset : node) {
    if (soa && rrset.type == RrType::kSoa) continue;
    append_rrset(out, rrset);
  }
}

void NodePrinter::append_denial(std::string& out, std::string_view hash, dns::NodeView node) {
  owner_.clear();
  append_base32hex(owner_, as_bytes(hash));
  owner_ += apex_text_;
  for (const auto& rrset : node) append_rrset(out, rrset);
}

namespace {

constexpr std::size_t kNodesPerPart = 512;

/// Key of every kNodesPerPart-th entry: where parts begin.
std::vector<std::string_view> part_starts(const dns::Tree& tree) {
  std::vector<std::string_view> starts;
  dns::Tree::Cursor cursor(tree);
  std::size_t i = 0;
  for (bool more = cursor.first(); more; more = cursor.next(), ++i) {
    if (i % kNodesPerPart == 0) starts.push_back(cursor.entry().key);
  }
  return starts;
}

}  // namespace

Result<std::uint64_t> print_zone(const dns::Zone& zone, unsigned jobs, const TextSink& sink) {
  const auto names = part_starts(zone.names());
  const auto denial = part_starts(zone.denial());
  jobs = std::max(1U, jobs);
  const std::size_t window = std::size_t{jobs} * 8;
  std::vector<std::string> texts(window);
  std::vector<NodePrinter> printers(jobs, NodePrinter(zone.apex()));

  const auto make = [&](std::size_t part, unsigned thread) -> Result<void> {
    auto& text = texts[part % window];
    text.clear();
    auto& printer = printers[thread];
    const bool in_denial = part >= names.size();
    const auto& tree = in_denial ? zone.denial() : zone.names();
    dns::Tree::Cursor cursor(tree);
    cursor.seek(in_denial ? denial[part - names.size()] : names[part]);
    for (std::size_t i = 0; i < kNodesPerPart && cursor.valid(); ++i, cursor.next()) {
      const auto entry = cursor.entry();
      if (in_denial) {
        printer.append_denial(text, entry.key, dns::read_chain_entry(entry.value).node);
      } else {
        printer.append(text, entry.key, dns::NodeView(entry.value));
      }
    }
    return {};
  };
  DW_TRY_VOID(run({.count = names.size() + denial.size(),
                   .window = window,
                   .jobs = jobs,
                   .make = make,
                   .take = [&](std::size_t part) { return sink(texts[part % window]); }}));
  std::uint64_t records = 0;
  for (const auto& printer : printers) records += printer.records();
  return records;
}

}  // namespace danewerk::publish
