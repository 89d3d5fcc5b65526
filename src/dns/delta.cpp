/// \file
/// The octets of a delta:
///
///     "DWJ", format version | length of the apex (1 octet), apex, wire form | names | denial
///
/// Each of the two is a number of entries and the entries in ascending order of their keys:
///
///     octets shared with the key before, length of the rest, rest
///     sides (1 octet)   1: before, 2: after, 4: before has a deadline, 8: after has one
///     deadlines         32 bits, big-endian; those that are there
///     before            length, value
///     after             length, value; when there is a before: octets shared with its beginning,
///                       octets shared with its end, length, what stands between the two
///
/// with numbers as packed nodes have them (node_packing.h).

#include "dns/delta.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "dns/node_packing.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

namespace {

constexpr std::string_view kMagic("DWJ\1", 4);
constexpr unsigned kHasBefore = 1;
constexpr unsigned kHasAfter = 2;
constexpr unsigned kBeforeDeadline = 4;
constexpr unsigned kAfterDeadline = 8;
/// A hash is written as one label in base 32 (RFC 5155 section 3).
constexpr std::size_t kMaxHashOctets = kMaxLabelOctets * 5 / 8;
/// All but the signature of an RRSIG, the signer's name at its shortest (RFC 4034 section 3.1).
constexpr std::size_t kMinRrsigOctets = 18;

std::uint32_t size_of(std::string_view octets) {
  return static_cast<std::uint32_t>(octets.size());
}

void append_text(std::string& out, std::string_view octets) {
  append_number(out, size_of(octets));
  out += octets;
}

std::size_t shared_front(std::string_view a, std::string_view b) {
  const auto least = std::min(a.size(), b.size());
  const auto end = a.begin() + static_cast<std::ptrdiff_t>(least);
  return static_cast<std::size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin());
}

std::size_t shared_back(std::string_view a, std::string_view b) {
  const auto least = std::min(a.size(), b.size());
  const auto end = a.rbegin() + static_cast<std::ptrdiff_t>(least);
  return static_cast<std::size_t>(std::mismatch(a.rbegin(), end, b.rbegin()).first - a.rbegin());
}

class Packer {
 public:
  void add(const std::optional<Tree::Entry>& before, const std::optional<Tree::Entry>& after) {
    const std::string_view key = before ? before->key : after->key;
    const auto shared = shared_front(last_key_, key);
    append_number(out_, static_cast<std::uint32_t>(shared));
    append_text(out_, key.substr(shared));
    last_key_ = key;
    append_sides(before, after);
    if (before) append_text(out_, before->value);
    if (after && before) append_change(before->value, after->value);
    if (after && !before) append_text(out_, after->value);
    ++count_;
  }

  void finish(std::string& delta) const {
    append_number(delta, count_);
    delta += out_;
  }

 private:
  void append_deadline(Deadline deadline) {
    for (unsigned shift = 32; shift != 0; shift -= 8) {
      out_ += static_cast<char>(deadline >> (shift - 8));
    }
  }

  void append_sides(const std::optional<Tree::Entry>& before,
                    const std::optional<Tree::Entry>& after) {
    const Deadline old_one = before ? before->deadline : 0;
    const Deadline new_one = after ? after->deadline : 0;
    const unsigned sides = (before ? kHasBefore : 0) | (after ? kHasAfter : 0) |
                           (old_one != 0 ? kBeforeDeadline : 0) |
                           (new_one != 0 ? kAfterDeadline : 0);
    out_ += static_cast<char>(sides);
    if (old_one != 0) append_deadline(old_one);
    if (new_one != 0) append_deadline(new_one);
  }

  void append_change(std::string_view before, std::string_view after) {
    const auto front = shared_front(before, after);
    const auto back = shared_back(before.substr(front), after.substr(front));
    append_number(out_, static_cast<std::uint32_t>(front));
    append_number(out_, static_cast<std::uint32_t>(back));
    append_text(out_, after.substr(front, after.size() - front - back));
  }

  std::string out_;
  std::string last_key_;
  std::uint32_t count_ = 0;
};

/// Labels of 1 to 63 octets, each ended, that make a name of at most 255 octets with the apex: what
/// name_from_sort_key relies on.
bool is_sort_key(std::string_view key, std::size_t apex_octets) {
  std::size_t total = apex_octets;
  std::size_t label = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '\0') {
      if (label == 0) return false;
      total += label + 1;
      label = 0;
      continue;
    }
    if (key[i] == '\1' && (++i == key.size() || (key[i] != '\1' && key[i] != '\2'))) return false;
    if (key[i] >= 'A' && key[i] <= 'Z') return false;
    if (++label > kMaxLabelOctets) return false;
  }
  return label == 0 && total <= kMaxNameOctets;
}

bool has_whole_rrsigs(const RrsetView& rrset) {
  for (const auto rdata : rrset.rrsigs) {
    if (rdata.size() < kMinRrsigOctets) return false;
  }
  return true;
}

bool is_sound_node(const NodeView& node) {
  if (node.empty() || !node.is_well_formed()) return false;
  for (const auto& rrset : node) {
    if (!has_whole_rrsigs(rrset)) return false;
  }
  return true;
}

/// Reads a delta without believing any number in it.
class Unpacker {
 public:
  explicit Unpacker(ByteView delta)
      : begin_(as_text(delta).data()), at_(begin_), end_(begin_ + delta.size()) {}

  Result<void> run(NameView apex, const EntryDifferenceFn& fn) {
    DW_TRY_VOID(read_head(apex));
    for (const bool in_denial : {false, true}) {
      difference_.in_denial = in_denial;
      DW_TRY_VOID(read_tree(fn));
    }
    if (at_ != end_) return corrupt("there is more behind the end");
    return {};
  }

 private:
  [[nodiscard]] tl::unexpected<Error> corrupt(std::string_view what) const {
    return fail(Errc::kCorrupt, fmt::format("delta, octet {}: {}", at_ - begin_, what));
  }

  Result<void> read_head(NameView apex) {
    std::string_view magic;
    if (!take(kMagic.size(), magic) || magic.substr(0, 3) != kMagic.substr(0, 3)) {
      return corrupt("this is no delta");
    }
    if (magic != kMagic) return corrupt("the delta is of another format version");
    std::string_view size;
    std::string_view name;
    if (!take(1, size) || !take(as_bytes(size)[0], name) || name.empty() ||
        wire_name_length(as_bytes(name)) != name.size()) {
      return corrupt("the apex is damaged");
    }
    const NameView stated(as_bytes(name));
    if (!equal(stated, apex)) {
      return corrupt(fmt::format("it is of '{}', not of '{}'", to_text(stated), to_text(apex)));
    }
    apex_octets_ = name.size();
    return {};
  }

  bool take(std::size_t size, std::string_view& octets) {
    if (size > static_cast<std::size_t>(end_ - at_)) return false;
    octets = {at_, size};
    at_ += size;
    return true;
  }
  bool take_text(std::string_view& octets) {
    std::uint32_t size = 0;
    return read_number(at_, end_, size) && take(size, octets);
  }

  Result<void> read_tree(const EntryDifferenceFn& fn) {
    std::uint32_t count = 0;
    if (!read_number(at_, end_, count)) return corrupt("the number of entries is missing");
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!read_key(i == 0)) return corrupt("a key is damaged or out of order");
      if (!read_sides()) return corrupt("an entry is damaged");
      DW_TRY_VOID(fn(difference_));
    }
    return {};
  }

  bool read_key(bool is_first) {
    std::uint32_t shared = 0;
    std::string_view rest;
    if (!read_number(at_, end_, shared) || !take_text(rest)) return false;
    if (is_first) key_.clear();
    if (shared > key_.size() || shared + rest.size() > kMaxKeyOctets) return false;
    // Greater than the key before, and not cut short of what both share.
    const std::string_view before = std::string_view(key_).substr(shared);
    if (!is_first && rest <= before) return false;
    key_.resize(shared);
    key_ += rest;
    if (!difference_.in_denial) return is_sort_key(key_, apex_octets_);
    return !key_.empty() && key_.size() <= kMaxHashOctets;
  }

  bool read_sides() {
    std::string_view octet;
    if (!take(1, octet)) return false;
    const unsigned sides = as_bytes(octet)[0];
    const bool has_before = (sides & kHasBefore) != 0;
    const bool has_after = (sides & kHasAfter) != 0;
    if (sides >= 16 || (!has_before && !has_after)) return false;
    if ((!has_before && (sides & kBeforeDeadline) != 0) ||
        (!has_after && (sides & kAfterDeadline) != 0)) {
      return false;
    }
    Deadline old_one = 0;
    Deadline new_one = 0;
    if (!read_deadline(sides & kBeforeDeadline, old_one)) return false;
    if (!read_deadline(sides & kAfterDeadline, new_one)) return false;
    difference_.before.reset();
    difference_.after.reset();
    if (has_before && !read_value(old_one, difference_.before)) return false;
    if (!has_after) return true;
    return has_before ? read_change(new_one) : read_value(new_one, difference_.after);
  }

  bool read_deadline(unsigned is_there, Deadline& deadline) {
    if (is_there == 0) return true;
    std::string_view octets;
    if (!take(4, octets)) return false;
    deadline = load_u32(as_bytes(octets).data());
    return deadline != 0;
  }

  bool read_value(Deadline deadline, std::optional<Tree::Entry>& side) {
    std::string_view value;
    if (!take_text(value) || !is_sound_value(value)) return false;
    side = Tree::Entry{key_, value, deadline};
    return true;
  }

  bool read_change(Deadline deadline) {
    std::uint32_t front = 0;
    std::uint32_t back = 0;
    std::string_view middle;
    if (!read_number(at_, end_, front) || !read_number(at_, end_, back) || !take_text(middle)) {
      return false;
    }
    const std::string_view before = difference_.before->value;
    if (std::uint64_t{front} + back > before.size()) return false;
    after_.assign(before.substr(0, front));
    after_ += middle;
    after_ += before.substr(before.size() - back);
    if (!is_sound_value(after_)) return false;
    difference_.after = Tree::Entry{key_, after_, deadline};
    return true;
  }

  [[nodiscard]] bool is_sound_value(std::string_view value) const {
    if (!difference_.in_denial) return is_sound_node(NodeView(value));
    const ChainEntry entry = read_chain_entry(value);
    return is_sound_node(entry.node) && is_sort_key(entry.name_key, apex_octets_);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t apex_octets_ = 0;
  std::string key_;
  std::string after_;
  EntryDifference difference_;
};

bool is_same(const std::optional<Tree::Entry>& a, const std::optional<Tree::Entry>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->value == b->value && a->deadline == b->deadline;
}

}  // namespace

Bytes pack_delta(const Change& change) {
  const auto apex = as_text(change.before.apex().wire());
  DW_CHECK(equal(change.before.apex(), change.after.apex()), "a change keeps its zone");
  std::string delta(kMagic);
  delta += static_cast<char>(apex.size());
  delta += apex;
  const auto add_tree = [&delta](const Tree& before, const Tree& after) {
    Packer packer;
    Tree::for_each_difference(before, after, [&](const auto& old_one, const auto& new_one) {
      packer.add(old_one, new_one);
    });
    packer.finish(delta);
  };
  add_tree(change.before.names(), change.after.names());
  add_tree(change.before.denial(), change.after.denial());
  const auto octets = as_bytes(delta);
  return {octets.begin(), octets.end()};
}

Result<Zone> apply_delta(const Zone& before, ByteView delta) {
  TreeEdit names(before.names());
  TreeEdit denial(before.denial());
  DW_TRY_VOID(for_each_in_delta(
      before.apex(), delta, [&](const EntryDifference& difference) -> Result<void> {
        TreeEdit& edit = difference.in_denial ? denial : names;
        const std::string_view key =
            difference.before ? difference.before->key : difference.after->key;
        if (!is_same(edit.find(key), difference.before)) {
          return fail(Errc::kCorrupt,
                      fmt::format("delta does not fit at key {}{}", to_hex(as_bytes(key)),
                                  difference.in_denial ? " of the chain" : ""));
        }
        if (difference.after) {
          edit.put(key, difference.after->value, difference.after->deadline);
        } else {
          edit.erase(key);
        }
        return {};
      }));
  return Zone(before.apex(), names.tree(), denial.tree());
}

Result<void> for_each_in_delta(NameView apex, ByteView delta, const EntryDifferenceFn& fn) {
  return Unpacker(delta).run(apex, fn);
}

Result<void> check_delta(NameView apex, ByteView delta) {
  return for_each_in_delta(apex, delta, [](const EntryDifference&) -> Result<void> { return {}; });
}

}  // namespace danewerk::dns
