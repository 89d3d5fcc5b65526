#include <algorithm>

#include <fmt/format.h>

#include "config/sections.h"
#include "dns/name.h"

namespace danewerk::config {

namespace {

/// Every % of a text is %s or %%.
Result<std::string> parse_pattern(const std::string& text) {
  for (std::size_t i = text.find('%'); i != std::string::npos; i = text.find('%', i + 2)) {
    if (i + 1 < text.size() && (text[i + 1] == 's' || text[i + 1] == '%')) continue;
    return fail(Errc::kBadInput, fmt::format("'{}' has a % that is neither %s nor %%", text),
                "%s is the zone's name, %% a percent sign");
  }
  return text;
}

/// REQUIRES: parse_pattern took it.
std::string fill_in(std::string_view pattern, std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      text += pattern[i];
    } else if (pattern[++i] == 's') {
      text += name;
    } else {
      text += '%';
    }
  }
  return text;
}

/// The zone's name as users write it: no final dot.
std::string spoken_name(const std::string& canonical) {
  return canonical == "." ? "root" : canonical.substr(0, canonical.size() - 1);
}

/// A name as it may stand in a path: RFC 2317 has slashes in names.
std::string name_for_path(const std::string& canonical) {
  auto name = spoken_name(canonical);
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

Result<mode_t> parse_output_mode(const std::string& text) {
  mode_t mode = 0;
  const bool is_octal = text.size() >= 3 && text.size() <= 4 &&
                        text.find_first_not_of("01234567") == std::string::npos;
  if (is_octal) mode = static_cast<mode_t>(std::stoul(text, nullptr, 8));
  constexpr mode_t kOwner = 0600;
  constexpr mode_t kAllowed = 0664;
  if (is_octal && (mode & kOwner) == kOwner && (mode & ~kAllowed) == 0) return mode;
  return fail(Errc::kBadInput, fmt::format("'{}' is not a mode for the signed file", text),
              "octal digits, 0600 to 0664: others may read it at most");
}

void read_patterns(Fields& fields, ZoneDraft& draft) {
  fields.parsed("file", draft.file, parse_pattern);
  fields.parsed("output", draft.output, parse_pattern);
  if (const auto* node = fields.get("output"); node != nullptr) {
    draft.output_place = fields.report().place(*node);
  }
  fields.parsed("output-mode", draft.zone.output_mode, parse_output_mode);
  auto& command = draft.zone.after_publish;
  fields.words("after-publish", command.words);
  fields.span("after-publish-timeout", command.timeout,
              {.least = seconds(1), .most = std::chrono::hours(1)});
  const auto* words = fields.get("after-publish");
  for (const auto& word : command.words) {
    if (const auto good = parse_pattern(word); !good && words != nullptr) {
      fields.report().error("CONFIG-VALUE", *words, good.error());
      command.words.clear();
      return;
    }
  }
}

Secondary read_secondary(const Report& report, const TreeNode& node, Draft& draft) {
  Secondary secondary;
  Fields fields(report, node, "secondary");
  if (fields.require("address") != nullptr) {
    fields.parsed("address", secondary.endpoint.address, parse_address);
  }
  fields.number("port", secondary.endpoint.port, {1, 65'535});
  read_tsig_reference(fields, secondary.tsig, draft);
  fields.flag("notify", secondary.notify);
  fields.flag("observe", secondary.observe);
  fields.finish();
  return secondary;
}

Transfer read_transfer(const Report& report, const TreeNode& node, Draft& draft) {
  Transfer transfer;
  Fields fields(report, node, "allow-transfer");
  if (fields.require("address") != nullptr) {
    fields.parsed("address", transfer.network, parse_network);
  }
  read_tsig_reference(fields, transfer.tsig, draft);
  fields.finish();
  return transfer;
}

std::vector<Secondary> read_secondaries(const Report& report, const TreeNode& node, Draft& draft) {
  std::vector<Secondary> secondaries;
  for (const auto& item : list_items(report, node, "secondaries")) {
    auto secondary = read_secondary(report, item, draft);
    const auto is_same = [&](const Secondary& other) {
      return other.endpoint == secondary.endpoint && !other.endpoint.address.empty();
    };
    if (std::any_of(secondaries.begin(), secondaries.end(), is_same)) {
      report.error("CONFIG-TWICE", item,
                   fmt::format("secondary {} stands here twice", to_text(secondary.endpoint)));
    }
    secondaries.push_back(std::move(secondary));
  }
  return secondaries;
}

void read_partners(Fields& fields, ZoneConfig& zone, Draft& draft) {
  const auto& report = fields.report();
  if (const auto* node = fields.get("secondaries"); node != nullptr) {
    zone.secondaries = read_secondaries(report, *node, draft);
  }
  if (const auto* node = fields.get("allow-transfer"); node != nullptr) {
    zone.allow_transfer.clear();
    for (const auto& item : list_items(report, *node, "allow-transfer")) {
      zone.allow_transfer.push_back(read_transfer(report, item, draft));
    }
  }
}

Parents read_parent_zone(const Report& report, const TreeNode& node, Draft& draft) {
  ParentZone parent;
  Fields fields(report, node, "parents");
  if (fields.require("zone") != nullptr) fields.parsed("zone", parent.name, canonical_name);
  fields.finish();
  if (!parent.name.empty()) {
    draft.references.push_back({Reference::Kind::kZone, parent.name, report.place(node)});
  }
  return parent;
}

Parents read_parent_servers(const Report& report, const TreeNode& node) {
  ParentServers parents;
  const auto words = list_of_words(report, node, "parents");
  if (words && words->empty()) {
    report.error("CONFIG-VALUE", node, "parents: an empty list", "'none' says that there are none");
  }
  for (const auto& word : words.value_or(std::vector<std::string>())) {
    auto endpoint = parse_endpoint(word, kDnsPort);
    if (endpoint) {
      parents.servers.push_back(*std::move(endpoint));
    } else {
      report.error("CONFIG-VALUE", node, std::move(endpoint).error().in("parents"));
    }
  }
  return parents;
}

void read_parents(Fields& fields, ZoneConfig& zone, Draft& draft) {
  const auto* node = fields.get("parents");
  if (node == nullptr) return;
  if (node->kind == NodeKind::kMap) {
    zone.parents = read_parent_zone(fields.report(), *node, draft);
  } else if (node->kind == NodeKind::kList) {
    zone.parents = read_parent_servers(fields.report(), *node);
  } else {
    fields.choice<Parents>("parents", zone.parents,
                           {{"auto", ParentsAuto()}, {"none", ParentsNone()}});
  }
}

/// What a zone and a template have in common. DRAFTED holds the values of keys that are not there.
void read_zone_keys(Fields& fields, ZoneDraft& drafted, Draft& draft) {
  auto& zone = drafted.zone;
  fields.text("policy", zone.policy);
  if (const auto* node = fields.get("policy"); node != nullptr && node->is_text()) {
    draft.references.push_back(
        {Reference::Kind::kPolicy, node->text, fields.report().place(*node)});
  }
  read_patterns(fields, drafted);
  read_partners(fields, zone, draft);
  read_parents(fields, zone, draft);
}

/// The template that a zone names, or nothing but defaults.
ZoneDraft start_from_template(Fields& fields, const Draft& draft) {
  std::string name;
  fields.text("template", name);
  if (name.empty()) return {};
  const auto found = draft.templates.find(name);
  if (found != draft.templates.end()) return found->second;
  const auto near = nearest_key(draft.templates, name);
  fields.report().error("CONFIG-NAME-UNKNOWN", *fields.get("template"),
                        fmt::format("there is no template '{}'", name),
                        near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  return {};
}

ZoneConfig finished(const Report& report, ZoneDraft drafted) {
  auto& zone = drafted.zone;
  const auto name = name_for_path(zone.name);
  zone.file = absolute_path(report, fill_in(drafted.file, name));
  if (!drafted.output.empty()) zone.output = absolute_path(report, fill_in(drafted.output, name));
  for (auto& word : zone.after_publish.words) word = fill_in(word, spoken_name(zone.name));
  return std::move(zone);
}

}  // namespace

void read_template(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft) {
  const std::string what = fmt::format("template '{}'", key.text);
  if (!is_first(report, key, what, draft)) return;
  ZoneDraft drafted;
  Fields fields(report, value, what);
  read_zone_keys(fields, drafted, draft);
  fields.finish();
  draft.templates.insert_or_assign(key.text, std::move(drafted));
}

void read_zone(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft) {
  const auto name = canonical_name(key.text);
  if (!name) {
    report.error("CONFIG-VALUE", key, name.error());
    return;
  }
  const std::string what = fmt::format("zone '{}'", *name);
  if (!is_first(report, key, what, draft)) return;
  Fields fields(report, value, what);
  auto drafted = start_from_template(fields, draft);
  drafted.zone.name = *name;
  drafted.zone.place = report.place(key);
  read_zone_keys(fields, drafted, draft);
  const bool is_map = value.kind == NodeKind::kMap || value.kind == NodeKind::kNull;
  if (drafted.file.empty() && fields.get("file") == nullptr && is_map) {
    report.error("CONFIG-KEY-MISSING", key, what + ": 'file' is missing",
                 "the zone file to sign, or a template that has one");
  } else if (drafted.file.empty() && is_map && fields.get("file")->is_text() &&
             fields.get("file")->text.empty()) {
    report.error("CONFIG-VALUE", *fields.get("file"), what + ": 'file' is empty");
  }
  fields.finish();
  if (drafted.file.empty()) return;
  if (!drafted.output.empty()) draft.output_places.emplace(*name, drafted.output_place);
  draft.config.zones.insert_or_assign(*name, finished(report, std::move(drafted)));
}

}  // namespace danewerk::config
