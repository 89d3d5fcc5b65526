// One look at servers that run, printed a line a server.
//
//   observe_look ZONE NOW [--secondary ADDRESS PORT [KEY ALGORITHM SECRET]]...
//                [--parent ADDRESS PORT]... [--auto RESOLVER PORT PARENT-PORT] [--dnskey]

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "observe/look.h"

namespace {

using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program

class Words {
 public:
  Words(int count, char** words) : words_(words + 1, words + count) {}
  [[nodiscard]] bool has_value() const {
    return at_ < words_.size() && !words_[at_].starts_with("--");
  }
  [[nodiscard]] bool is_end() const { return at_ == words_.size(); }
  std::string next() { return words_.at(at_++); }
  std::int64_t number() {
    const auto word = next();
    std::int64_t value = 0;
    static_cast<void>(std::from_chars(word.data(), word.data() + word.size(), value));
    return value;
  }
  net::Endpoint endpoint() {
    const auto address = next();
    return {address, static_cast<std::uint16_t>(number())};
  }

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

observe::LookTask::SecondaryServer secondary_from(Words& words) {
  observe::LookTask::SecondaryServer server{.endpoint = words.endpoint()};
  if (!words.has_value()) return server;
  const auto name = words.next();
  const auto algorithm = words.next();
  auto key = net::tsig_key(name, algorithm, words.next());
  DW_CHECK(key.has_value(), "the test gives a TSIG key");
  server.tsig = std::make_shared<const net::TsigKey>(*std::move(key));
  return server;
}

void print(const observe::Look& look) {
  for (const auto& one : look.secondaries) {
    const bool serves = one.kind == observe::SecondaryAnswer::Kind::kServes;
    fmt::print("secondary {}: {}\n", one.address,
               serves ? fmt::format("serial {}", one.serial) : one.why);
  }
  for (const auto& one : look.dnskeys) {
    fmt::print("dnskey {}: {}\n", one.address,
               one.is_answered ? std::to_string(one.keys.size()) : one.why);
  }
  if (!look.parents.why.empty()) fmt::print("parents: {}\n", look.parents.why);
  for (const auto& one : look.parents.answers) {
    const bool is_silent = one.kind == observe::DsAnswer::Kind::kSilent;
    fmt::print("parent {}: {}\n", to_text(one.server),
               is_silent ? one.why : fmt::format("{} DS, TTL {}", one.ds.size(), one.ttl.count()));
  }
}

}  // namespace

int main(int count, char** arguments) {
  Words words(count, arguments);
  observe::LookTask task{.zone = *dns::name_from_text(words.next())};
  observe::LookOptions options{.now = sys_seconds(seconds(words.number()))};
  options.attempt = std::chrono::milliseconds(500);
  while (!words.is_end()) {
    const auto option = words.next();
    if (option == "--secondary") {
      task.secondaries.push_back(secondary_from(words));
    } else if (option == "--parent") {
      task.parents = observe::LookTask::Parents::kServers;
      task.parent_servers.push_back(words.endpoint());
    } else if (option == "--auto") {
      task.parents = observe::LookTask::Parents::kAuto;
      options.resolvers.push_back(words.endpoint());
      options.parent_port = static_cast<std::uint16_t>(words.number());
    } else if (option == "--dnskey") {
      task.asks_dnskey = true;
    }
  }
  print(look(task, options));
  return 0;
}
