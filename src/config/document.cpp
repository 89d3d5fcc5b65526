#include "config/document.h"

#include <exception>
#include <sstream>
#include <unordered_set>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace danewerk::config {

namespace {

/// Ends reading from within the library; never leaves this file.
struct Stopped : std::exception {};

/// yaml-cpp counts from 0.
std::uint32_t from_one(int number) {
  return number < 0 ? 0 : static_cast<std::uint32_t>(number) + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, const DocumentLimits& limits, Findings& findings)
      : file_(file), limits_(limits), findings_(findings) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) stop("CONFIG-YAML", mark, "a second document ('---')");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(node(NodeKind::kNull, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    // What an alias stands for may hold aliases in turn: a few lines make a billion values.
    stop("CONFIG-YAML", mark, "an alias ('*'): write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!") refuse_tag(mark, tag);
    auto made = node(tag == "!" ? NodeKind::kQuoted : NodeKind::kPlain, mark);
    made.text = value;
    add(std::move(made));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(NodeKind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(NodeKind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

  [[nodiscard]] std::optional<TreeNode> take_root() { return std::move(root_); }

  void report(std::string_view id, const YAML::Mark& mark, std::string message,
              std::string hint = {}) {
    findings_.add({.id = id,
                   .level = Level::kError,
                   .message = std::move(message),
                   .place = {file_, from_one(mark.line), from_one(mark.column)},
                   .hint = std::move(hint)});
  }

 private:
  /// A list or map that is not at its end. Of a map, a key waits for its value.
  struct Open {
    TreeNode node;
    std::optional<TreeNode> key{};
    std::unordered_set<std::string> known{};
    bool is_dropped = false;  ///< the key stood there before: its value goes nowhere
  };

  [[noreturn]] void stop(std::string_view id, const YAML::Mark& mark, std::string message) {
    report(id, mark, std::move(message));
    throw Stopped();
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      report("CONFIG-YAML", mark, "an anchor ('&') is not understood here",
             "write values out; `templates:` saves zones from repeating theirs");
    }
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty()) {
      report("CONFIG-YAML", mark, fmt::format("a tag ('{}') is not understood here", tag));
    }
  }

  TreeNode node(NodeKind kind, const YAML::Mark& mark) {
    if (++nodes_ > limits_.nodes) {
      stop("CONFIG-LIMIT", mark, fmt::format("more than {} values", limits_.nodes));
    }
    return {.kind = kind, .line = from_one(mark.line), .column = from_one(mark.column)};
  }

  void begin(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!") refuse_tag(mark, tag);
    if (open_.size() >= limits_.depth) {
      stop("CONFIG-LIMIT", mark,
           fmt::format("more than {} lists and maps within each other", limits_.depth));
    }
    open_.push_back({.node = node(kind, mark)});
  }
  void end() {
    TreeNode done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(TreeNode made) {
    if (open_.empty()) {
      root_ = std::move(made);
      return;
    }
    auto& open = open_.back();
    if (open.node.kind == NodeKind::kList) {
      open.node.items.push_back(std::move(made));
    } else if (!open.key) {
      add_key(open, std::move(made));
    } else {
      // yaml-cpp gives one that is left out the place of whatever comes next.
      if (made.kind == NodeKind::kNull && made.line != open.key->line) {
        made.line = open.key->line;
        made.column = open.key->column;
      }
      if (!open.is_dropped) {
        open.node.keys.push_back(*std::move(open.key));
        open.node.items.push_back(std::move(made));
      }
      open.key.reset();
    }
  }

  void add_key(Open& open, TreeNode key) {
    const YAML::Mark mark = mark_of(key);
    open.is_dropped = !key.is_text() || !open.known.insert(key.text).second;
    if (!key.is_text()) {
      report("CONFIG-YAML", mark, fmt::format("{} where a key is expected", to_text(key.kind)));
    } else if (open.is_dropped) {
      report("CONFIG-KEY-TWICE", mark, fmt::format("'{}' stands here twice", key.text),
             "keep one of them");
    }
    open.key = std::move(key);
  }
  static YAML::Mark mark_of(const TreeNode& node) {
    YAML::Mark mark;
    mark.line = static_cast<int>(node.line) - 1;
    mark.column = static_cast<int>(node.column) - 1;
    return mark;
  }

  const std::string& file_;
  const DocumentLimits& limits_;
  Findings& findings_;
  std::vector<Open> open_;
  std::optional<TreeNode> root_;
  std::size_t nodes_ = 0;
  unsigned documents_ = 0;
};

/// All that yaml-cpp throws ends here.
void parse(std::string_view text, TreeBuilder& builder) {
  const auto mark_nowhere = YAML::Mark::null_mark();
  try {
    // yaml-cpp takes a newline at the end of the file for a missing quote, and would read half of a
    // truncated file; a comment without newline it does not.
    std::istringstream in{std::string(text) + "\n#"};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Stopped&) {
    return;  // reported already
  } catch (const YAML::Exception& e) {
    builder.report("CONFIG-YAML", e.mark, e.msg,
                   "indent with spaces, and put quotes around values with : # @ * & % in them");
  } catch (const std::exception& e) {
    builder.report("CONFIG-YAML", mark_nowhere, e.what());
  }
}

}  // namespace

std::string_view to_text(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNull:
      return "nothing";
    case NodeKind::kPlain:
      return "a word";
    case NodeKind::kQuoted:
      return "a word in quotes";
    case NodeKind::kList:
      return "a list";
    case NodeKind::kMap:
      break;
  }
  return "a map";
}

Document read_document(std::string_view text, const std::string& file,
                       const DocumentLimits& limits) {
  Document document;
  if (text.size() > limits.octets) {
    document.findings.add({.id = "CONFIG-LIMIT",
                           .message = fmt::format("more than {} octets", limits.octets),
                           .place = {file},
                           .hint = "divide it and use `include`"});
    return document;
  }
  TreeBuilder builder(file, limits, document.findings);
  parse(text, builder);
  document.root = builder.take_root();
  // A text of comments alone has no document at all.
  if (!document.root && document.findings.empty()) document.root.emplace();
  return document;
}

}  // namespace danewerk::config
