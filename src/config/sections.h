#pragma once

/// \file
/// The sections of a configuration, each read by a file of its own into one draft. References
/// between sections are kept until all files were read. Not thread-safe.

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/fields.h"

namespace danewerk::config {

/// A zone before its name is filled in: what a template is, too.
struct ZoneDraft {
  ZoneConfig zone{};     ///< without file and output
  std::string file{};    ///< with %s
  std::string output{};  ///< with %s
  Place output_place{};
};

/// A name that another section has to have.
struct Reference {
  enum class Kind : std::uint8_t { kPolicy, kTsig, kZone };
  Kind kind = Kind::kPolicy;
  std::string name;
  Place place;
};

struct Draft {
  Config config{};
  std::map<std::string, ZoneDraft> templates{};
  std::vector<Reference> references{};
  std::map<std::string, Place> output_places{};  ///< by zone
  std::map<std::string, Place> known{};          ///< "zone 'example.org.'" and where it stands
};

/// Remembers that WHAT stands at NODE; CONFIG-TWICE and false when it stood elsewhere before.
bool is_first(const Report& report, const TreeNode& node, const std::string& what, Draft& draft);

/// What Draft::known calls a certificate.
std::string certificate_text(std::string_view name);

// Each takes one entry of its section: the key's node and the value's.
void read_policy(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft);
void read_tsig(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft);
void read_template(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft);
/// REQUIRES: all templates were read.
void read_zone(const Report& report, const TreeNode& key, const TreeNode& value, Draft& draft);
void read_certificate(const Report& report, const TreeNode& key, const TreeNode& value,
                      Draft& draft);

/// `tsig:` of a secondary and the like: the canonical name, and a reference.
void read_tsig_reference(Fields& fields, std::string& target, Draft& draft);

/// A domain name in canonical text: lower case, final dot.
Result<std::string> canonical_name(std::string_view text);

/// What holds between sections: names that are referred to, outputs that are written over.
void check_draft(const Draft& draft, Findings& findings);

}  // namespace danewerk::config
