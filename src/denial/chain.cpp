#include "denial/chain.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/parallel.h"
#include "denial/type_bitmap.h"

namespace danewerk::denial {

using dns::Standing;

/// Walks the zone in canonical order and notes each name of the chain, empty non-terminals
/// included.
class ChainCollector {
 public:
  ChainCollector(Chain& chain, const model::DenialParameters& parameters)
      : chain_(chain), parameters_(parameters) {}

  void collect(const dns::Zone& zone) {
    dns::CutTracker cuts;
    dns::Tree::Cursor cursor(zone.names());
    for (bool more = cursor.first(); more; more = cursor.next()) {
      const auto entry = cursor.entry();
      const dns::NodeView node(entry.value);
      const auto standing = cuts.see(entry.key, node);
      if (!is_in_chain(node, standing, parameters_)) continue;
      add_missing_ancestors(entry.key);
      add(entry.key, standing);
    }
  }

 private:
  void add(std::string_view key, Standing standing) {
    if (!path_.empty()) ++chain_.links_[path_.back()].children;
    path_.push_back(chain_.links_.size());
    chain_.links_.push_back({.standing = standing,
                             .key_size = static_cast<std::uint16_t>(key.size()),
                             .key_data = key.data()});
  }

  /// RFC 5155 section 7.1, step 4: every empty non-terminal between the apex and a name of the
  /// chain. `path_` holds the links from the apex to the last name; what is not above KEY leaves
  /// it.
  void add_missing_ancestors(std::string_view key) {
    while (!path_.empty() && !key.starts_with(chain_.links_[path_.back()].key())) path_.pop_back();
    if (key.empty()) return;
    std::array<std::size_t, 128> missing{};
    std::size_t count = 0;
    const std::size_t known = path_.empty() ? 0 : chain_.links_[path_.back()].key().size();
    for (auto up = dns::parent_key(key); up.size() > known; up = dns::parent_key(up)) {
      missing.at(count++) = up.size();
    }
    while (count > 0) {
      chain_.empty_non_terminals_.emplace_back(key.substr(0, missing.at(--count)));
      add(chain_.empty_non_terminals_.back(), Standing::kEmptyNonTerminal);
    }
  }

  Chain& chain_;
  const model::DenialParameters& parameters_;
  std::vector<std::size_t> path_;
};

namespace {

void hash_all(std::vector<Link>& links, dns::NameView apex,
              const model::DenialParameters& parameters, unsigned jobs) {
  constexpr std::size_t kPart = 4096;
  for_each_part(jobs, (links.size() + kPart - 1) / kPart, [&](std::size_t part) {
    const auto end = std::min(links.size(), (part + 1) * kPart);
    for (std::size_t i = part * kPart; i < end; ++i) {
      links[i].hash = nsec3_hash(links[i].key(), apex, parameters);
    }
  });
}

/// Hashes are uniform: one pass into 256 parts by first octet, then each part by itself.
void sort_by_hash(std::vector<Link>& links, unsigned jobs) {
  std::array<std::size_t, 257> start{};
  for (const auto& link : links) ++start.at(link.hash[0] + 1U);
  for (std::size_t i = 1; i < start.size(); ++i) start.at(i) += start.at(i - 1);
  std::vector<Link> sorted(links.size());
  auto place = start;
  for (const auto& link : links) sorted[place.at(link.hash[0])++] = link;
  links = std::move(sorted);
  for_each_part(jobs, 256, [&](std::size_t part) {
    std::sort(links.begin() + static_cast<std::ptrdiff_t>(start.at(part)),
              links.begin() + static_cast<std::ptrdiff_t>(start.at(part + 1)),
              [](const Link& a, const Link& b) { return a.hash < b.hash; });
  });
}

}  // namespace

Result<Chain> Chain::build(const dns::Zone& zone, const model::DenialParameters& parameters,
                           unsigned jobs) {
  Chain chain;
  ChainCollector(chain, parameters).collect(zone);
  hash_all(chain.links_, zone.apex(), parameters, jobs);
  sort_by_hash(chain.links_, jobs);
  const auto twin =
      std::adjacent_find(chain.links_.begin(), chain.links_.end(),
                         [](const Link& a, const Link& b) { return a.hash == b.hash; });
  if (twin != chain.links_.end()) {
    const auto name = [&](const Link& link) {
      return dns::to_text(dns::name_from_sort_key(link.key(), zone.apex()).view());
    };
    return fail(
        Errc::kRefused,
        fmt::format("the names {} and {} have the same NSEC3 hash", name(*twin), name(*(twin + 1))),
        "use another salt (RFC 5155 section 7.1)");
  }
  return chain;
}

}  // namespace danewerk::denial
