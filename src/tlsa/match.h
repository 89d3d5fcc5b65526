#pragma once

/// \file
/// Does a record accept a chain? Asked twice: of OpenSSL's DANE engine, and of code of our own that
/// compares digests and walks up the chain. Only what both accept matches. Pure; thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "tlsa/association.h"
#include "tlsa/chain.h"

namespace danewerk::tlsa {

/// Whose names a client accepts, and when.
struct ClientView {
  /// The TLSA base domain, and for mail the recipient's domain; any one will do (RFC 7672 section
  /// 3.2.2). Empty: names do not count.
  std::vector<std::string> names{};
  sys_seconds at{};
};

struct Match {
  std::optional<std::size_t> depth{};  ///< place in the chain; nothing: refused
  std::string reason{};                ///< why it is refused, in plain words
  bool is_disputed = false;            ///< OpenSSL accepts what we do not

  explicit operator bool() const { return depth.has_value(); }
};

/// Usages 2 and 3 (RFC 7671 sections 5.1 and 5.2): names and dates count for 2 alone, whose anchor
/// has to be in the chain. Usages 0 and 1 never match here.
Match match(const Chain& chain, const Association& association, const ClientView& view);

/// Our own reading alone: digests, names, dates, and who signed whom. It knows nothing of purposes,
/// lengths of paths and the like, for which OpenSSL is asked.
Match own_match(const Chain& chain, const Association& association, const ClientView& view);

}  // namespace danewerk::tlsa
