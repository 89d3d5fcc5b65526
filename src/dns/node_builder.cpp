#include <algorithm>
#include <limits>

#include "dns/node.h"
#include "dns/node_packing.h"

namespace danewerk::dns {

namespace {

constexpr std::size_t kExpirationAt = 8;  ///< in RRSIG RDATA (RFC 4034 section 3.1)
constexpr std::size_t kSignerAt = 18;

}  // namespace

void NodeBuilder::clear() {
  cased_owner_.clear();
  octets_.clear();
  used_ = 0;
}

void NodeBuilder::load(NodeView node) {
  clear();
  cased_owner_ = as_text(node.cased_owner());
  for (const RrsetView& rrset : node) {
    Slot& to = slot(rrset.type);
    to.ttl = rrset.ttl;
    to.rrsig_ttl = rrset.rrsig_ttl;
    push_all(to.rdata, rrset.rdata);
    push_all(to.rrsigs, rrset.rrsigs);
  }
}

void NodeBuilder::set_cased_owner(NameView owner) {
  cased_owner_.clear();
  if (has_upper_case(owner)) cased_owner_ = as_text(owner.wire());
}

bool NodeBuilder::add(RrType type, Ttl ttl, ByteView rdata) {
  Slot& to = slot(type);
  to.ttl = to.rdata.empty() ? ttl : std::min(to.ttl, ttl);
  return insert(to.rdata, type, rdata);
}

bool NodeBuilder::add_rrsig(Ttl ttl, ByteView rdata) {
  DW_CHECK(rdata.size() >= kSignerAt, "RRSIG RDATA has its fixed part");
  Slot& to = slot(static_cast<RrType>(load_u16(rdata.data())));
  to.rrsig_ttl = to.rrsigs.empty() ? ttl : std::min(to.rrsig_ttl, ttl);
  return insert(to.rrsigs, RrType::kRrsig, rdata);
}

bool NodeBuilder::remove(RrType type, ByteView rdata) {
  Slot* const from = find_slot(type);
  if (from == nullptr) return false;
  const auto at = std::find_if(from->rdata.begin(), from->rdata.end(), [&](Piece piece) {
    return compare_canonical(type, octets(piece), rdata) == 0;
  });
  if (at == from->rdata.end()) return false;
  from->rdata.erase(at);
  if (from->rdata.empty() && from->rrsigs.empty()) drop(*from);
  return true;
}

bool NodeBuilder::remove(RrType type) {
  Slot* const gone = find_slot(type);
  if (gone == nullptr) return false;
  drop(*gone);
  return true;
}

void NodeBuilder::remove_rrsigs(RrType covered) {
  Slot* const from = find_slot(covered);
  if (from == nullptr) return;
  from->rrsigs.clear();
  if (from->rdata.empty()) drop(*from);
}

void NodeBuilder::set_rrsigs(RrType covered, Ttl ttl, const std::vector<Bytes>& rdata) {
  remove_rrsigs(covered);
  for (const Bytes& one : rdata) {
    Slot& to = slot(covered);
    to.rrsig_ttl = ttl;
    insert(to.rrsigs, RrType::kRrsig, one);
  }
}

void NodeBuilder::set_ttl(RrType type, Ttl ttl) {
  if (Slot* const found = find_slot(type)) found->ttl = ttl;
}

std::string_view NodeBuilder::pack() {
  packed_.clear();
  if (used_ == 0) return packed_;
  packed_ += static_cast<char>(cased_owner_.size());
  packed_ += cased_owner_;
  const auto size_of = [](const Pieces& list) {
    std::uint64_t size = 0;
    for (const Piece piece : list) size += 2U + piece.size;
    DW_CHECK(size <= std::numeric_limits<std::uint32_t>::max(), "an RRset has less than 4 GiB");
    return static_cast<std::uint32_t>(size);
  };
  for (std::size_t i = 0; i < used_; ++i) {
    const Slot& from = slots_[i];
    append_number(packed_, static_cast<std::uint32_t>(from.type));
    append_number(packed_, from.ttl);
    append_number(packed_, static_cast<std::uint32_t>(from.rdata.size()));
    append_number(packed_, size_of(from.rdata));
    append_number(packed_, static_cast<std::uint32_t>(from.rrsigs.size()));
    if (!from.rrsigs.empty()) {
      append_number(packed_, from.rrsig_ttl);
      append_number(packed_, size_of(from.rrsigs));
    }
    append_list(from.rdata);
    append_list(from.rrsigs);
  }
  return packed_;
}

Deadline NodeBuilder::earliest_expiration() const {
  Deadline least = 0;
  for (std::size_t i = 0; i < used_; ++i) {
    for (const Piece piece : slots_[i].rrsigs) {
      // 0 means that nothing is due: the first second of 1970 is taken for the second one.
      const Deadline at = std::max(load_u32(octets(piece).data() + kExpirationAt), Deadline{1});
      least = least == 0 ? at : std::min(least, at);
    }
  }
  return least;
}

NodeBuilder::Slot* NodeBuilder::find_slot(RrType type) {
  for (std::size_t i = 0; i < used_; ++i) {
    if (slots_[i].type == type) return &slots_[i];
  }
  return nullptr;
}

NodeBuilder::Slot& NodeBuilder::slot(RrType type) {
  std::size_t place = used_;
  while (place > 0 && slots_[place - 1].type > type) --place;
  if (place > 0 && slots_[place - 1].type == type) return slots_[place - 1];
  if (used_ == slots_.size()) slots_.emplace_back();
  Slot& fresh = slots_[used_];
  fresh.type = type;
  fresh.ttl = 0;
  fresh.rrsig_ttl = 0;
  fresh.rdata.clear();
  fresh.rrsigs.clear();
  const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(place);
  const auto last = slots_.begin() + static_cast<std::ptrdiff_t>(used_);
  std::rotate(first, last, last + 1);
  ++used_;
  return slots_[place];
}

void NodeBuilder::drop(Slot& gone) {
  const auto at = slots_.begin() + (&gone - slots_.data());
  std::rotate(at, at + 1, slots_.begin() + static_cast<std::ptrdiff_t>(used_));
  --used_;
}

ByteView NodeBuilder::octets(Piece piece) const {
  return as_bytes(std::string_view(octets_).substr(piece.at, piece.size));
}

bool NodeBuilder::insert(Pieces& into, RrType type, ByteView rdata) {
  DW_CHECK(rdata.size() <= 0xffff, "RDATA has at most 65,535 octets");
  DW_CHECK(octets_.size() + rdata.size() <= std::numeric_limits<std::uint32_t>::max(),
           "a node has less than 4 GiB");
  // Most come in order: then the last one is the only one to look at.
  auto place = into.end();
  if (!into.empty()) {
    const int order = compare_canonical(type, octets(into.back()), rdata);
    if (order == 0) return false;
    if (order > 0) {
      place = std::lower_bound(into.begin(), into.end(), rdata, [&](Piece piece, ByteView wanted) {
        return compare_canonical(type, octets(piece), wanted) < 0;
      });
      if (compare_canonical(type, octets(*place), rdata) == 0) return false;
    }
  }
  into.insert(place, {static_cast<std::uint32_t>(octets_.size()),
                      static_cast<std::uint16_t>(rdata.size())});
  octets_ += as_text(rdata);
  return true;
}

void NodeBuilder::push_all(Pieces& into, const RdataList& list) {
  for (const ByteView rdata : list) {
    into.push_back(
        {static_cast<std::uint32_t>(octets_.size()), static_cast<std::uint16_t>(rdata.size())});
    octets_ += as_text(rdata);
  }
}

void NodeBuilder::append_list(const Pieces& list) {
  for (const Piece piece : list) {
    packed_ += static_cast<char>(piece.size >> 8U);
    packed_ += static_cast<char>(piece.size & 0xffU);
    packed_ += as_text(octets(piece));
  }
}

}  // namespace danewerk::dns
