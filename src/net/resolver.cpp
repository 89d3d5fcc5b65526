#include "net/resolver.h"

#include <algorithm>

#include <fmt/format.h>
#include <poll.h>
#include <unbound.h>

#include "net/resolv_conf.h"
#include "net/resolver_answer.h"

namespace danewerk::net {

namespace {

/// The root's keys of 2017 and 2024 (https://data.iana.org/root-anchors/root-anchors.xml).
constexpr const char* kRootAnchors[] = {
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"};

struct FreeContext {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
using ContextPtr = std::unique_ptr<ub_ctx, FreeContext>;

struct FreeResult {
  void operator()(ub_result* result) const { ub_resolve_free(result); }
};
using ResultPtr = std::unique_ptr<ub_result, FreeResult>;

Result<void> check(int code, Errc errc, const std::string& what) {
  if (code == UB_NOERROR) return {};
  return danewerk::fail(errc, fmt::format("{}: {}", what, ub_strerror(code)));
}

/// "192.0.2.53@53", as libunbound reads addresses with ports.
std::string address_text(const Endpoint& endpoint) {
  return fmt::format("{}@{}", endpoint.address, endpoint.port);
}

Result<void> set_servers(ub_ctx* context, const ResolverOptions& options) {
  auto servers = options.forwarders;
  if (options.source == ResolverOptions::Source::kRootHints) return {};
  if (options.source == ResolverOptions::Source::kSystem) servers = system_resolvers(kResolvConf);
  for (const auto& server : servers) {
    const auto text = address_text(server);
    DW_TRY_VOID(check(ub_ctx_set_fwd(context, text.c_str()), Errc::kBadInput,
                      fmt::format("resolver {} cannot be used", text)));
  }
  return {};
}

Result<void> set_anchors(ub_ctx* context, const ResolverOptions& options) {
  if (options.validation == ResolverOptions::Validation::kOff) {
    if (options.source == ResolverOptions::Source::kRootHints) {
      return check(ub_ctx_set_option(context, "module-config:", "iterator"), Errc::kUnavailable,
                   "validation cannot be switched off");
    }
    // With the validator, resolvers are told not to validate either (RFC 4035 section 3.2.2), and
    // give what would be bogus.
    DW_TRY_VOID(check(ub_ctx_set_option(context, "val-permissive-mode:", "yes"), Errc::kUnavailable,
                      "validation cannot be switched off"));
  }
  for (const auto& file : options.trust_anchors) {
    // Only now, so that the reason is ours: libunbound opens it at the first look-up.
    DW_TRY(const auto text, read_file(file, 1U << 20));
    if (text.find("DS") == text.npos && text.find("DNSKEY") == text.npos) {
      return danewerk::fail(Errc::kBadInput,
                            fmt::format("no DS or DNSKEY record in '{}'", file.string()));
    }
    DW_TRY_VOID(check(ub_ctx_add_ta_file(context, file.c_str()), Errc::kBadInput,
                      fmt::format("trust anchors in '{}' cannot be used", file.string())));
  }
  if (!options.trust_anchors.empty()) return {};
  for (const auto* anchor : kRootAnchors) {
    DW_TRY_VOID(check(ub_ctx_add_ta(context, anchor), Errc::kUnavailable, "the root's keys"));
  }
  return {};
}

Result<void> set_up(ub_ctx* context, const ResolverOptions& options) {
  // Errors come back as values.
  ub_ctx_debugout(context, nullptr);
  const std::pair<const char*, std::string> settings[] = {
      {"do-not-query-localhost:", "no"},
      // Hours of tolerance would hide what other validators refuse.
      {"val-sig-skew-min:", "0"},
      {"val-sig-skew-max:", "0"},
      {"val-override-date:", options.at ? to_dns_text(*options.at) : std::string()},
  };
  for (const auto& [name, value] : settings) {
    if (value.empty()) continue;
    DW_TRY_VOID(check(ub_ctx_set_option(context, name, value.c_str()), Errc::kUnavailable,
                      fmt::format("setting {} of libunbound", name)));
  }
  DW_TRY_VOID(check(ub_ctx_async(context, 1), Errc::kUnavailable, "threads of libunbound"));
  DW_TRY_VOID(set_servers(context, options));
  return set_anchors(context, options);
}

/// A question on its way.
struct Running {
  int id = 0;
  bool is_done = false;
  int error = 0;
  ResultPtr result{};
};

void take_result(void* of, int error, ub_result* result) {
  auto& running = *static_cast<Running*>(of);
  running.is_done = true;
  running.error = error;
  running.result.reset(result);
}

Lookup read_result(const NameAndType& question, const Running& running,
                   const ResolverOptions& options) {
  Lookup lookup{.question = question, .last = question.name};
  if (!running.is_done) {
    lookup.why = "no answer in time";
    lookup.is_silence = true;
    return lookup;
  }
  if (running.error != 0 || running.result == nullptr) {
    lookup.why = ub_strerror(running.error);
    return lookup;
  }
  const auto& result = *running.result;
  lookup.rcode = static_cast<dns::Rcode>(result.rcode);
  const bool is_judged = options.validation == ResolverOptions::Validation::kOn;
  if (result.bogus != 0 && is_judged) {
    lookup.security = Security::kBogus;
    lookup.why = result.why_bogus == nullptr ? "no reason given" : result.why_bogus;
    return lookup;
  }
  const bool is_answer =
      lookup.rcode == dns::Rcode::kNoError || lookup.rcode == dns::Rcode::kNxDomain;
  if (!is_answer) {
    lookup.why = fmt::format("the answer is {}", dns::to_text(lookup.rcode));
    return lookup;
  }
  const ByteView packet(static_cast<const std::uint8_t*>(result.answer_packet),
                        static_cast<std::size_t>(result.answer_len));
  const auto read = enter_answer(packet, options.now, lookup);
  if (!read) {
    lookup.why = read.error().message();
    return lookup;
  }
  lookup.security = result.secure != 0 && is_judged ? Security::kSecure : Security::kInsecure;
  return lookup;
}

bool is_worth_another(const Lookup& lookup) {
  return lookup.security == Security::kFailed && !lookup.is_silence;
}

}  // namespace

std::string_view to_text(Security security) {
  switch (security) {
    case Security::kSecure:
      return "secure";
    case Security::kInsecure:
      return "insecure";
    case Security::kBogus:
      return "bogus";
    case Security::kFailed:
      break;
  }
  return "failed";
}

struct Resolver::Impl {
  ResolverOptions options;
  ContextPtr context;

  [[nodiscard]] std::vector<Lookup> ask(const std::vector<NameAndType>& questions) const {
    // Of fixed size: libunbound holds pointers into it.
    std::vector<Running> all(questions.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto name = dns::to_text(questions[i].name);
      const int begun =
          ub_resolve_async(context.get(), name.c_str(), static_cast<int>(questions[i].type),
                           dns::kClassIn, &all[i], take_result, &all[i].id);
      if (begun == UB_NOERROR) continue;
      all[i].is_done = true;
      all[i].error = begun;
    }
    wait_for(all);
    std::vector<Lookup> out;
    out.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].is_done) ub_cancel(context.get(), all[i].id);
      out.push_back(read_result(questions[i], all[i], options));
    }
    return out;
  }

  void wait_for(const std::vector<Running>& all) const {
    const auto end = std::chrono::steady_clock::now() + options.whole;
    const auto is_done = [](const Running& one) { return one.is_done || one.error != 0; };
    while (!std::ranges::all_of(all, is_done)) {
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      if (left <= milliseconds(0)) return;
      pollfd one{.fd = ub_fd(context.get()), .events = POLLIN, .revents = 0};
      // Interrupted: the deadline still counts.
      if (poll(&one, 1, static_cast<int>(left.count())) < 0) continue;
      if (ub_poll(context.get()) != 0) ub_process(context.get());
    }
  }
};

Resolver::Resolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resolver::Resolver(Resolver&&) noexcept = default;
Resolver& Resolver::operator=(Resolver&&) noexcept = default;
Resolver::~Resolver() = default;

Result<Resolver> Resolver::open(ResolverOptions options) {
  ContextPtr context(ub_ctx_create());
  if (context == nullptr) return danewerk::fail(Errc::kUnavailable, "libunbound cannot begin");
  DW_TRY_VOID(set_up(context.get(), options));
  return Resolver(std::make_unique<Impl>(Impl{std::move(options), std::move(context)}));
}

std::vector<Lookup> Resolver::look_up_all(const std::vector<NameAndType>& questions) {
  auto lookups = impl_->ask(questions);
  // libunbound first suspects the server that a bogus answer came from, and says no more than
  // SERVFAIL when there is no other; asked again it knows why.
  std::vector<NameAndType> again;
  for (const auto& lookup : lookups) {
    if (is_worth_another(lookup)) again.push_back(lookup.question);
  }
  if (again.empty()) return lookups;
  auto answers = impl_->ask(again);
  auto answer = answers.begin();
  for (auto& lookup : lookups) {
    if (is_worth_another(lookup)) lookup = std::move(*answer++);
  }
  return lookups;
}

Lookup Resolver::look_up(const NameAndType& question) {
  return look_up_all({question}).front();
}

}  // namespace danewerk::net
