#pragma once

/// \file
/// Who serves which version when: a primary, servers that somebody can look at, and all those that
/// nobody sees, which take `unseen_lag` at most. Of the unseen ones not a sample is kept but the
/// whole span in which one of them may serve a version. Thread-compatible.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace danewerk::world {

class Servers {
 public:
  using Number = std::uint64_t;
  struct Spec {
    std::vector<std::string> seen{};  ///< names of servers that can be looked at
    seconds unseen_lag{0};            ///< of those behind a seen one, or listed nowhere
    bool has_expire = true;           ///< a secondary's data ends with EXPIRE; a parent's never
  };
  explicit Servers(Spec spec);

  /// The primary may serve VERSION from AT on, and may still serve older ones.
  void offer(Number version, seconds expire, sys_seconds at);
  /// Those that transfer now get VERSION, which was offered, though it is not settled.
  void show(Number version, sys_seconds at);
  /// The primary serves nothing older than VERSION from AT on.
  void settle(Number version, sys_seconds at);

  /// How long a seen server takes from now on to fetch what was settled or becomes reachable.
  void set_lag(std::size_t server, seconds lag) { servers_.at(server).lag = lag; }
  /// SERVER hears no primary from AT on; its last successful refresh was then.
  void cut(std::size_t server, sys_seconds at);
  void restore(std::size_t server, sys_seconds at);
  /// SERVER is switched off, with all behind it.
  void stop(std::size_t server, sys_seconds at);
  [[nodiscard]] bool is_cut(std::size_t server) const { return servers_.at(server).is_cut; }

  /// Lets everything happen that happens until AT.
  void advance(sys_seconds at);

  /// What a look at SERVER shows; none: it does not answer.
  [[nodiscard]] std::optional<Number> look(std::size_t server) const;
  [[nodiscard]] std::size_t seen_count() const { return servers_.size(); }

  /// A version that was served, and until when; none: somebody still may.
  struct Served {
    sys_seconds from{};
    std::optional<sys_seconds> until{};
    std::string last{};  ///< who served it last, as far as is known
  };
  /// By version.
  [[nodiscard]] std::map<Number, Served> served() const;
  /// Versions before FIRST are of no interest any more.
  void forget_before(Number first);

 private:
  struct Server {
    std::string name;
    std::optional<Number> holds{};
    seconds lag{0};
    bool is_cut = false;
    bool is_stopped = false;
    std::optional<sys_seconds> fetches{};
    std::optional<sys_seconds> expires{};
  };
  struct Span {
    sys_seconds from{};
    seconds expire{0};
    bool is_offered = true;  ///< by the primary
    sys_seconds until{};     ///< end of all spans that have ended, the unseen servers' included
    std::string last{};
  };
  void end(Number version, sys_seconds at, const std::string& who);
  void fetch(Server& server, sys_seconds at);
  void expire(Server& server, sys_seconds at);
  [[nodiscard]] bool is_held(Number version) const;

  Spec spec_;
  std::vector<Server> servers_;
  std::map<Number, Span> spans_;
  Number settled_ = 0;
  Number shown_ = 0;
};

}  // namespace danewerk::world
