#include "dns/name.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace danewerk::dns {

namespace {

constexpr std::array<std::uint8_t, 256> make_fold_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    table[i] = static_cast<std::uint8_t>(i >= 'A' && i <= 'Z' ? i + ('a' - 'A') : i);
  }
  return table;
}

/// ASCII folding; length octets (at most 63) are below 'A' and stay as they are.
constexpr auto kFold = make_fold_table();

/// Labels of a name without the root: at most 127 of one octet each.
constexpr std::size_t kMaxLabels = 127;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The octet that an escape stands for; moves AT to its last character.
bool read_escape(std::string_view text, std::size_t& at, std::uint8_t& octet) {
  if (at + 1 >= text.size()) return false;
  const char c = text[at + 1];
  if (!is_digit(c)) {
    octet = static_cast<std::uint8_t>(c);
    at += 1;
    return true;
  }
  if (at + 3 >= text.size() || !is_digit(text[at + 2]) || !is_digit(text[at + 3])) return false;
  const int value = (c - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0');
  if (value > 255) return false;
  octet = static_cast<std::uint8_t>(value);
  at += 3;
  return true;
}

NameFault complete_with(const NameView* origin, std::size_t size, NameBuffer& out) {
  if (origin == nullptr) return NameFault::kNoOrigin;
  if (size + origin->size() > kMaxNameOctets) return NameFault::kNameTooLong;
  std::memcpy(out.octets + size, origin->wire().data(), origin->size());
  out.size = static_cast<std::uint8_t>(size + origin->size());
  return NameFault::kNone;
}

void append_octet_text(std::string& out, std::uint8_t octet) {
  constexpr std::string_view kSpecial = ".\\\"();@$";
  const char c = static_cast<char>(octet);
  if (octet <= 0x20 || octet >= 0x7f) {
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
    return;
  }
  if (kSpecial.find(c) != std::string_view::npos) out += '\\';
  out += c;
}

}  // namespace

unsigned NameView::label_count() const {
  unsigned count = 0;
  for (std::size_t at = 0; wire_[at] != 0; at += 1U + wire_[at]) ++count;
  return count;
}

std::string_view to_text(NameFault fault) {
  switch (fault) {
    case NameFault::kNone:
      return "no fault";
    case NameFault::kEmpty:
      return "name is empty";
    case NameFault::kEmptyLabel:
      return "name has an empty label";
    case NameFault::kLabelTooLong:
      return "label is longer than 63 octets";
    case NameFault::kNameTooLong:
      return "name is longer than 255 octets";
    case NameFault::kBadEscape:
      return "name has a bad escape";
    case NameFault::kNoOrigin:
      return "name is relative and there is no origin";
  }
  return "unknown fault";
}

namespace {

/// A text that has labels.
NameFault parse_labels(std::string_view text, const NameView* origin, NameBuffer& out) {
  std::size_t label = 0;  // where the length of the open label will stand
  std::size_t end = 1;    // where its next octet goes
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto octet = static_cast<std::uint8_t>(text[i]);
    if (octet == '.') {
      if (end - label == 1) return NameFault::kEmptyLabel;
      out.octets[label] = static_cast<std::uint8_t>(end - label - 1);
      label = end++;
      continue;
    }
    if (octet == '\\' && !read_escape(text, i, octet)) return NameFault::kBadEscape;
    if (end - label > kMaxLabelOctets) return NameFault::kLabelTooLong;
    // The root label needs the last octet (RFC 1035 section 2.3.4).
    if (end >= kMaxNameOctets - 1) return NameFault::kNameTooLong;
    out.octets[end++] = octet;
  }
  if (end - label == 1) {  // ended with a dot: absolute
    out.octets[label] = 0;
    out.size = static_cast<std::uint8_t>(end);
    return NameFault::kNone;
  }
  out.octets[label] = static_cast<std::uint8_t>(end - label - 1);
  return complete_with(origin, end, out);
}

}  // namespace

NameFault parse_name(std::string_view text, const NameView* origin, NameBuffer& out) {
  if (text.empty()) return NameFault::kEmpty;
  if (text == "@") return complete_with(origin, 0, out);
  if (text == ".") {
    out.octets[0] = 0;
    out.size = 1;
    return NameFault::kNone;
  }
  return parse_labels(text, origin, out);
}

Result<Name> name_from_text(std::string_view text) {
  NameBuffer buffer;
  const NameView root(as_bytes(std::string_view("\0", 1)));
  const NameFault fault = parse_name(text, &root, buffer);
  if (fault != NameFault::kNone || text == "@") {
    const auto why = fault == NameFault::kNone ? "'@' has no meaning here" : to_text(fault);
    return fail(Errc::kBadInput, "'" + std::string(text) + "': " + std::string(why));
  }
  return Name(buffer.view());
}

std::size_t wire_name_length(ByteView octets) {
  std::size_t at = 0;
  while (at < octets.size() && at < kMaxNameOctets) {
    const std::size_t length = octets[at];
    if (length == 0) return at + 1;
    // 64 and above are compression pointers and label types that never came to be (RFC 6891
    // section 5).
    if (length > kMaxLabelOctets) return 0;
    at += 1 + length;
  }
  return 0;
}

void append_text(std::string& out, NameView name) {
  if (name.is_root()) {
    out += '.';
    return;
  }
  for (NameView rest = name; !rest.is_root(); rest = rest.parent()) {
    for (const std::uint8_t octet : rest.first_label()) append_octet_text(out, octet);
    out += '.';
  }
}

std::string to_text(NameView name) {
  std::string out;
  append_text(out, name);
  return out;
}

std::string to_canonical_text(NameView name) {
  Bytes wire(name.wire().begin(), name.wire().end());
  lower_case(wire);
  return to_text(NameView(wire));
}

bool equal(NameView a, NameView b) {
  if (a.size() != b.size()) return false;
  const auto x = a.wire();
  const auto y = b.wire();
  if (std::memcmp(x.data(), y.data(), x.size()) == 0) return true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (kFold[x[i]] != kFold[y[i]]) return false;
  }
  return true;
}

bool is_at_or_below(NameView name, NameView ancestor) {
  while (name.size() > ancestor.size()) name = name.parent();
  return equal(name, ancestor);
}

void lower_case(std::span<std::uint8_t> wire) {
  for (std::uint8_t& octet : wire) octet = kFold[octet];
}

bool has_upper_case(NameView name) {
  const auto wire = name.wire();
  return std::any_of(wire.begin(), wire.end(), [](std::uint8_t c) { return kFold[c] != c; });
}

namespace {

/// \returns how many octets it wrote: at most two for each of the label, and the zero that ends it.
std::size_t write_key_label(ByteView label, char* const to) {
  char* at = to;
  for (const std::uint8_t cased : label) {
    const std::uint8_t octet = kFold[cased];
    if (octet > 1) {
      *at++ = static_cast<char>(octet);
    } else {
      *at++ = 1;
      *at++ = static_cast<char>(octet + 1);
    }
  }
  *at++ = 0;
  return static_cast<std::size_t>(at - to);
}

}  // namespace

void append_sort_key(std::string& out, NameView name, std::size_t apex_size) {
  const auto wire = name.wire();
  const std::size_t relative = wire.size() - apex_size;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<std::uint8_t, kMaxLabels> labels;
  std::size_t count = 0;
  for (std::size_t at = 0; at < relative; at += 1U + wire[at]) {
    labels[count++] = static_cast<std::uint8_t>(at);
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<char, 2 * kMaxNameOctets> key;
  std::size_t size = 0;
  while (count > 0) {
    const auto label = wire.subspan(labels[--count]);
    size += write_key_label(label.subspan(1, label[0]), key.data() + size);
  }
  out.append(key.data(), size);
}

std::string sort_key(NameView name, NameView apex) {
  std::string key;
  append_sort_key(key, name, apex.size());
  return key;
}

NameBuffer name_from_sort_key(std::string_view key, NameView apex) {
  NameBuffer out;
  // Labels are read from the apex downwards and written from the end of the name upwards.
  std::size_t front = kMaxNameOctets - apex.size();
  std::memcpy(out.octets + front, apex.wire().data(), apex.size());
  lower_case({out.octets + front, apex.size()});
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<std::uint8_t, kMaxLabelOctets> label;
  std::size_t length = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    auto octet = static_cast<std::uint8_t>(key[i]);
    if (octet == 0) {
      front -= length + 1;
      out.octets[front] = static_cast<std::uint8_t>(length);
      std::memcpy(out.octets + front + 1, label.data(), length);
      length = 0;
      continue;
    }
    if (octet == 1) octet = static_cast<std::uint8_t>(key[++i] - 1);
    label[length++] = octet;
  }
  out.size = static_cast<std::uint8_t>(kMaxNameOctets - front);
  std::memmove(out.octets, out.octets + front, out.size);
  return out;
}

std::string_view parent_key(std::string_view key) {
  key.remove_suffix(1);
  const auto end = key.rfind('\0');
  return key.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

unsigned label_count(std::string_view key) {
  return static_cast<unsigned>(std::count(key.begin(), key.end(), '\0'));
}

bool is_wildcard_key(std::string_view key) {
  constexpr std::string_view kLabel("*\0", 2);
  return key.ends_with(kLabel) && (key.size() == 2 || key[key.size() - 3] == '\0');
}

}  // namespace danewerk::dns
