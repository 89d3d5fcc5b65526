#include "app/cli_fault.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/fields.h"

namespace danewerk::app {

namespace {

/// Messages of CLI11 as others of ours begin.
std::string in_our_voice(std::string message) {
  // RECORD and the like stay as they are.
  const bool is_word = message.size() > 1 && to_upper(message.substr(1, 1)) == message.substr(1, 1);
  const bool is_sentence = !message.empty() && (!is_word || message[1] == ' ');
  if (is_sentence) message.replace(0, 1, to_lower(message.substr(0, 1)));
  return message;
}

/// The innermost command that was understood, and what was typed before it.
struct Understood {
  const CLI::App* app = nullptr;
  std::string words{};  ///< "danewerk tlsa"
};

Understood understood(const CLI::App& app) {
  Understood at{&app, app.get_name()};
  while (!at.app->get_subcommands().empty()) {
    at.app = at.app->get_subcommands().front();
    at.words += ' ' + at.app->get_name();
  }
  return at;
}

std::vector<std::string_view> commands_of(const CLI::App& app) {
  std::vector<std::string_view> names;
  const auto is_command = [](const CLI::App* one) { return !one->get_name().empty(); };
  for (const auto* one : app.get_subcommands(is_command)) names.push_back(one->get_name());
  return names;
}

Error no_command(const CLI::App& app, const Understood& at) {
  const auto known = commands_of(*at.app);
  const auto hint =
      fmt::format("there are: {}; {} --help says more", fmt::join(known, ", "), at.words);
  const auto words = app.remaining(/*recurse=*/true);
  const auto typed = std::ranges::find_if(
      words, [](const std::string& word) { return !word.empty() && word.front() != '-'; });
  if (typed == words.end()) {
    const bool is_first = at.app == &app;
    return {Errc::kBadInput,
            is_first ? std::string("a command is missing")
                     : fmt::format("a command of {} is missing", at.words),
            hint};
  }
  const auto near = config::nearest(*typed, known);
  return {Errc::kBadInput, fmt::format("'{}' is no command of {}", *typed, at.words),
          near.empty() ? hint : fmt::format("did you mean '{}'? {}", near, hint)};
}

}  // namespace

Error usage_error(const CLI::App& app, const CLI::ParseError& fault) {
  const auto at = understood(app);
  const bool needs_command = at.app->get_require_subcommand_min() > 0;
  const bool is_about_command = dynamic_cast<const CLI::RequiredError*>(&fault) != nullptr ||
                                dynamic_cast<const CLI::ExtrasError*>(&fault) != nullptr;
  if (needs_command && is_about_command) return no_command(app, at);
  return {Errc::kBadInput, in_our_voice(fault.what()),
          "danewerk --help lists commands and options"};
}

}  // namespace danewerk::app
