#include "managed/carry_over.h"

namespace danewerk::managed {

using dns::RrType;

namespace {

bool same_records(const dns::RrsetView& a, const dns::RrsetView& b) {
  return a.ttl == b.ttl && a.rdata.packed() == b.rdata.packed();
}

/// Goes through both zones in order and edits the signed one where the content differs.
class Carrier {
 public:
  Carrier(const dns::Zone& before, const dns::Zone& content)
      : before_(before), content_(content), edit_(before.names()) {}

  CarriedOver carry() {
    dns::Tree::for_each_difference(
        before_.names(), content_.names(),
        [this](const std::optional<dns::Tree::Entry>& was,
               const std::optional<dns::Tree::Entry>& is) { see(was, is); });
    return {{before_, dns::Zone(before_.apex(), edit_.tree(), before_.denial())}, changed_};
  }

 private:
  void see(const std::optional<dns::Tree::Entry>& was, const std::optional<dns::Tree::Entry>& is) {
    if (!is) {
      edit_.erase(was->key);
      changed_ = true;
      return;
    }
    const dns::NodeView old(was ? was->value : std::string_view());
    const dns::NodeView fresh(is->value);
    changed_ = changed_ || has_lost_type(old, fresh) ||
               as_text(old.cased_owner()) != as_text(fresh.cased_owner());
    node_.load(fresh);
    for (const auto& rrset : fresh) carry(old.find(rrset.type), rrset);
    // NSEC is the denial stage's: what is there stays until that stage looks at it.
    if (const auto nsec = old.find(RrType::kNsec)) {
      for (const auto rdata : nsec->rdata) node_.add(RrType::kNsec, nsec->ttl, rdata);
      carry_signatures(*nsec);
    }
    const auto packed = node_.pack();
    if (!was || packed != was->value) edit_.put(is->key, packed, node_.earliest_expiration());
  }

  static bool has_lost_type(dns::NodeView old, dns::NodeView fresh) {
    for (const auto& rrset : old) {
      const bool counts = !rrset.rdata.empty() && rrset.type != RrType::kNsec;
      if (counts && !fresh.has(rrset.type)) return true;
    }
    return false;
  }

  void carry(const std::optional<dns::RrsetView>& old, const dns::RrsetView& fresh) {
    const bool there = old && !old->rdata.empty();
    const bool sealed_later = fresh.type == RrType::kZonemd;
    if (there && sealed_later && old->ttl == fresh.ttl) {
      node_.remove(fresh.type);
      for (const auto rdata : old->rdata) node_.add(fresh.type, old->ttl, rdata);
      carry_signatures(*old);
    } else if (there && same_records(*old, fresh)) {
      carry_signatures(*old);
    } else if (fresh.type != RrType::kSoa) {
      changed_ = true;
    }
  }

  void carry_signatures(const dns::RrsetView& rrset) {
    for (const auto rdata : rrset.rrsigs) node_.add_rrsig(rrset.rrsig_ttl, rdata);
  }

  const dns::Zone& before_;
  const dns::Zone& content_;
  dns::TreeEdit edit_;
  dns::NodeBuilder node_;
  bool changed_ = false;
};

}  // namespace

CarriedOver carry_over(const dns::Zone& before, const dns::Zone& content) {
  return Carrier(before, content).carry();
}

}  // namespace danewerk::managed
