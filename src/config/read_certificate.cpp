#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/read_update.h"
#include "config/sections.h"

namespace danewerk::config {

namespace {

constexpr std::array<std::string_view, 12> kProfiles{
    "smtp",  "submission",  "smtps",       "imap",  "imaps", "pop3",
    "pop3s", "xmpp-client", "xmpp-server", "https", "dot",   "tls"};

/// An unplanned change takes a TTL: what is longer than a day is no plan (RFC 7671 section 13).
constexpr seconds kLongestTtl = std::chrono::days(1);
/// More is no care any more: a factor of 10 and a TTL of a day are ten days.
constexpr Range kFactors{.least = 1, .most = 10};
constexpr seconds kLongestMargin = std::chrono::days(1);
constexpr seconds kLongestRollback = std::chrono::days(90);

Result<mode_t> parse_served_mode(const std::string& text) {
  mode_t mode = 0;
  const bool is_octal = text.size() >= 3 && text.size() <= 4 &&
                        text.find_first_not_of("01234567") == std::string::npos;
  if (is_octal) mode = static_cast<mode_t>(std::stoul(text, nullptr, 8));
  if (is_octal && (mode & 0400U) != 0 && (mode & ~mode_t{0660}) == 0) return mode;
  return fail(Errc::kBadInput, fmt::format("'{}' is not a mode for a private key", text),
              "octal digits, 0400 to 0660: others must not reach it");
}

Result<ServedFolder::By> parse_by(const std::string& text) {
  if (text == "run") return ServedFolder::By::kRun;
  if (text == "deploy") return ServedFolder::By::kDeploy;
  return fail(Errc::kBadInput, fmt::format("'{}' serves nothing", text),
              "run, or deploy: root, by danewerk deploy");
}

/// "3 1 1".
Result<TlsaForm> parse_form(std::string_view text) {
  const auto bad = [text](std::string why, std::string hint) {
    return fail(Errc::kBadInput, fmt::format("'{}' {}", text, why), std::move(hint));
  };
  std::array<std::uint8_t, 3> numbers{};
  std::string_view rest = text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto space = i + 1 < numbers.size() ? rest.find(' ') : rest.size();
    const auto value = parse_decimal(rest.substr(0, space), 255);
    if (!value || space == std::string_view::npos) {
      return bad("is not usage, selector and matching type", "write them as in 3 1 1");
    }
    numbers.at(i) = static_cast<std::uint8_t>(*value);
    rest.remove_prefix(std::min(rest.size(), space + 1));
  }
  const TlsaForm form{numbers[0], numbers[1], numbers[2]};
  if (form.usage > 3) {
    return bad("has a usage that does not exist (RFC 6698 section 2.1.1)", "use 3 1 1 and 2 1 1");
  }
  if (form.usage < 2) {
    return bad("is not for DANE without public authorities (RFC 7672 section 3.1.3)",
               "use 3 1 1 and 2 1 1");
  }
  if (form.selector > 1 || form.matching == 0 || form.matching > 2) {
    return bad("is no record that clients can be relied upon to take",
               "selector 0 or 1, matching type 1 (SHA-256) or 2 (SHA-512)");
  }
  return form;
}

/// "mx1.example.org:25/smtp"; the profile may be left out for plain TLS.
Result<Service> parse_service(std::string_view text) {
  const auto bad = [text](std::string_view what) {
    return fail(Errc::kBadInput, fmt::format("'{}': {}", text, what),
                "write HOST:PORT/PROFILE, such as mx1.example.org:25/smtp");
  };
  const auto slash = text.rfind('/');
  const auto colon = text.substr(0, slash).rfind(':');
  if (colon == std::string_view::npos || slash == std::string_view::npos) {
    return bad("not HOST:PORT/PROFILE");
  }
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (parse_address(host)) {
    return fail(Errc::kBadInput,
                fmt::format("'{}': an address, where a host's name is expected", text),
                "TLSA records stand below names: write the one that clients look up, such as "
                "mx1.example.org:25/smtp");
  }
  Service service;
  DW_TRY(service.host, canonical_name(text.substr(0, colon)));
  const auto port = text.substr(colon + 1, slash - colon - 1);
  const auto number = parse_decimal(port, 65'535);
  if (!number || *number == 0) return bad("not a port");
  service.port = static_cast<std::uint16_t>(*number);
  service.profile = text.substr(slash + 1);
  if (std::find(kProfiles.begin(), kProfiles.end(), service.profile) == kProfiles.end()) {
    return fail(Errc::kBadInput,
                fmt::format("'{}': profile '{}' is not known", text, service.profile),
                "smtp, submission, smtps, imap, imaps, pop3, pop3s, xmpp-client, xmpp-server, "
                "https, dot or tls");
  }
  if (service.host == ".") return bad("the root is no host");
  return service;
}

void read_probe(Fields& fields, Probe& probe) {
  fields.choice<Probe>(
      "probe", probe,
      {{"network", Probe::kNetwork}, {"local", Probe::kLocal}, {"none", Probe::kNone}});
}

/// "HOST:PORT/PROFILE". \param like  what else is said of it.
void read_service_text(const Report& report, const TreeNode& node, const Service& like,
                       Certificate& certificate) {
  if (!node.is_text()) {
    report.error("CONFIG-TYPE", node,
                 fmt::format("services: {} instead of HOST:PORT/PROFILE", to_text(node.kind)));
    return;
  }
  auto service = parse_service(node.text);
  if (!service) {
    report.error("CONFIG-VALUE", node, std::move(service).error().in("services"));
    return;
  }
  service->probe = like.probe;
  service->records_at = like.records_at;
  const auto same = [&](const Service& other) {
    return other.host == service->host && other.port == service->port;
  };
  if (std::any_of(certificate.services.begin(), certificate.services.end(), same)) {
    report.error("CONFIG-TWICE", node, fmt::format("service '{}' stands here twice", node.text));
    return;
  }
  certificate.services.push_back(*std::move(service));
}

/// A word, or {service: WORD, probe: WORD, records-at: NAME}.
void read_service(const Report& report, const TreeNode& node, Probe probe,
                  Certificate& certificate) {
  Service like;
  like.probe = probe;
  if (node.kind != NodeKind::kMap) {
    read_service_text(report, node, like, certificate);
    return;
  }
  Fields fields(report, node, "services");
  const auto* text = fields.require("service");
  read_probe(fields, like.probe);
  fields.parsed("records-at", like.records_at, canonical_name);
  fields.finish();
  if (text != nullptr) read_service_text(report, *text, like, certificate);
}

void read_services(Fields& fields, Certificate& certificate) {
  Probe probe = Probe::kNetwork;
  read_probe(fields, probe);
  const auto* node = fields.require("services");
  if (node == nullptr) return;
  const auto& items = list_items(fields.report(), *node, "services");
  const bool is_list = node->kind == NodeKind::kList || node->kind == NodeKind::kNull;
  if (is_list && items.empty()) {
    fields.report().error("CONFIG-VALUE", *node, "services: an empty list",
                          "name who presents the certificate, such as mx1.example.org:25/smtp");
  }
  for (const auto& item : items) {
    read_service(fields.report(), item, probe, certificate);
  }
}

void read_records(Fields& fields, Certificate& certificate) {
  const auto* node = fields.get("records");
  if (node == nullptr) return;
  const auto& report = fields.report();
  const auto words = list_of_words(report, *node, "records");
  if (!words) return;
  std::vector<TlsaForm> forms;
  for (const auto& word : *words) {
    auto form = parse_form(word);
    if (!form) {
      report.error("CONFIG-VALUE", *node, std::move(form).error().in("records"));
    } else if (std::find(forms.begin(), forms.end(), *form) != forms.end()) {
      report.error("CONFIG-TWICE", *node, fmt::format("records: '{}' stands here twice", word));
    } else {
      forms.push_back(*form);
    }
  }
  if (forms.empty() && words->empty()) {
    report.error("CONFIG-VALUE", *node, "records: an empty list", "leave it out for 3 1 1");
  }
  if (!forms.empty()) certificate.records = forms;
}

void read_serve(Fields& fields, const std::string& what, Certificate& certificate) {
  const auto* node = fields.get("serve");
  if (node == nullptr) return;
  ServedFolder served;
  Fields keys(fields.report(), *node, what + ": serve");
  if (keys.require("directory") != nullptr) keys.path("directory", served.directory);
  keys.text("owner", served.owner);
  keys.text("group", served.group);
  keys.parsed("mode", served.mode, parse_served_mode);
  keys.parsed("by", served.by, parse_by);
  keys.finish();
  certificate.serve = served;
}

/// How careful the gates are.
void read_care(Fields& fields, Certificate& certificate) {
  fields.number("ttl-factor", certificate.ttl_factor, kFactors);
  fields.span("margin", certificate.margin, {.most = kLongestMargin});
  fields.choice<bool>("gate", certificate.is_gate_relaxed, {{"strict", false}, {"relaxed", true}});
  fields.choice<bool>("new-key", certificate.is_new_key_served_at_once,
                      {{"announced", false}, {"at-once", true}});
  fields.span("rollback", certificate.rollback, {.most = kLongestRollback});
  const bool is_any = certificate.key_policy == CertificateKeyPolicy::kAny;
  if (!certificate.is_new_key_served_at_once || is_any) return;
  fields.report().error("CONFIG-CONFLICT", fields.node(),
                        "'new-key: at-once' relies on the record of the new key's issuer, and is "
                        "for 'key-policy: any' alone",
                        "key-policy: any, records: [3 1 1, 2 1 1]");
}

void check_key_policy(const Fields& fields, const Certificate& certificate) {
  if (certificate.key_policy != CertificateKeyPolicy::kAny) return;
  const auto is_issuer = [](const TlsaForm& form) { return form.usage == 2; };
  if (certificate.is_key_pinned) {
    fields.report().error("CONFIG-CONFLICT", fields.node(),
                          "'pin-key' refuses the new keys that 'key-policy: any' expects",
                          "use key-policy: stable");
  }
  // Nothing announced would cover the next key (tlsa: mode issuer).
  if (std::none_of(certificate.records.begin(), certificate.records.end(), is_issuer)) {
    fields.report().error("CONFIG-CONFLICT", fields.node(),
                          "'key-policy: any' needs a record of usage 2, which the next key keeps",
                          "records: [3 1 1, 2 1 1]");
  }
}

/// It is a word of command lines and a file's name.
bool is_good_name(const Report& report, const TreeNode& key) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  const auto& name = key.text;
  std::string_view why;
  if (name.empty()) {
    why = "a certificate without a name";
  } else if (name.front() == '-') {
    why = "a certificate's name that commands would take for an option";
  } else if (std::ranges::any_of(name, is_control)) {
    why = "a certificate's name with a control character";
  }
  if (why.empty()) return true;
  report.error("CONFIG-VALUE", key, std::string(why), "a word, such as mail");
  return false;
}

}  // namespace

std::string_view to_text(CertificateKeyPolicy policy) {
  switch (policy) {
    case CertificateKeyPolicy::kNext:
      return "next";
    case CertificateKeyPolicy::kAny:
      return "any";
    case CertificateKeyPolicy::kStable:
      break;
  }
  return "stable";
}

std::string asked_name(const Service& service) {
  return fmt::format("_{}._tcp.{}", service.port, service.host);
}

std::string owner_name(const Service& service) {
  return service.records_at.empty() ? asked_name(service) : service.records_at;
}

std::string to_text(const Service& service) {
  return fmt::format("{}:{}/{}", std::string_view(service.host).substr(0, service.host.size() - 1),
                     service.port, service.profile);
}

void read_certificate(const Report& report, const TreeNode& key, const TreeNode& value,
                      Draft& draft) {
  if (!is_good_name(report, key)) return;
  const auto what = certificate_text(key.text);
  if (!is_first(report, key, what, draft)) return;
  Certificate certificate;
  certificate.name = key.text;
  certificate.place = report.place(key);
  Fields fields(report, value, what);
  if (fields.require("certificate") != nullptr) {
    fields.path("certificate", certificate.certificate);
  }
  Path file;
  fields.path("key", file);
  if (!file.empty()) certificate.key = file;
  fields.choice<CertificateKeyPolicy>("key-policy", certificate.key_policy,
                                      {{"stable", CertificateKeyPolicy::kStable},
                                       {"next", CertificateKeyPolicy::kNext},
                                       {"any", CertificateKeyPolicy::kAny}});
  fields.flag("pin-key", certificate.is_key_pinned);
  fields.flag("learn-issuers", certificate.learns_issuers);
  fields.choice<bool>("next-key", certificate.is_next_key_manual,
                      {{"auto", false}, {"manual", true}});
  read_records(fields, certificate);
  read_serve(fields, what, certificate);
  fields.words("reload", certificate.reload.words);
  fields.span("reload-timeout", certificate.reload.timeout,
              {.least = seconds(1), .most = std::chrono::hours(1)});
  read_services(fields, certificate);
  fields.span("ttl", certificate.ttl, {.most = kLongestTtl});
  read_care(fields, certificate);
  certificate.update = read_update(fields, what, draft);
  fields.finish();
  check_key_policy(fields, certificate);
  draft.config.certificates.insert_or_assign(certificate.name, std::move(certificate));
}

}  // namespace danewerk::config
