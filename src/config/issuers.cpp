#include "config/issuers.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/access.h"
#include "config/document.h"
#include "config/fields.h"

namespace danewerk::config {

namespace {

constexpr std::uint64_t kMaxOctets = 8U << 20;
constexpr std::size_t kDigestOctets = 32;

/// A word of an enumeration of the model.
template <class T, class Parse>
auto word_of(Parse parse, std::string_view choices) {
  return [parse, choices](const std::string& text) -> Result<T> {
    const auto value = parse(text);
    if (value) return *value;
    return fail(Errc::kBadInput, fmt::format("'{}' is none of {}", text, choices));
  };
}

Result<Bytes> parse_digest(const std::string& text) {
  auto digest = from_hex(text);
  if (digest && digest->size() == kDigestOctets) return *std::move(digest);
  return fail(Errc::kBadInput, fmt::format("'{}' is no SHA-256 digest in hexadecimal", text));
}

void read_certificate_text(Fields& fields, std::string& pem) {
  const auto* node = fields.require("certificate");
  if (node == nullptr) return;
  if (node->is_text() && node->text.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
    pem = node->text;
    return;
  }
  fields.report().error("CONFIG-VALUE", *node, "certificate: no certificate in PEM",
                        "write | after the colon, and the PEM text on lines of its own below");
}

class Reader {
 public:
  Reader(ReadIssuers& out, const Path& file)
      : out_(out), report_{file.string(), file.parent_path(), out.findings} {}

  void read(const TreeNode& root) {
    Fields top(report_, root, "file of issuers");
    top.text("authority", authority_);
    const auto* list = top.require("issuers");
    top.finish();
    if (list == nullptr) return;
    for (const auto& item : list_items(report_, *list, "issuers")) read_entry(item);
  }

 private:
  void read_entry(const TreeNode& node) {
    const auto errors_before = out_.findings.count(Level::kError);
    model::Issuer issuer{.authority = authority_, .place = report_.place(node)};
    Fields fields(report_, node, "issuer");
    if (fields.require("name") != nullptr) fields.text("name", issuer.name);
    fields.text("authority", issuer.authority);
    read_words(fields, issuer);
    fields.text("from", issuer.provenance);
    read_certificate_text(fields, issuer.pem);
    fields.finish();
    if (issuer.authority.empty()) {
      report_.error("CONFIG-KEY-MISSING", node, "issuer: 'authority' is missing",
                    "at the top of the file it is that of all its issuers");
    }
    if (out_.findings.count(Level::kError) == errors_before) {
      out_.issuers.push_back(std::move(issuer));
    }
  }

  static void read_words(Fields& fields, model::Issuer& issuer) {
    using model::IssuerRole;
    using model::IssuerState;
    using model::KeyFamily;
    if (fields.require("role") != nullptr) {
      fields.parsed("role", issuer.role,
                    word_of<IssuerRole>(model::issuer_role_from_text, "issuer, root, cross"));
    }
    if (fields.require("family") != nullptr) {
      fields.parsed("family", issuer.family,
                    word_of<KeyFamily>(model::key_family_from_text, "rsa, ecdsa"));
    }
    if (fields.require("state") != nullptr) {
      fields.parsed("state", issuer.state,
                    word_of<IssuerState>(model::issuer_state_from_text,
                                         "active, backup, retired, expired, staging, revoked"));
    }
    if (fields.require("spki-sha256") != nullptr) {
      fields.parsed("spki-sha256", issuer.key_digest, parse_digest);
    }
  }

  ReadIssuers& out_;
  Report report_;
  std::string authority_;
};

void append(ReadIssuers& to, ReadIssuers more) {
  std::move(more.issuers.begin(), more.issuers.end(), std::back_inserter(to.issuers));
  to.findings.merge(std::move(more.findings));
}

/// Those that came with danewerk; none when it is not installed.
std::vector<Path> shipped_files() {
  std::vector<Path> files;
  std::error_code error;
  std::filesystem::directory_iterator at(shipped_issuers(), error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".yaml") files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

ReadIssuers read_issuers_text(std::string_view text, const Path& file) {
  ReadIssuers out;
  auto document = read_document(text, file.string());
  out.findings.merge(std::move(document.findings));
  if (document.root) Reader(out, file).read(*document.root);
  return out;
}

ReadIssuers read_issuers(const Path& file) {
  const auto text = read_trusted_file(file, kMaxOctets);
  if (text) return read_issuers_text(*text, file);
  const auto& error = text.error();
  ReadIssuers out;
  out.findings.add({.id = error.code() == Errc::kRefused ? "CONFIG-ACCESS" : "CONFIG-UNREADABLE",
                    .message = error.message(),
                    .place = {.file = file.string()},
                    .hint = error.hint()});
  return out;
}

ReadIssuers read_all_issuers(const std::vector<Path>& files) {
  ReadIssuers out;
  for (const auto& file : shipped_files()) append(out, read_issuers(file));
  for (const auto& file : files) append(out, read_issuers(file));
  return out;
}

Path shipped_issuers() {
  return Path(DW_DATA_DIR) / "issuers";
}

}  // namespace danewerk::config
