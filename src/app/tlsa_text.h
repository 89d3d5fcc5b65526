#pragma once

/// \file
/// Answers about certificates of the configuration, as text. Each prints a reply that is no error.

#include <nlohmann/json_fwd.hpp>

namespace danewerk::app {

void print_bindings(const nlohmann::ordered_json& reply);       ///< tlsa-list
void print_binding_state(const nlohmann::ordered_json& reply);  ///< tlsa-show
void print_binding_plan(const nlohmann::ordered_json& reply);   ///< tlsa-plan
void print_what_if(const nlohmann::ordered_json& reply);        ///< tlsa-what-if
void print_next_key(const nlohmann::ordered_json& reply);       ///< tlsa-next-key

}  // namespace danewerk::app
