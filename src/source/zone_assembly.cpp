#include "source/zone_assembly.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/parallel.h"
#include "dns/tree_builder.h"
#include "source/name_servers.h"
#include "source/node_checks.h"
#include "source/sorted_runs.h"

namespace danewerk::source {

namespace {

using dns::RrType;

constexpr std::size_t kHashOctets = 20;  ///< SHA-1, the only one there is (RFC 5155 section 11)
constexpr std::size_t kHashDigits = 32;

/// Hash of a name that looks like an NSEC3 owner: one label of base32hex below the apex.
std::optional<std::array<std::uint8_t, kHashDigits>> hash_of(std::string_view key) {
  if (key.size() != kHashDigits + 1 || key.back() != '\0') return std::nullopt;
  std::array<std::uint8_t, kHashDigits> hash{};
  const auto size = decode_base32hex(key.substr(0, kHashDigits), hash.data());
  return size == kHashOctets ? std::optional(hash) : std::nullopt;
}

bool is_denial(const dns::RecordView& record) {
  return record.type == RrType::kNsec3 ||
         (record.type == RrType::kRrsig &&
          load_u16(record.rdata.data()) == static_cast<std::uint16_t>(RrType::kNsec3));
}

/// Owners of DNAMEs in order, none below another.
std::vector<std::string> topmost_dnames(const std::vector<ParsedChunk>& chunks) {
  std::vector<std::string> all;
  for (const auto& chunk : chunks) all.insert(all.end(), chunk.dnames.begin(), chunk.dnames.end());
  std::ranges::sort(all);
  std::vector<std::string> top;
  for (auto& key : all) {
    if (top.empty() || !key.starts_with(top.back())) top.push_back(std::move(key));
  }
  return top;
}

/// Builds one range of the zone.
class Segment {
 public:
  Segment(const SortedRuns& runs, const std::vector<ParsedChunk>& chunks,
          const std::vector<dns::Ttl>& inherited, const std::vector<std::string>& dnames,
          const AssemblySettings& settings)
      : runs_(runs),
        chunks_(chunks),
        inherited_(inherited),
        dnames_(dnames),
        settings_(settings),
        checks_(settings.apex),
        servers(settings.apex) {}

  void build(std::span<const RunRef> refs) {
    for (std::size_t i = 0; i < refs.size();) {
      const std::string_view key = runs_.run(refs[i]).key();
      std::size_t end = i + 1;
      while (end < refs.size() && refs[end].prefix == refs[i].prefix &&
             runs_.run(refs[end]).key() == key) {
        ++end;
      }
      build_node(key, refs.subspan(i, end - i));
      i = end;
    }
  }

 private:
  void build_node(std::string_view key, std::span<const RunRef> refs) {
    node_.clear();
    chain_.clear();
    checks_.begin(key);
    const auto hash =
        settings_.dnssec == Dnssec::kKeepAll ? hash_of(key) : decltype(hash_of(key)){};
    if (const ByteView cased = runs_.run(refs[0]).cased_owner(); !cased.empty()) {
      node_.set_cased_owner(dns::NameView(cased));
    }
    for (const auto& ref : refs) {
      runs_.run(ref).for_each([&](const dns::RecordView& record) {
        take(key, ref.chunk, record, hash && is_denial(record) ? chain_ : node_);
      });
    }
    checks_.finish(findings);
    check_dname(key);
    if (key.empty()) see_apex();
    const std::string_view packed = node_.pack();
    if (!packed.empty()) {
      ++names;
      names_builder.append(key, packed, node_.earliest_expiration());
    }
    if (hash) append_chain(as_text(ByteView(*hash).first(kHashOctets)));
  }

  void take(std::string_view key, std::size_t chunk, const dns::RecordView& record,
            dns::NodeBuilder& to) {
    const auto* const file = &chunks_[chunk].file_name;
    const dns::Ttl ttl = record.ttl == kInheritedTtl ? inherited_[chunk] : record.ttl;
    const bool is_new = add(to, record, ttl);
    if (is_new) ++records;
    checks_.see({&record, ttl, file, !is_new}, findings);
    if (record.type == RrType::kNs) servers.see(key, record.rdata, file, record.line);
  }

  static bool add(dns::NodeBuilder& to, const dns::RecordView& record, dns::Ttl ttl) {
    if (record.type == RrType::kRrsig) return to.add_rrsig(ttl, record.rdata);
    return to.add(record.type, ttl, record.rdata);
  }

  void append_chain(std::string_view hash) {
    const std::string_view packed = chain_.pack();
    if (packed.empty()) return;
    packed_.clear();
    dns::ChainEntry entry;
    entry.node = dns::NodeView(packed);
    dns::pack_chain_entry(packed_, entry);
    denial_builder.append(hash, packed_, chain_.earliest_expiration());
  }

  /// RFC 6672 section 2.4.
  void check_dname(std::string_view key) {
    if (dnames_.empty()) return;
    const auto next = std::ranges::upper_bound(dnames_, key);
    if (next == dnames_.begin()) return;
    const std::string& dname = *std::prev(next);
    if (!dns::is_below(key, dname)) return;
    findings.add(
        {.id = "ZONE-BELOW-DNAME",
         .level = Level::kError,
         .message = fmt::format("this name is below the DNAME {}, where nothing may stand",
                                to_text(dns::name_from_sort_key(dname, settings_.apex).view())),
         .owner = to_text(dns::name_from_sort_key(key, settings_.apex).view()),
         .place = checks_.first_place(),
         .hint = {}});
  }

  void see_apex() {
    has_soa = checks_.has(RrType::kSoa);
    has_ns = checks_.has(RrType::kNs);
  }

  const SortedRuns& runs_;
  const std::vector<ParsedChunk>& chunks_;
  const std::vector<dns::Ttl>& inherited_;
  const std::vector<std::string>& dnames_;
  const AssemblySettings& settings_;
  dns::NodeBuilder node_;
  dns::NodeBuilder chain_;
  NodeChecks checks_;
  std::string packed_;

 public:
  dns::TreeBuilder names_builder;
  dns::TreeBuilder denial_builder;
  NameServers servers;
  Findings findings;
  std::uint64_t records = 0;
  std::uint64_t names = 0;
  bool has_soa = false;
  bool has_ns = false;
};

/// What a zone cannot be without (RFC 1035 section 5.2). Silent about what is there but could not
/// be read.
void check_apex(const std::vector<ParsedChunk>& chunks, const AssemblySettings& settings,
                const std::vector<Segment>& segments, Findings& findings) {
  const bool has_soa = std::ranges::any_of(segments, &Segment::has_soa);
  const bool has_ns = std::ranges::any_of(segments, &Segment::has_ns);
  const auto missing = [&](std::string_view id, std::string_view type) {
    findings.add({.id = id,
                  .level = Level::kError,
                  .message = fmt::format("the zone has no {} record at its apex", type),
                  .owner = to_text(settings.apex),
                  .place = {std::string(settings.file_name), 0, 0},
                  .hint = {}});
  };
  if (!has_soa && std::ranges::none_of(chunks, &ParsedChunk::has_bad_soa)) {
    missing("ZONE-NO-SOA", "SOA");
  }
  if (!has_ns && std::ranges::none_of(chunks, &ParsedChunk::has_bad_ns)) {
    missing("ZONE-NO-NS", "NS");
  }
}

}  // namespace

Assembly assemble(const std::vector<ParsedChunk>& chunks, const std::vector<dns::Ttl>& inherited,
                  const AssemblySettings& settings) {
  const SortedRuns runs(chunks, settings.jobs);
  const auto dnames = topmost_dnames(chunks);
  const auto parts = runs.segments(settings.jobs > 1 ? std::size_t{8} * settings.jobs : 1);
  std::vector<Segment> segments;
  segments.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    segments.emplace_back(runs, chunks, inherited, dnames, settings);
  }
  for_each_part(settings.jobs, parts.size(), [&](std::size_t i) { segments[i].build(parts[i]); });

  Assembly assembly;
  dns::TreeBuilder names;
  dns::TreeBuilder denial;
  for (auto& segment : segments) {
    names.append(std::move(segment.names_builder));
    denial.append(std::move(segment.denial_builder));
    assembly.findings.merge(std::move(segment.findings));
    assembly.records += segment.records;
    assembly.names += segment.names;
  }
  check_apex(chunks, settings, segments, assembly.findings);
  assembly.zone.emplace(settings.apex, std::move(names).finish(), std::move(denial).finish());
  std::vector<Findings> servers(segments.size());
  for_each_part(settings.jobs, segments.size(),
                [&](std::size_t i) { servers[i] = segments[i].servers.check(*assembly.zone); });
  for (auto& findings : servers) assembly.findings.merge(std::move(findings));
  return assembly;
}

}  // namespace danewerk::source
