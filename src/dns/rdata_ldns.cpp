#include "dns/rdata_ldns.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>

#include <fmt/format.h>

// Last, and undone: it defines bool, true and false as macros.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false

namespace danewerk::dns::by_ldns {

namespace {

struct Free {
  void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
  void operator()(ldns_rdf* rdf) const { ldns_rdf_deep_free(rdf); }
  void operator()(ldns_buffer* buffer) const { ldns_buffer_free(buffer); }
  void operator()(char* text) const { std::free(text); }  // NOLINT(cppcoreguidelines-no-malloc)
};
using RrPtr = std::unique_ptr<ldns_rr, Free>;
using RdfPtr = std::unique_ptr<ldns_rdf, Free>;
using BufferPtr = std::unique_ptr<ldns_buffer, Free>;
using TextPtr = std::unique_ptr<char, Free>;

constexpr std::uint16_t kWks = 11;
constexpr std::uint16_t kIpseckey = 45;

/// ldns copies fields into buffers of 65,535 octets and cuts what is longer.
constexpr std::size_t kMaxText = 60'000;

/// WKS looks up protocols and services in the system's tables, which is not thread-safe.
std::unique_lock<std::mutex> lock_for(RrType type) {
  static std::mutex mutex;
  if (static_cast<std::uint16_t>(type) != kWks) return {};
  return std::unique_lock(mutex);
}

ldns_rr_type to_ldns(RrType type) {
  return static_cast<ldns_rr_type>(type);
}

RdfPtr to_rdf(NameView name) {
  return RdfPtr(
      ldns_dname_new_frm_data(static_cast<std::uint16_t>(name.size()), name.wire().data()));
}

std::optional<Bytes> to_wire(const ldns_rr* rr) {
  const BufferPtr buffer(ldns_buffer_new(LDNS_MIN_BUFLEN));
  if (!buffer || ldns_rr_rdata2buffer_wire(buffer.get(), rr) != LDNS_STATUS_OK) return std::nullopt;
  const std::uint8_t* begin = ldns_buffer_begin(buffer.get());
  return Bytes(begin, begin + ldns_buffer_position(buffer.get()));
}

RrPtr from_wire(RrType type, ByteView rdata) {
  RrPtr rr(ldns_rr_new());
  if (!rr || rdata.size() > kMaxRdataOctets) return nullptr;
  ldns_rr_set_type(rr.get(), to_ldns(type));
  ldns_rr_set_class(rr.get(), LDNS_RR_CLASS_IN);
  ldns_rr_set_owner(rr.get(), ldns_dname_new_frm_str("."));
  Bytes wire;
  append_u16(wire, static_cast<std::uint16_t>(rdata.size()));
  wire.insert(wire.end(), rdata.begin(), rdata.end());
  std::size_t at = 0;
  if (ldns_wire2rdf(rr.get(), wire.data(), wire.size(), &at) != LDNS_STATUS_OK) return nullptr;
  return rr;
}

/// What ldns reads back from it is the same: no compressed names, nothing left over.
bool survives(RrType type, ByteView rdata, const ldns_rr* rr) {
  const auto again = to_wire(rr);
  return again && std::ranges::equal(*again, rdata) && ldns_rr_rd_count(rr) > 0 &&
         ldns_rr_rd_count(rr) >=
             ldns_rr_descriptor_minimum(ldns_rr_descript(static_cast<std::uint16_t>(type)));
}

std::string line_of(RrType type, std::span<const RdataField> fields) {
  std::string line = fmt::format(". 0 IN {}", to_text(type));
  for (const auto& field : fields) {
    line.push_back(' ');
    if (field.is_quoted) line.push_back('"');
    line += field.text;
    if (field.is_quoted) line.push_back('"');
  }
  return line;
}

struct Read {
  ldns_status status = LDNS_STATUS_ERR;
  std::optional<Bytes> wire;
};

Read read_line(const std::string& line, NameView origin) {
  const RdfPtr base = to_rdf(origin);
  ldns_rr* raw = nullptr;
  Read read;
  read.status = ldns_rr_new_frm_str(&raw, line.c_str(), 0, base.get(), nullptr);
  const RrPtr rr(raw);
  if (read.status == LDNS_STATUS_OK) read.wire = to_wire(rr.get());
  return read;
}

RdataFault fault(RdataFault::Kind kind, std::size_t field, std::string message) {
  return {.kind = kind,
          .name = NameFault::kNone,
          .field = field,
          .message = std::move(message),
          .hint = {}};
}

/// ldns takes the gateway of IPSECKEY as it stands, without the origin (RFC 4025 section 3.1).
std::optional<RdataFault> complete_gateway(std::vector<RdataField>& fields, const NameView* origin,
                                           std::string& memory) {
  if (fields.size() < 4 || fields[1].text != "3") return std::nullopt;
  NameBuffer name;
  const NameFault bad = parse_name(fields[3].text, origin, name);
  if (bad != NameFault::kNone) {
    auto found = fault(RdataFault::Kind::kName, 3,
                       fmt::format("'{}' is not a domain name: {}", fields[3].text, to_text(bad)));
    found.name = bad;
    return found;
  }
  memory = to_text(name.view());
  fields[3].text = memory;
  return std::nullopt;
}

}  // namespace

bool knows(RrType type) {
  const auto* descriptor = ldns_rr_descript(static_cast<std::uint16_t>(type));
  return descriptor != nullptr && descriptor->_type == to_ldns(type) &&
         descriptor->_name != nullptr && std::string_view(descriptor->_name) == to_text(type) &&
         ldns_rr_descriptor_maximum(descriptor) > 0;
}

std::optional<RdataFault> parse(RrType type, std::span<const RdataField> given,
                                const NameView* origin, Bytes& out) {
  std::vector<RdataField> fields(given.begin(), given.end());
  std::string gateway;
  if (static_cast<std::uint16_t>(type) == kIpseckey) {
    if (auto bad = complete_gateway(fields, origin, gateway)) return bad;
  }
  const std::string line = line_of(type, fields);
  if (line.size() > kMaxText) {
    auto found = fault(RdataFault::Kind::kTooLong, 0, "the text is too long for this type");
    found.hint = "write it in the form of RFC 3597: \\# OCTETS HEX";
    return found;
  }
  if (line.find('\0') != std::string::npos) {
    return fault(RdataFault::Kind::kValue, 0, "a NUL octet stands in the text");
  }
  const auto lock = lock_for(type);
  static const Name root;
  const Read read = read_line(line, origin != nullptr ? *origin : root.view());
  if (!read.wire) {
    const char* reason = ldns_get_errorstr_by_id(read.status);
    return fault(RdataFault::Kind::kValue, 0,
                 fmt::format("this is not {} data: {}", to_text(type),
                             reason != nullptr ? reason : "unknown reason"));
  }
  // ldns completes relative names with the root when there is no origin; with another origin they
  // come out differently.
  if (origin == nullptr) {
    static const Name probe{NameView(as_bytes(std::string_view("\5probe\0", 7)))};
    const Read other = read_line(line, probe);
    if (other.wire != read.wire) {
      auto found = fault(RdataFault::Kind::kName, 0, "a relative name where no origin is known");
      found.name = NameFault::kNoOrigin;
      return found;
    }
  }
  if (read.wire->size() > kMaxRdataOctets) {
    return fault(RdataFault::Kind::kTooLong, 0, "the data is longer than 65,535 octets");
  }
  if (const RrPtr rr = from_wire(type, *read.wire); !rr || !survives(type, *read.wire, rr.get())) {
    return fault(RdataFault::Kind::kValue, 0, fmt::format("this is not {} data", to_text(type)));
  }
  out = *read.wire;
  return std::nullopt;
}

std::optional<std::string> print(RrType type, ByteView rdata) {
  const auto lock = lock_for(type);
  const RrPtr rr = from_wire(type, rdata);
  if (!rr || !survives(type, rdata, rr.get())) return std::nullopt;
  const BufferPtr buffer(ldns_buffer_new(LDNS_MIN_BUFLEN));
  if (!buffer || ldns_rr2buffer_str_fmt(buffer.get(), ldns_output_format_nocomments, rr.get()) !=
                     LDNS_STATUS_OK) {
    return std::nullopt;
  }
  const TextPtr line(ldns_buffer_export2str(buffer.get()));
  if (!line) return std::nullopt;
  // Owner, TTL, class and type come first, each with a tab after it.
  std::string_view text = line.get();
  for (int i = 0; i < 4; ++i) {
    const std::size_t tab = text.find('\t');
    if (tab == std::string_view::npos) return std::nullopt;
    text.remove_prefix(tab + 1);
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text);
}

bool is_well_formed(RrType type, ByteView rdata) {
  const auto lock = lock_for(type);
  const RrPtr rr = from_wire(type, rdata);
  return rr && survives(type, rdata, rr.get());
}

}  // namespace danewerk::dns::by_ldns
