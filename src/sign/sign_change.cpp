#include "sign/sign_change.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "dns/closure.h"
#include "sign/sign_node.h"

namespace danewerk::sign {

namespace {

/// A node to be looked at, and what became of it.
struct Item {
  std::string key;
  bool in_denial = false;
};

std::vector<Item> collect(const dns::Change& change, const SignOptions& options) {
  std::vector<Item> items;
  const auto& after = change.after;
  const auto add_names = [&](std::string_view key) { items.push_back({std::string(key), false}); };
  const auto add_denial = [&](std::string_view key) { items.push_back({std::string(key), true}); };
  if (options.all) {
    dns::Tree::Cursor names(after.names());
    for (bool more = names.first(); more; more = names.next()) add_names(names.entry().key);
    dns::Tree::Cursor denial(after.denial());
    for (bool more = denial.first(); more; more = denial.next()) add_denial(denial.entry().key);
    return items;
  }
  const auto limit = options.policy.due_limit();
  dns::for_each_touched_name(change, add_names);
  after.names().for_each_due(limit, [&](const dns::Tree::Entry& e) { add_names(e.key); });
  dns::Tree::for_each_difference(change.before.denial(), after.denial(),
                                 [&](const auto&, const std::optional<dns::Tree::Entry>& e) {
                                   if (e) add_denial(e->key);
                                 });
  after.denial().for_each_due(limit, [&](const dns::Tree::Entry& e) { add_denial(e.key); });
  const auto order = [](const Item& a, const Item& b) {
    return std::pair(a.in_denial, std::string_view(a.key)) <
           std::pair(b.in_denial, std::string_view(b.key));
  };
  std::sort(items.begin(), items.end(), order);
  items.erase(std::unique(items.begin(), items.end(),
                          [](const Item& a, const Item& b) {
                            return a.in_denial == b.in_denial && a.key == b.key;
                          }),
              items.end());
  return items;
}

/// Signs the items on all cores, in parts, and puts the results into the next version in order.
class ChangeSigner {
 public:
  ChangeSigner(const dns::Zone& zone, const SigningKeys& keys, const SignOptions& options)
      : zone_(zone), keys_(keys), options_(options), names_(zone.names()), denial_(zone.denial()) {}

  Result<SignedZone> sign(const std::vector<Item>& items) {
    items_ = &items;
    const auto jobs = std::max(1U, options_.jobs);
    for (unsigned i = 0; i < jobs; ++i) {
      DW_TRY(auto signer, NodeSigner::create(keys_, zone_, options_.policy));
      signers_.push_back(std::move(signer));
    }
    parts_.resize((items.size() + kPart - 1) / kPart);
    DW_TRY_VOID(run(
        {.count = parts_.size(),
         .window = std::size_t{jobs} * 8,
         .jobs = jobs,
         .make = [this](std::size_t part, unsigned thread) { return make(part, signers_[thread]); },
         .take = [this](std::size_t part) { return take(part); }}));
    SignedZone result{dns::Zone(zone_.apex(), names_.tree(), denial_.tree())};
    for (const auto& signer : signers_) {
      result.visited_rrsets += signer.visited_rrsets();
      result.made += signer.made();
      result.kept += signer.kept();
    }
    return result;
  }

 private:
  static constexpr std::size_t kPart = 32;
  struct Replacement {
    std::size_t item;
    std::string packed;
    dns::Deadline deadline;
  };

  Result<void> make(std::size_t part, NodeSigner& signer) {
    const auto end = std::min(items_->size(), (part + 1) * kPart);
    for (std::size_t i = part * kPart; i < end; ++i) {
      const auto& item = (*items_)[i];
      DW_TRY_VOID(item.in_denial ? make_denial(part, i, signer) : make_name(part, i, signer));
    }
    return {};
  }

  Result<void> make_name(std::size_t part, std::size_t i, NodeSigner& signer) {
    const auto& key = (*items_)[i].key;
    const auto node = zone_.node(key);
    if (node.empty()) return {};
    DW_TRY(const auto made, signer.sign(key, node, zone_.standing(key)));
    if (made.packed != node.packed()) {
      parts_[part].push_back({i, std::string(made.packed), made.deadline});
    }
    return {};
  }

  Result<void> make_denial(std::size_t part, std::size_t i, NodeSigner& signer) {
    const auto& hash = (*items_)[i].key;
    const auto found = zone_.denial().find(hash);
    if (!found) return {};
    auto entry = dns::read_chain_entry(found->value);
    DW_TRY(const auto made, signer.sign_denial(hash, entry.node));
    if (made.packed == entry.node.packed()) return {};
    entry.node = dns::NodeView(made.packed);
    std::string packed;
    dns::pack_chain_entry(packed, entry);
    parts_[part].push_back({i, std::move(packed), made.deadline});
    return {};
  }

  Result<void> take(std::size_t part) {
    for (const auto& replacement : parts_[part]) {
      const auto& item = (*items_)[replacement.item];
      auto& edit = item.in_denial ? denial_ : names_;
      edit.put(item.key, replacement.packed, replacement.deadline);
    }
    parts_[part] = {};
    return {};
  }

  const dns::Zone& zone_;
  const SigningKeys& keys_;
  const SignOptions& options_;
  dns::TreeEdit names_;
  dns::TreeEdit denial_;
  const std::vector<Item>* items_ = nullptr;
  std::vector<NodeSigner> signers_;
  std::vector<std::vector<Replacement>> parts_;
};

}  // namespace

Result<SignedZone> sign_change(const dns::Change& change, const SigningKeys& keys,
                               const SignOptions& options) {
  return ChangeSigner(change.after, keys, options).sign(collect(change, options));
}

Result<SignedZone> sign_apex(const dns::Zone& zone, const SigningKeys& keys,
                             const SignaturePolicy& policy) {
  return ChangeSigner(zone, keys, {.policy = policy}).sign({{std::string(), false}});
}

}  // namespace danewerk::sign
