#include "dns/node.h"

#include "dns/node_packing.h"

namespace danewerk::dns {

namespace {

bool is_well_formed_list(const RdataList& list) {
  std::string_view rest = list.packed();
  std::uint32_t count = 0;
  while (rest.size() >= 2) {
    const std::size_t whole = 2U + load_u16(as_bytes(rest).data());
    if (whole > rest.size()) return false;
    rest.remove_prefix(whole);
    ++count;
  }
  return rest.empty() && count == list.size();
}

}  // namespace

void NodeView::Iterator::read() {
  if (at_ == end_) return;
  const char* at = at_;
  std::uint32_t type = 0;
  std::uint32_t count = 0;
  std::uint32_t octets = 0;
  std::uint32_t rrsig_count = 0;
  std::uint32_t rrsig_octets = 0;
  rrset_.rrsig_ttl = 0;
  bool good = read_number(at, end_, type) && read_number(at, end_, rrset_.ttl) &&
              read_number(at, end_, count) && read_number(at, end_, octets) &&
              read_number(at, end_, rrsig_count);
  if (good && rrsig_count != 0) {
    good = read_number(at, end_, rrset_.rrsig_ttl) && read_number(at, end_, rrsig_octets);
  }
  if (!good || std::uint64_t{octets} + rrsig_octets > static_cast<std::uint64_t>(end_ - at)) {
    at_ = end_;
    return;
  }
  rrset_.type = static_cast<RrType>(type);
  rrset_.rdata = RdataList(count, {at, octets});
  at += octets;
  rrset_.rrsigs = RdataList(rrsig_count, {at, rrsig_octets});
  next_ = at + rrsig_octets;
}

NodeView::Iterator NodeView::begin() const {
  if (packed_.empty()) return end();
  const std::size_t owner = 1 + cased_owner().size();
  return {packed_.data() + owner, packed_.data() + packed_.size()};
}

NodeView::Iterator NodeView::end() const {
  const char* const end = packed_.data() + packed_.size();
  return {end, end};
}

ByteView NodeView::cased_owner() const {
  if (packed_.empty()) return {};
  const auto octets = as_bytes(packed_);
  return octets.subspan(1, std::min<std::size_t>(octets[0], octets.size() - 1));
}

std::optional<RrsetView> NodeView::find(RrType type) const {
  const auto stop = end();
  for (auto at = begin(); at != stop && at->type <= type; ++at) {
    if (at->type == type) return *at;
  }
  return std::nullopt;
}

bool NodeView::has(RrType type) const {
  const auto found = find(type);
  return found && !found->rdata.empty();
}

bool NodeView::is_well_formed() const {
  if (packed_.empty()) return true;
  const auto owner = cased_owner();
  const std::size_t wanted = as_bytes(packed_)[0];
  if (owner.size() != wanted || (wanted != 0 && wire_name_length(owner) != wanted)) return false;
  const char* reached = packed_.data() + 1 + wanted;
  int last_type = -1;
  const auto stop = end();
  for (auto at = begin(); at != stop; ++at) {
    if (static_cast<int>(at->type) <= last_type) return false;
    if (!is_well_formed_list(at->rdata) || !is_well_formed_list(at->rrsigs)) return false;
    last_type = static_cast<int>(at->type);
    reached = at->rrsigs.packed().data() + at->rrsigs.packed().size();
  }
  return last_type >= 0 && reached == packed_.data() + packed_.size();
}

}  // namespace danewerk::dns
