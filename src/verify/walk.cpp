#include "verify/walk.h"

#include <algorithm>

namespace danewerk::verify {

namespace {

bool has_type(dns::NodeView node, dns::RrType type) {
  const auto rrset = node.find(type);
  return rrset && !rrset->rdata.empty();
}

}  // namespace

bool has_records(dns::NodeView node) {
  for (const dns::RrsetView& rrset : node) {
    if (!rrset.rdata.empty()) return true;
  }
  return false;
}

bool is_cut(dns::NodeView node, bool is_apex) {
  return (!is_apex && has_type(node, dns::RrType::kNs)) || has_type(node, dns::RrType::kDname);
}

bool is_insecure(dns::NodeView node) {
  return !has_type(node, dns::RrType::kDs);
}

Role CutWalk::see(const Owner& owner, dns::NodeView node, const Owner& apex) {
  if (has_cut_ && owner.is_below(cut_)) return Role::kOccluded;
  const bool is_apex = owner == apex;
  has_cut_ = is_cut(node, is_apex);
  if (has_cut_) cut_ = owner;
  const bool is_delegation = has_cut_ && !is_apex && has_type(node, dns::RrType::kNs);
  return is_delegation ? Role::kDelegation : Role::kAuthoritative;
}

void CutWalk::enter(const Owner& cut) {
  cut_ = cut;
  has_cut_ = true;
}

unsigned key_labels(std::string_view key) {
  return static_cast<unsigned>(std::count(key.begin(), key.end(), '\0'));
}

int cut_above(const dns::Zone& zone, std::string_view key) {
  const unsigned labels = key_labels(key);
  for (unsigned i = 0; i < labels; ++i) {
    const auto entry = zone.names().find(key_prefix(key, i));
    if (entry && is_cut(dns::NodeView(entry->value), i == 0)) return static_cast<int>(i);
  }
  return -1;
}

Role role_of(const dns::Zone& zone, std::string_view key, dns::NodeView node) {
  if (cut_above(zone, key) >= 0) return Role::kOccluded;
  return !key.empty() && has_type(node, dns::RrType::kNs) ? Role::kDelegation
                                                          : Role::kAuthoritative;
}

ChainWalk::ChainWalk(const dns::Zone& zone) : zone_(zone), cursor_(zone.names()) {}

std::string_view ChainWalk::before(std::string_view key) {
  bool valid = cursor_.seek(key) ? cursor_.prev() : cursor_.last();
  while (valid) {
    const auto entry = cursor_.entry();
    const int cut = cut_above(zone_, entry.key);
    if (cut >= 0) {  // jumps over all that the cut hides
      cursor_.seek(key_prefix(entry.key, static_cast<unsigned>(cut)));
      return cursor_.entry().key;
    }
    if (has_records(dns::NodeView(entry.value))) return entry.key;
    valid = cursor_.prev();
  }
  return {};
}

std::string_view ChainWalk::after(std::string_view key) {
  const auto node = zone_.node(key);
  bool valid = false;
  if (is_cut(node, key.empty())) {
    if (key.empty()) return {};  // a DNAME at the apex hides all other names
    valid = cursor_.seek(key_after_subtree(key));
  } else {
    valid = cursor_.seek(key);
    if (valid && cursor_.entry().key == key) valid = cursor_.next();
  }
  while (valid && !has_records(dns::NodeView(cursor_.entry().value))) valid = cursor_.next();
  return valid ? cursor_.entry().key : std::string_view{};
}

}  // namespace danewerk::verify
