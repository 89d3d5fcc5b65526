#include "names.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "dns/node.h"

namespace bench {

namespace {

using danewerk::Bytes;
using namespace danewerk::dns;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kSeed = 20181203;

std::string host_node(NodeBuilder& builder, std::mt19937_64& random) {
  builder.clear();
  const auto octets = [&random](std::size_t count) {
    Bytes out(count);
    for (auto& octet : out) octet = static_cast<std::uint8_t>(random());
    return out;
  };
  builder.add(RrType::kA, 3600, octets(4));
  builder.add(RrType::kAaaa, 3600, octets(16));
  builder.add(RrType::kTxt, 3600, octets(110 + random() % 150));
  return std::string(builder.pack());
}

std::string delegation_node(NodeBuilder& builder, std::mt19937_64& random) {
  builder.clear();
  const auto provider = random() % 1000;
  for (int i = 1; i <= 2; ++i) {
    const auto server = *name_from_text(fmt::format("ns{}.host{}.example.", i, provider));
    builder.add(RrType::kNs, 86400, server.view().wire());
  }
  return std::string(builder.pack());
}

}  // namespace

std::vector<Item> make_names(Kind kind, std::size_t count) {
  std::mt19937_64 random(kSeed);
  NodeBuilder builder;
  std::vector<Item> items;
  items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    // The number makes it unique, the hash in front of it spreads it.
    const std::string label = fmt::format("{:04x}-{}", random() & 0xffff, i);
    items.push_back({label + '\0', kind == Kind::kHosts ? host_node(builder, random)
                                                        : delegation_node(builder, random)});
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.key < b.key; });
  return items;
}

std::vector<std::size_t> make_positions(std::size_t count, std::size_t many) {
  std::mt19937_64 random(kSeed + 1);
  std::vector<std::size_t> positions(many);
  for (auto& position : positions) position = random() % count;
  return positions;
}

}  // namespace bench
