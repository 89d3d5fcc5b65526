#include <algorithm>

#include <fmt/format.h>

#include "probe/ids.h"
#include "probe/judge.h"

namespace danewerk::probe {

namespace {

using net::Security;
using Kind = ServerView::Kind;

std::string server_text(const ServerView& view) {
  return fmt::format("{} ({}{})", view.name, to_text(view.endpoint),
                     view.transport == net::Transport::kTcp ? ", TCP" : "");
}

std::string question_text(const net::Lookup& lookup) {
  return fmt::format("{} {}", dns::to_text(lookup.question.name),
                     dns::to_text(lookup.question.type));
}

void judge_lookup(const Subject& subject, Remarks& remarks) {
  const auto& lookup = subject.sight.lookup;
  if (lookup.security == Security::kBogus) {
    remarks.add({.id = ids::kBogus,
                 .message = fmt::format("{} cannot be validated: {}", subject.what, lookup.why),
                 .owner = question_text(lookup),
                 .hint = "validating clients get no answer here; mail waits in their queues"});
  }
  if (lookup.security == Security::kFailed) {
    remarks.add({.id = ids::kLookupFailed,
                 .message = fmt::format("{} cannot be looked up: {}", subject.what, lookup.why),
                 .owner = question_text(lookup)});
  }
}

/// What stops a server from saying anything that could be compared.
void judge_silence(const Subject& subject, const ServerView& view, Remarks& remarks) {
  if (view.kind == Kind::kSilent) {
    remarks.add({.id = ids::kServerSilent,
                 .level = Level::kWarning,
                 .message = fmt::format("name server {} {}", server_text(view), view.why)});
  }
  if (view.kind == Kind::kNoRoute) {
    remarks.add({.id = ids::kNoRoute,
                 .level = Level::kInfo,
                 .message = fmt::format("name server {} {}", server_text(view), view.why)});
  }
  if (view.kind == Kind::kLame) {
    remarks.add({.id = ids::kServerLame,
                 .message = fmt::format("name server {} {}", server_text(view), view.why),
                 .owner = question_text(subject.sight.lookup)});
  }
}

void judge_signature(const Subject& subject, const ServerView& view, Remarks& remarks) {
  if (view.kind != Kind::kAnswers || view.is_signed || !subject.sight.lookup.is_secure()) return;
  remarks.add({.id = ids::kServerUnsigned,
               .message = fmt::format("name server {} gives {} without signature",
                                      server_text(view), subject.what),
               .owner = question_text(subject.sight.lookup),
               .hint = "resolvers that ask this server get no answer"});
}

void judge_differences(const Subject& subject, Remarks& remarks) {
  const auto& servers = subject.sight.servers;
  const auto answers = [](const ServerView& view) { return view.kind == Kind::kAnswers; };
  const auto first = std::ranges::find_if(servers, answers);
  if (first == servers.end()) return;
  for (auto view = first + 1; view != servers.end(); ++view) {
    const bool is_same =
        !answers(*view) || (view->records == first->records && view->rcode == first->rcode &&
                            view->is_alias == first->is_alias);
    if (is_same) continue;
    remarks.add({.id = ids::kServersDiffer,
                 .level = Level::kWarning,
                 .message = fmt::format("{}: name servers {} and {} differ", subject.what,
                                        server_text(*first), server_text(*view)),
                 .owner = question_text(subject.sight.lookup),
                 .hint = "one of them may not have the newest version of the zone yet"});
  }
}

void judge_host(const ServiceReport& service, Remarks& remarks) {
  const auto owner = dns::to_text(service.target.host);
  const auto is_empty = [](const Sight& sight) {
    return sight.lookup.is_usable() && sight.lookup.records.empty();
  };
  if (!std::ranges::all_of(service.addresses, is_empty)) return;
  const bool is_gone = std::ranges::any_of(service.addresses, [](const Sight& sight) {
    return sight.lookup.rcode == dns::Rcode::kNxDomain;
  });
  remarks.add({.id = is_gone ? ids::kNoName : ids::kNoAddress,
               .message = is_gone ? "the host does not exist" : "the host has no address",
               .owner = owner});
}

void judge_aliases(const ServiceReport& service, Remarks& remarks) {
  if (service.aliases.empty()) return;
  const bool is_mail = service.preference.has_value();
  remarks.add(
      {.id = ids::kAlias,
       .level = is_mail ? Level::kWarning : Level::kInfo,
       .message = fmt::format(
           "the host is an alias of {}{}", dns::to_text(service.addresses.front().lookup.last),
           is_mail ? ", which MX hosts must not be (RFC 2181 section 10.3)" : ""),
       .owner = dns::to_text(service.target.host)});
}

void judge_security(const ServiceReport& service, Remarks& remarks) {
  const auto is_insecure = [](const Sight& sight) {
    return sight.lookup.security == Security::kInsecure;
  };
  const auto owner = dns::to_text(service.target.host);
  const auto& tlsa = service.tlsa.lookup;
  const bool has_records = !service.records.empty();
  if (std::ranges::any_of(service.addresses, is_insecure) && (has_records || tlsa.is_secure())) {
    remarks.add({.id = ids::kAddressInsecure,
                 .level = Level::kWarning,
                 .message = "the addresses are not secure, so that clients do not ask for TLSA "
                            "records (RFC 7672 section 2.2.2)",
                 .owner = owner,
                 .hint = "sign the zone that the host lies in"});
  }
  if (has_records && is_insecure(service.tlsa)) {
    remarks.add({.id = ids::kTlsaInsecure,
                 .level = Level::kWarning,
                 .message = "the TLSA records are not secure, so that clients ignore them",
                 .owner = dns::to_text(tlsa.question.name),
                 .hint = "is the DS of the zone at the parent?"});
  }
}

void judge_denials(const ServiceReport& service, Remarks& remarks) {
  const auto owner = [](const Sight& sight) { return dns::to_text(sight.lookup.question.name); };
  if (service.empty_name) {
    const auto& sight = *service.empty_name;
    const bool denied = sight.lookup.rcode == dns::Rcode::kNxDomain ||
                        std::ranges::any_of(sight.servers, [](const ServerView& view) {
                          return view.kind == Kind::kAnswers && view.rcode == dns::Rcode::kNxDomain;
                        });
    if (denied) {
      remarks.add({.id = ids::kEmptyName,
                   .message = "the name is denied although names below it exist (RFC 8020)",
                   .owner = owner(sight),
                   .hint = "resolvers that ask label by label (RFC 9156) find no TLSA records"});
    }
    judge_sight({sight, "the empty name above the records"}, remarks);
  }
  if (service.denial && !service.denial->lookup.is_secure()) {
    const auto& lookup = service.denial->lookup;
    remarks.add({.id = ids::kBrokenDenial,
                 .message = fmt::format("that there are no records is {}{}{}",
                                        net::to_text(lookup.security),
                                        lookup.why.empty() ? "" : ": ", lookup.why),
                 .owner = owner(*service.denial),
                 .hint = "DANE clients hold back mail for all hosts without TLSA records"});
  }
}

}  // namespace

void judge_sight(const Subject& subject, Remarks& remarks) {
  judge_lookup(subject, remarks);
  const auto& sight = subject.sight;
  if (!sight.no_servers.empty()) {
    remarks.add({.id = ids::kServersUnknown,
                 .level = Level::kInfo,
                 .message = fmt::format("name servers were not asked: {}", sight.no_servers)});
  }
  for (const auto& view : sight.servers) {
    judge_silence(subject, view, remarks);
    judge_signature(subject, view, remarks);
  }
  judge_differences(subject, remarks);
}

void judge_names(const ServiceReport& service, Remarks& remarks) {
  for (const auto& alias : service.aliases) judge_sight({alias, "the alias"}, remarks);
  for (const auto& address : service.addresses) judge_sight({address, "the addresses"}, remarks);
  judge_host(service, remarks);
  judge_aliases(service, remarks);
  for (const auto& alias : service.tlsa_aliases) judge_sight({alias, "the alias"}, remarks);
  if (!service.tlsa.lookup.question.name.view().is_root()) {
    judge_sight({service.tlsa, "the TLSA records"}, remarks);
  }
  for (const auto& sight : service.tlsa_over_tcp) {
    for (const auto& view : sight.servers) {
      judge_silence({sight, "the TLSA records"}, view, remarks);
    }
  }
  judge_security(service, remarks);
  judge_denials(service, remarks);
}

}  // namespace danewerk::probe
