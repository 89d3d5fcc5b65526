#include "engine/waits_json.h"

#include <nlohmann/json.hpp>

namespace danewerk::engine {

std::string waits_json(const std::vector<rollover::Wait>& waits) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& wait : waits) {
    nlohmann::ordered_json one{{"key", wait.key},        {"record", to_text(wait.record)},
                               {"to", to_text(wait.to)}, {"rule", wait.rule},
                               {"reason", wait.reason},  {"since", to_text(wait.since)}};
    if (wait.until) one["until"] = to_text(*wait.until);
    if (wait.latest) one["latest"] = to_text(*wait.latest);
    one["operator"] = wait.is_operators;
    all.push_back(std::move(one));
  }
  return all.dump();
}

}  // namespace danewerk::engine
