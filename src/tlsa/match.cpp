#include "tlsa/match.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crypto/dane_match.h"
#include "tlsa/host_name.h"

namespace danewerk::tlsa {

namespace {

/// What one of the two says.
struct Opinion {
  std::optional<std::size_t> depth{};
  std::string reason{};
};

Opinion ask_library(const Chain& chain, const Association& association, const ClientView& view) {
  const crypto::DaneRecord record{
      .usage = static_cast<std::uint8_t>(association.combination.usage),
      .selector = static_cast<std::uint8_t>(association.combination.selector),
      .matching = static_cast<std::uint8_t>(association.combination.matching),
      .data = association.data};
  const auto outcome = crypto::match_dane(
      {.chain = chain.octets(), .names = view.names, .at = view.at}, {&record, 1});
  if (!outcome) return {.reason = outcome.error().message()};
  return {.depth = outcome->depth, .reason = outcome->reason};
}

bool is_in_time(const Block& certificate, sys_seconds at) {
  return certificate.begins() <= at && at <= certificate.ends();
}

/// From the server's certificate upwards to an anchor, each signed by the next, all in time.
class Climb {
 public:
  Climb(const Chain& chain, std::vector<std::size_t> anchors, sys_seconds at)
      : chain_(chain), anchors_(std::move(anchors)), at_(at), seen_(chain.certificates.size()) {}

  [[nodiscard]] Opinion run() {
    if (!is_in_time(chain_.leaf(), at_)) {
      return {.reason = "the server's certificate is out of date, which counts for usage 2"};
    }
    const auto anchor = climb(0);
    if (anchor) return {.depth = anchor};
    if (saw_out_of_time_) {
      return {.reason = "a certificate below the record's, or that itself, is out of date"};
    }
    return {.reason = "the certificate that the record names did not sign the server's"};
  }

 private:
  std::optional<std::size_t> climb(std::size_t at) {
    if (at != 0 && std::find(anchors_.begin(), anchors_.end(), at) != anchors_.end()) return at;
    const auto& certificates = chain_.certificates;
    seen_[at] = true;
    for (std::size_t above = 1; above < certificates.size(); ++above) {
      const auto& credential = certificates[above].credential;
      // What was seen leads nowhere: authorities may sign each other in a ring.
      const bool is_step = !seen_[above] && credential.is_ca &&
                           crypto::is_signed_by(certificates[at].credential, credential);
      if (!is_step) continue;
      if (!is_in_time(certificates[above], at_)) {
        saw_out_of_time_ = true;
        continue;
      }
      if (const auto found = climb(above)) return found;
    }
    return std::nullopt;
  }

  const Chain& chain_;
  std::vector<std::size_t> anchors_;
  sys_seconds at_;
  std::vector<bool> seen_;
  bool saw_out_of_time_ = false;
};

std::vector<std::size_t> anchors_of(const Chain& chain, const Association& association) {
  std::vector<std::size_t> anchors;
  const auto& combination = association.combination;
  for (std::size_t at = 1; at < chain.certificates.size(); ++at) {
    const auto data =
        own_association_data(chain.certificates[at], combination.selector, combination.matching);
    if (!data.empty() && data == association.data) anchors.push_back(at);
  }
  return anchors;
}

Opinion judge_server(const Chain& chain, const Association& association) {
  // RFC 7671 section 5.1: neither names nor dates count.
  if (find_named(chain, association)) return {.depth = 0};
  const bool is_key = association.combination.selector == Selector::kKeyInfo;
  return {.reason = fmt::format("it is not the server's {}", is_key ? "key" : "certificate")};
}

Opinion judge_anchor(const Chain& chain, const Association& association, const ClientView& view) {
  auto anchors = anchors_of(chain, association);
  if (anchors.empty()) {
    return {.reason = "no issuer in the chain that the server sends is the record's"};
  }
  if (!view.names.empty() && !is_for_any(chain.leaf().credential, view.names)) {
    return {.reason = fmt::format("the certificate is not for {}", view.names.front())};
  }
  return Climb(chain, std::move(anchors), view.at).run();
}

}  // namespace

Match own_match(const Chain& chain, const Association& association, const ClientView& view) {
  const auto usage = association.combination.usage;
  if (usage != Usage::kDaneTa && usage != Usage::kDaneEe) {
    return {.reason = "usages 0 and 1 need public authorities, which mail clients do not use"};
  }
  auto opinion = usage == Usage::kDaneEe ? judge_server(chain, association)
                                         : judge_anchor(chain, association, view);
  return {.depth = opinion.depth, .reason = std::move(opinion.reason)};
}

Match match(const Chain& chain, const Association& association, const ClientView& view) {
  auto ours = own_match(chain, association, view);
  auto theirs = ask_library(chain, association, view);
  if (ours && theirs.depth) return ours;
  // OpenSSL takes a bare key or a whole anchor that nobody sends; other clients need not
  // (RFC 7671 section 5.2.3).
  const auto& combination = association.combination;
  const bool is_bare =
      combination.usage == Usage::kDaneTa && combination.matching == Matching::kFull;
  return {.reason = ours ? std::move(theirs.reason) : std::move(ours.reason),
          .is_disputed = theirs.depth.has_value() && !is_bare};
}

}  // namespace danewerk::tlsa
