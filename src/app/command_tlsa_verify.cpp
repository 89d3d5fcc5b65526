#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "app/report_text.h"

namespace danewerk::app {

namespace {

/// Codes of monitoring plug-ins.
enum class PluginState : std::uint8_t { kOk = 0, kWarning = 1, kCritical = 2, kUnknown = 3 };

std::string_view to_text(PluginState state) {
  switch (state) {
    case PluginState::kOk:
      return "OK";
    case PluginState::kWarning:
      return "WARNING";
    case PluginState::kCritical:
      return "CRITICAL";
    case PluginState::kUnknown:
      break;
  }
  return "UNKNOWN";
}

ExitCode plugin_code(PluginState state) {
  return static_cast<ExitCode>(state);
}

Result<probe::Wish> wish_of(const TlsaVerifyCommand& command) {
  probe::Wish wish;
  for (const auto& text : command.services) {
    DW_TRY(auto target, probe::target_from_text(text));
    if (!command.options.domain.empty()) {
      DW_TRY(target.domain, dns::name_from_text(command.options.domain));
    }
    wish.targets.push_back(std::move(target));
  }
  for (const auto& text : command.domains) {
    DW_TRY(auto domain, dns::name_from_text(text));
    wish.domains.push_back(std::move(domain));
  }
  if (wish.targets.empty() && wish.domains.empty()) {
    return fail(Errc::kBadInput, "no service to look at",
                "danewerk tlsa verify mx1.example.org:25/smtp, or --mx example.org");
  }
  return wish;
}

/// What is nobody's fault here and says nothing of the service either.
bool is_unknown(const std::vector<probe::Report>& reports) {
  return std::ranges::any_of(reports, [](const probe::Report& report) {
    return report.is_unknown ||
           std::ranges::any_of(report.services, [](const probe::ServiceReport& service) {
             return service.verdict == probe::Verdict::kUnknown;
           });
  });
}

bool is_broken(const std::vector<probe::Report>& reports) {
  return std::ranges::any_of(reports, [](const probe::Report& report) {
    return std::ranges::any_of(report.services, [](const probe::ServiceReport& service) {
      return service.verdict == probe::Verdict::kBroken;
    });
  });
}

PluginState state_of(const std::vector<probe::Report>& reports, const Findings& findings) {
  if (is_broken(reports)) return PluginState::kCritical;
  if (is_unknown(reports)) return PluginState::kUnknown;
  if (findings.has_errors()) return PluginState::kCritical;
  return findings.count(Level::kWarning) != 0 ? PluginState::kWarning : PluginState::kOk;
}

using Life = std::optional<probe::ServiceReport::Life>;

/// Of each kind, the one that ends first.
std::vector<std::pair<std::string_view, sys_seconds>> first_ends(
    const std::vector<probe::Report>& reports) {
  Life leaf;
  Life issuer;
  Life signature;
  const auto keep = [](Life& kept, const Life& life) {
    if (life && (!kept || life->end < kept->end)) kept = life;
  };
  for (const auto& report : reports) {
    for (const auto& service : report.services) {
      keep(leaf, service.leaf);
      keep(issuer, service.issuer);
      keep(signature, service.signature);
    }
  }
  std::vector<std::pair<std::string_view, sys_seconds>> out;
  if (leaf) out.emplace_back("certificate", leaf->end);
  if (issuer) out.emplace_back("issuer", issuer->end);
  if (signature) out.emplace_back("signature", signature->end);
  return out;
}

/// What there is to say in one line, between semicolons.
std::string trouble_text(const std::vector<probe::Report>& reports, const Findings& findings) {
  std::vector<std::string> parts;
  for (const auto& report : reports) {
    for (const auto& service : report.services) {
      if (service.verdict == probe::Verdict::kProtected) continue;
      parts.push_back(fmt::format("{} {}: {}", probe::to_text(service.target),
                                  probe::to_text(service.verdict), service.reason));
    }
  }
  for (const auto& finding : findings.list()) {
    if (finding.level == Level::kInfo) continue;
    parts.push_back(fmt::format("[{}] {}{}{}", finding.id, finding.owner,
                                finding.owner.empty() ? "" : ": ", finding.message));
  }
  auto text = fmt::format("{}", fmt::join(parts, "; "));
  // A bar begins the figures.
  std::ranges::replace(text, '|', '/');
  return text;
}

/// Days for people, seconds for programs: plug-ins have no unit for days.
ExitCode print_check(const std::vector<probe::Report>& reports, const Findings& findings,
                     sys_seconds now) {
  const auto state = state_of(reports, findings);
  const auto text = trouble_text(reports, findings);
  std::size_t services = 0;
  for (const auto& report : reports) services += report.services.size();
  std::vector<std::string> days;
  auto figures = fmt::format("services={}", services);
  for (const auto& [name, end] : first_ends(reports)) {
    days.push_back(fmt::format("{} {}", name, days_left(end, now)));
    figures += fmt::format(" {}={}s", name, (end - now).count());
  }
  print_line(fmt::format("{} - {} service{}{}{}{}{} | {}", to_text(state), services,
                         services == 1 ? "" : "s", text.empty() ? "" : ": ", text,
                         days.empty() ? "" : "; ", fmt::join(days, ", "), figures));
  return plugin_code(state);
}

void print_json(const std::vector<probe::Report>& reports, const Findings& findings,
                sys_seconds now) {
  nlohmann::ordered_json json;
  json["reports"] = nlohmann::ordered_json::array();
  for (const auto& report : reports) json["reports"].push_back(report_json(report, now));
  json["findings"] = nlohmann::ordered_json::parse(findings_json(findings));
  // What servers say may be no UTF-8.
  print_line(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

ExitCode run(const TlsaVerifyCommand& command, const Voice& voice) {
  const auto wrong = [&](const Error& error) {
    if (command.is_check) {
      print_line(fmt::format("UNKNOWN - {}", error.message()));
      return plugin_code(PluginState::kUnknown);
    }
    print_error(error, voice);
    return error.code() == Errc::kBadInput ? ExitCode::kUsage : exit_code(error);
  };
  const auto wish = wish_of(command);
  if (!wish) return wrong(wish.error());
  const auto options = understood(command.options, command.now, command.at);
  if (!options) return wrong(options.error());
  const auto reports = probe::look(*wish, *options);
  if (!reports) return wrong(reports.error());
  Findings findings;
  for (const auto& report : *reports) findings.merge(report.findings);
  if (command.is_check) return print_check(*reports, findings, command.at);
  if (voice.form == Voice::Form::kJson) {
    print_json(*reports, findings, command.at);
  } else {
    for (const auto& report : *reports) print_report(report, command.at);
    print_findings(findings, voice);
  }
  return exit_code(findings, voice);
}

}  // namespace danewerk::app
