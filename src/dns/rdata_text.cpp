#include "dns/rdata_text.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "dns/rdata_fast.h"
#include "dns/rdata_ldns.h"

namespace danewerk::dns {

namespace {

RdataFault fault(RdataFault::Kind kind, std::size_t field, std::string message) {
  return {.kind = kind,
          .name = NameFault::kNone,
          .field = field,
          .message = std::move(message),
          .hint = {}};
}

bool is_generic(std::span<const RdataField> fields) {
  return !fields.empty() && !fields[0].is_quoted && fields[0].text == "\\#";
}

/// `\# 4 c0000201` (RFC 3597 section 5), for known types, too: the octets must then be theirs.
std::optional<RdataFault> parse_generic(RrType type, std::span<const RdataField> fields,
                                        Bytes& out) {
  using enum RdataFault::Kind;
  if (fields.size() < 2) return fault(kValue, 1, "the number of octets is missing after \\#");
  const std::string_view number = fields[1].text;
  std::size_t size = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), size);
  if (error != std::errc() || stop != number.data() + number.size()) {
    return fault(kValue, 1, fmt::format("'{}' is not a number of octets", number));
  }
  if (size > kMaxRdataOctets) {
    return fault(kTooLong, 1, "the data is longer than 65,535 octets");
  }
  for (const auto& field : fields.subspan(2)) {
    const ByteView octets = as_bytes(field.text);
    out.insert(out.end(), octets.begin(), octets.end());
  }
  const auto decoded = decode_hex(as_text(out), out.data());
  if (!decoded) return fault(kValue, 2, "what stands here is not hexadecimal, two digits an octet");
  out.resize(*decoded);
  if (out.size() != size) {
    return fault(kValue, 1, fmt::format("{} octets were announced, {} follow", size, out.size()));
  }
  if (!is_well_formed_rdata(type, out)) {
    return fault(kValue, 2, fmt::format("the octets are not {} data", to_text(type)));
  }
  return std::nullopt;
}

std::optional<RdataFault> parse_known(RrType type, std::span<const RdataField> fields,
                                      const NameView* origin, Bytes& out) {
  const RdataLayout* layout = rdata_layout(type);
  RdataFault found;
  if (layout != nullptr) {
    const FastParse outcome = parse_by_layout(*layout, fields, origin, out, found);
    if (outcome == FastParse::kFault) return found;
    if (outcome == FastParse::kDone) return std::nullopt;
    // ldns takes the strange spelling, or our fault stands: it knows the field.
    if (by_ldns::parse(type, fields, origin, out) || !fits_layout(*layout, out)) return found;
    return std::nullopt;
  }
  if (by_ldns::knows(type)) return by_ldns::parse(type, fields, origin, out);
  auto unknown =
      fault(RdataFault::Kind::kUnknownType, 0,
            fmt::format("data of type {} can only be read in the form of RFC 3597", to_text(type)));
  unknown.hint = fmt::format("write: {} \\# OCTETS HEX", to_text(type));
  return unknown;
}

constexpr std::string_view kBlanks = " \t";

/// Where the field that begins at AT ends: at its closing quote, or at a blank outside quotes. npos
/// when a quote is not closed.
std::size_t field_end(std::string_view text, std::size_t at, bool is_quoted) {
  bool in_quotes = is_quoted;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      in_quotes = !in_quotes;
      if (is_quoted) break;
    } else if (!in_quotes && kBlanks.find(text[at]) != std::string_view::npos) {
      break;
    }
  }
  return in_quotes ? std::string_view::npos : std::min(at, text.size());
}

/// What ldns prints, when it says the same when it is read.
std::optional<std::string> text_by_ldns(RrType type, ByteView rdata) {
  auto text = by_ldns::print(type, rdata);
  if (!text) return std::nullopt;
  const auto again = rdata_from_text(type, *text);
  return again && as_text(*again) == as_text(rdata) ? text : std::nullopt;
}

}  // namespace

std::optional<RdataFault> parse_rdata(RrType type, std::span<const RdataField> fields,
                                      const NameView* origin, Bytes& out) {
  out.clear();
  if (is_generic(fields)) return parse_generic(type, fields, out);
  auto found = parse_known(type, fields, origin, out);
  if (!found && out.size() > kMaxRdataOctets) {
    return fault(RdataFault::Kind::kTooLong, 0,
                 fmt::format("the data has {} octets, at most 65,535 fit (RFC 1035 section 3.2.1)",
                             out.size()));
  }
  return found;
}

Result<Bytes> rdata_from_text(RrType type, std::string_view text, const NameView* origin) {
  std::vector<RdataField> fields;
  std::size_t at = text.find_first_not_of(kBlanks);
  while (at < text.size()) {
    const bool is_quoted = text[at] == '"';
    if (is_quoted) ++at;
    const auto end = field_end(text, at, is_quoted);
    if (end == std::string_view::npos) return fail(Errc::kBadInput, "a quote is not closed");
    fields.push_back({text.substr(at, end - at), is_quoted});
    at = text.find_first_not_of(kBlanks, end + (is_quoted ? 1 : 0));
  }
  Bytes out;
  if (auto found = parse_rdata(type, fields, origin, out)) {
    return fail(Errc::kBadInput, std::move(found->message), std::move(found->hint));
  }
  return out;
}

void append_rdata_text(std::string& out, RrType type, ByteView rdata) {
  const RdataLayout* layout = rdata_layout(type);
  if (layout != nullptr && fits_layout(*layout, rdata)) {
    append_by_layout(out, *layout, rdata);
    return;
  }
  if (layout == nullptr && by_ldns::knows(type) && !is_read_by_few(type)) {
    if (const auto text = text_by_ldns(type, rdata)) {
      out += *text;
      return;
    }
  }
  out += fmt::format("\\# {}", rdata.size());
  if (!rdata.empty()) out.push_back(' ');
  append_hex(out, rdata);
}

std::string rdata_to_text(RrType type, ByteView rdata) {
  std::string out;
  append_rdata_text(out, type, rdata);
  return out;
}

bool is_well_formed_rdata(RrType type, ByteView rdata) {
  if (rdata.size() > kMaxRdataOctets) return false;
  const RdataLayout* layout = rdata_layout(type);
  if (layout != nullptr) return fits_layout(*layout, rdata);
  return !by_ldns::knows(type) || by_ldns::is_well_formed(type, rdata);
}

}  // namespace danewerk::dns
