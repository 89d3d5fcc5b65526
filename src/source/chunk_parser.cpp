#include "source/chunk_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "dns/rdata_text.h"
#include "source/directive.h"
#include "source/record_head.h"

namespace danewerk::source {

namespace {

using dns::RrType;

/// Index in kDroppable of a type that is dropped, or the size of kDroppable.
std::size_t drop_index(RrType type, Dnssec dnssec) {
  if (dnssec == Dnssec::kKeepAll) return kDroppable.size();
  const auto found = std::ranges::find(kDroppable, type);
  if (dnssec == Dnssec::kKeepKeys && !dns::is_signer_made(type)) return kDroppable.size();
  return static_cast<std::size_t>(found - kDroppable.begin());
}

std::string_view id_of_rdata(const dns::RdataFault& fault) {
  switch (fault.kind) {
    case dns::RdataFault::Kind::kName:
      return id_of(fault.name);
    case dns::RdataFault::Kind::kEscape:
      return "ZONE-BAD-ESCAPE";
    case dns::RdataFault::Kind::kTooLong:
      return "ZONE-RDATA-TOO-LONG";
    case dns::RdataFault::Kind::kUnknownType:
      return "ZONE-UNKNOWN-TYPE";
    case dns::RdataFault::Kind::kValue:
      break;
  }
  return "ZONE-BAD-RDATA";
}

class ChunkParser {
 public:
  ChunkParser(const Chunk& chunk, const ParseSettings& settings)
      : chunk_(chunk), settings_(settings), scope_(chunk.scope), out_(settings.apex, chunk.file) {
    out_.file_name = chunk.file_name;
    out_.findings = chunk.findings;
    if (scope_.owner) set_owner(scope_.owner->view());
  }

  ParsedChunk parse() {
    RecordLexer lexer(chunk_.text, chunk_.first_line);
    Entry entry;
    while (lexer.next(entry)) {
      if (entry.fault != LexFault::kNone) {
        read_broken(entry);
      } else if (entry.is_directive) {
        owner_text_ = {};
        if (auto fault = apply_directive(entry, scope_)) report(*std::move(fault));
      } else {
        read_record(entry);
      }
    }
    return std::move(out_);
  }

 private:
  void report(EntryFault fault, Level level = Level::kError) {
    if (chunk_.has_fixed_line) fault.place = {chunk_.first_line, 1};
    out_.findings.add(to_finding(std::move(fault), chunk_.file_name, level));
  }

  /// What can be made out of a broken record is its owner, which others may inherit.
  void read_broken(const Entry& entry) {
    report(fault_of_text(entry, chunk_.is_cut_off));
    if (entry.is_directive || !entry.has_owner) return;
    owner_text_ = {};
    scope_.is_owner_bad = entry.fields.empty() || !parse_owner(entry.fields[0].text);
  }

  void set_owner(dns::NameView owner) {
    std::ranges::copy(owner.wire(), owner_.octets);
    owner_.size = static_cast<std::uint8_t>(owner.size());
    has_owner_ = true;
    scope_.is_owner_bad = false;
    is_in_zone_ = dns::is_at_or_below(owner, settings_.apex);
  }

  /// The fault is in `name_fault_` when it fails.
  bool parse_owner(std::string_view text) {
    const auto base = scope_.origin ? std::optional(scope_.origin->view()) : std::nullopt;
    dns::NameBuffer name;
    name_fault_ = dns::parse_name(text, base ? &*base : nullptr, name);
    if (name_fault_ != dns::NameFault::kNone) return false;
    set_owner(name.view());
    return true;
  }

  /// Follows the owner field. \returns whether the record is worth adding.
  bool read_owner(const Entry& entry) {
    if (!entry.has_owner) {
      if (scope_.is_owner_bad) return false;
      if (has_owner_) return is_in_zone_;
      report({"ZONE-NO-OWNER",
              {entry.line, 1},
              "there is no owner before this record to inherit",
              "begin the line with a name"});
      return false;
    }
    const std::string_view text = entry.fields[0].text;
    if (!owner_text_.empty() && text == owner_text_) return is_in_zone_;
    owner_text_ = {};
    if (!parse_owner(text)) {
      scope_.is_owner_bad = true;
      report({id_of(name_fault_), entry.place_of_field(0),
              fmt::format("'{}' is no name: {}", text, to_text(name_fault_)),
              name_fault_ == dns::NameFault::kNoOrigin ? "write $ORIGIN, or give the zone's name"
                                                       : ""});
      return false;
    }
    owner_text_ = text;
    if (!is_in_zone_) {
      report(
          {"ZONE-OUT-OF-ZONE", entry.place_of_field(0),
           fmt::format("{} is not in the zone {}", to_text(owner_.view()), to_text(settings_.apex)),
           "a missing dot at the end of a name, or a wrong $ORIGIN?"});
    }
    return is_in_zone_;
  }

  void read_record(const Entry& entry) {
    const bool is_usable = read_owner(entry);
    auto read = read_head(entry, entry.has_owner ? 1 : 0);
    if (auto* fault = std::get_if<EntryFault>(&read)) {
      report(std::move(*fault));
      return;
    }
    const auto& head = *std::get_if<RecordHead>(&read);
    const std::size_t dropped = drop_index(head.type, settings_.dnssec);
    if (dropped < kDroppable.size()) {
      note_ttl(head);
      if (is_usable) ++out_.dropped[dropped];
      return;
    }
    if (!read_rdata(entry, head)) {
      note_ttl(head);
      return;
    }
    const dns::Ttl ttl = ttl_of(entry, head);
    if (!is_misplaced_soa(entry, head.type) && is_usable) add(entry, head.type, ttl);
  }

  bool read_rdata(const Entry& entry, const RecordHead& head) {
    const auto fields = entry.fields.subspan(head.rdata_field);
    const auto base = scope_.origin ? std::optional(scope_.origin->view()) : std::nullopt;
    const auto fault = dns::parse_rdata(head.type, fields, base ? &*base : nullptr, wire_);
    if (!fault) return true;
    if (head.type == RrType::kSoa) out_.has_bad_soa = true;
    if (head.type == RrType::kNs) out_.has_bad_ns = true;
    report({id_of_rdata(*fault), entry.place_of_field(head.rdata_field + fault->field),
            fmt::format("{}: {}", to_text(head.type), fault->message), fault->hint});
    return false;
  }

  void note_ttl(const RecordHead& head) {
    out_.has_records = true;
    if (head.ttl) out_.stated_ttl = head.ttl;
  }

  /// RFC 2308 section 4 ($TTL), else RFC 1035 section 5.1 (the last one stated), else, as BIND has
  /// it, the minimum of an SOA that comes first. REQUIRES: wire_ is the RDATA.
  dns::Ttl ttl_of(const Entry& entry, const RecordHead& head) {
    const bool is_first = chunk_.is_first && !out_.has_records;
    note_ttl(head);
    if (head.ttl) return *head.ttl;
    if (scope_.default_ttl) return *scope_.default_ttl;
    if (out_.stated_ttl) return *out_.stated_ttl;
    if (!is_first) return kInheritedTtl;
    if (head.type == RrType::kSoa) {
      const auto minimum = load_u32(wire_.data() + wire_.size() - 4) & dns::kMaxTtl;
      report({"ZONE-NO-TTL",
              {entry.line, 1},
              fmt::format("no TTL is stated; the SOA's minimum, {}, is taken", minimum),
              "begin the file with $TTL"},
             Level::kWarning);
      scope_.default_ttl = out_.fallback_ttl = minimum;
      return minimum;
    }
    report({"ZONE-NO-TTL",
            {entry.line, 1},
            "no TTL is stated here or before",
            "begin the file with $TTL"});
    scope_.default_ttl = out_.fallback_ttl = 0;
    return 0;
  }

  /// An SOA belongs at the apex and nowhere else (RFC 1034 section 4.2.1).
  bool is_misplaced_soa(const Entry& entry, RrType type) {
    if (type != RrType::kSoa || !has_owner_ || dns::equal(owner_.view(), settings_.apex)) {
      return false;
    }
    report({"ZONE-SOA-NOT-AT-ORIGIN",
            {entry.line, 1},
            fmt::format("an SOA stands at {}, the zone is {}", to_text(owner_.view()),
                        to_text(settings_.apex)),
            "is this the file of another zone?"});
    return true;
  }

  void add(const Entry& entry, RrType type, dns::Ttl ttl) {
    out_.batch.set_owner(owner_.view());
    out_.batch.add(type, ttl, wire_, chunk_.has_fixed_line ? chunk_.first_line : entry.line);
    if (type == RrType::kDname) {
      out_.dnames.push_back(dns::sort_key(owner_.view(), settings_.apex));
    }
  }

  const Chunk& chunk_;
  const ParseSettings& settings_;
  Scope scope_;
  ParsedChunk out_;
  dns::NameBuffer owner_;
  bool has_owner_ = false;
  bool is_in_zone_ = false;
  dns::NameFault name_fault_ = dns::NameFault::kNone;
  std::string_view owner_text_;  ///< as it stands in the chunk; empty when it must be read anew
  Bytes wire_;
};

}  // namespace

ParsedChunk parse_chunk(const Chunk& chunk, const ParseSettings& settings) {
  return ChunkParser(chunk, settings).parse();
}

namespace {

/// The owner that an entry states; nothing when it is no name.
std::optional<dns::Name> stated_owner(const Entry& entry, const Scope& scope) {
  const auto base = scope.origin ? std::optional(scope.origin->view()) : std::nullopt;
  dns::NameBuffer name;
  const auto fault = dns::parse_name(entry.fields[0].text, base ? &*base : nullptr, name);
  return fault == dns::NameFault::kNone ? std::optional(dns::Name(name.view())) : std::nullopt;
}

}  // namespace

std::optional<dns::Name> find_soa_owner(const Chunk& chunk) {
  RecordLexer lexer(chunk.text, chunk.first_line);
  Entry entry;
  Scope scope = chunk.scope;
  while (lexer.next(entry)) {
    if (entry.fault != LexFault::kNone) continue;
    if (entry.is_directive) {
      apply_directive(entry, scope);
      continue;
    }
    if (entry.has_owner) scope.owner = stated_owner(entry, scope);
    const auto head = read_head(entry, entry.has_owner ? 1 : 0);
    const auto* sound = std::get_if<RecordHead>(&head);
    if (sound != nullptr && sound->type == RrType::kSoa && scope.owner) return scope.owner;
  }
  return std::nullopt;
}

}  // namespace danewerk::source
