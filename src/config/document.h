#pragma once

/// \file
/// YAML as a tree of ours, each value with its place. What YAML has and a configuration does not
/// need is refused: anchors, aliases, tags, several documents, keys that are no words, the same key
/// twice. Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/finding.h"

namespace danewerk::config {

enum class NodeKind : std::uint8_t { kNull, kPlain, kQuoted, kList, kMap };
/// "a list", "nothing", ... for messages.
std::string_view to_text(NodeKind kind);

/// A value and where it begins.
struct TreeNode {
  NodeKind kind = NodeKind::kNull;
  std::string text{};  ///< of kPlain and kQuoted
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::vector<TreeNode> items{};  ///< of a list; of a map, the values
  std::vector<TreeNode> keys{};   ///< of a map, as many as items

  [[nodiscard]] bool is_text() const {
    return kind == NodeKind::kPlain || kind == NodeKind::kQuoted;
  }
};

struct DocumentLimits {
  std::size_t octets = 1U << 24;  ///< of one file
  std::size_t depth = 12;         ///< lists and maps within each other
  std::size_t nodes = 2'000'000;
};

struct Document {
  std::optional<TreeNode> root;  ///< missing when it is not read to the end
  Findings findings;
};

/// \param file  for places in findings: CONFIG-YAML, CONFIG-LIMIT, CONFIG-KEY-TWICE.
Document read_document(std::string_view text, const std::string& file,
                       const DocumentLimits& limits = {});

}  // namespace danewerk::config
