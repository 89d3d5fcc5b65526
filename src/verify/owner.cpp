#include "verify/owner.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"
#include "dns/name.h"

namespace danewerk::verify {

namespace {

constexpr std::size_t kLongestName = 255;  // RFC 1035 section 2.3.4

std::uint8_t folded(std::uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + 32) : octet;
}

int compare_labels(ByteView a, ByteView b) {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  if (order != 0) return order;
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

/// Escaped octets in a part of a key: each is a 1 and another octet.
std::size_t escapes_in(ByteView key) {
  std::size_t escapes = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] != 1) continue;
    ++escapes;
    ++i;
  }
  return escapes;
}

}  // namespace

std::size_t name_length(ByteView data) {
  std::size_t at = 0;
  while (at < data.size()) {
    const std::uint8_t length = data[at];
    if (length == 0) return at + 1 <= kLongestName ? at + 1 : 0;
    if (length > 63) return 0;
    at += 1U + length;
    if (at >= kLongestName) return 0;
  }
  return 0;
}

void fold_case(std::span<std::uint8_t> octets) {
  // A length octet is at most 63, below any letter, so whole names can be folded in one go.
  for (auto& octet : octets) octet = folded(octet);
}

void Owner::find_labels() {
  labels_ = 0;
  std::size_t at = 0;
  while (wire_.at(at) != 0) {
    starts_.at(labels_++) = static_cast<std::uint8_t>(at);
    at += 1U + wire_.at(at);
  }
}

void Owner::assign_wire(ByteView wire) {
  DW_CHECK(!wire.empty() && wire.size() <= kLongestName, "a name has 1 to 255 octets");
  std::transform(wire.begin(), wire.end(), wire_.begin(), folded);
  size_ = static_cast<std::uint8_t>(wire.size());
  find_labels();
}

void Owner::assign_key(std::string_view key, const Owner& apex) {
  const ByteView octets = as_bytes(key);
  // A label takes its octets and one more in both forms, an escaped octet two in the key.
  std::size_t end = octets.size() - escapes_in(octets);
  DW_CHECK(end + apex.size_ <= kLongestName, "a key of the zone's tree makes a name");
  std::memcpy(wire_.data() + end, apex.wire_.data(), apex.size_);
  size_ = static_cast<std::uint8_t>(end + apex.size_);
  std::size_t at = 0;
  while (at < octets.size()) {
    const auto stop = std::find(octets.begin() + static_cast<std::ptrdiff_t>(at), octets.end(), 0);
    const auto until = static_cast<std::size_t>(stop - octets.begin());
    const auto inside = octets.subspan(at, until - at);
    const std::size_t length = inside.size() - escapes_in(inside);
    DW_CHECK(length <= 63 && end >= length + 1, "a key of the zone's tree has whole labels");
    end -= length + 1;
    std::uint8_t* to = wire_.data() + end;
    *to++ = static_cast<std::uint8_t>(length);
    for (std::size_t i = 0; i < inside.size(); ++i) {
      *to++ = inside[i] == 1 ? static_cast<std::uint8_t>(inside[++i] - 1) : inside[i];
    }
    at = until + 1;
  }
  find_labels();
}

void Owner::assign_hash(std::string_view hash, const Owner& apex) {
  const std::string label = to_base32hex(as_bytes(hash));
  const std::size_t length = std::min<std::size_t>(label.size(), 63);
  const std::size_t room = kLongestName - 1 - length;
  const Owner& parent = apex;
  if (parent.size_ > room) {  // such an owner cannot exist; keep what fits for the message
    *this = apex;
    return;
  }
  wire_[0] = static_cast<std::uint8_t>(length);
  std::memcpy(wire_.data() + 1, label.data(), length);
  std::memcpy(wire_.data() + 1 + length, parent.wire_.data(), parent.size_);
  size_ = static_cast<std::uint8_t>(1 + length + parent.size_);
  find_labels();
}

Owner Owner::ancestor(unsigned count) const {
  DW_CHECK(count <= labels_, "an ancestor has fewer labels");
  Owner result;
  if (count == 0) return result;
  result.assign_wire(wire().subspan(starts_.at(labels_ - count)));
  return result;
}

unsigned Owner::signed_labels() const {
  const bool asterisk = labels_ > 0 && wire_[0] == 1 && wire_[1] == '*';
  return labels_ - (asterisk ? 1U : 0U);
}

bool Owner::is_below(const Owner& other) const {
  if (labels_ <= other.labels_) return false;
  const std::size_t from = other.labels_ == 0 ? size_ - 1U : starts_.at(labels_ - other.labels_);
  return size_ - from == other.size_ &&
         std::memcmp(wire_.data() + from, other.wire_.data(), other.size_) == 0;
}

ByteView Owner::label(unsigned from_left) const {
  const std::size_t at = starts_.at(from_left);
  return wire().subspan(at + 1, wire_.at(at));
}

bool Owner::operator==(const Owner& other) const {
  return size_ == other.size_ && std::memcmp(wire_.data(), other.wire_.data(), size_) == 0;
}

int compare(const Owner& a, const Owner& b) {
  const unsigned shorter = std::min(a.labels(), b.labels());
  for (unsigned i = 1; i <= shorter; ++i) {
    const int order = compare_labels(a.label(a.labels() - i), b.label(b.labels() - i));
    if (order != 0) return order;
  }
  return static_cast<int>(a.labels()) - static_cast<int>(b.labels());
}

unsigned common_labels(const Owner& a, const Owner& b) {
  const unsigned shorter = std::min(a.labels(), b.labels());
  for (unsigned i = 1; i <= shorter; ++i) {
    if (compare_labels(a.label(a.labels() - i), b.label(b.labels() - i)) != 0) return i - 1;
  }
  return shorter;
}

std::string to_text(const Owner& owner) {
  return dns::to_text(dns::NameView(owner.wire()));
}

std::string_view key_prefix(std::string_view key, unsigned count) {
  std::size_t at = 0;
  for (unsigned i = 0; i < count; ++i) at = key.find('\0', at) + 1;
  return key.substr(0, at);
}

std::string key_after_subtree(std::string_view key) {
  // Every key at or below KEY begins with it; the octet that ends its last label is zero, and the
  // keys that follow differ in that octet or before it.
  std::string after(key);
  after.back() = '\1';
  return after;
}

}  // namespace danewerk::verify
