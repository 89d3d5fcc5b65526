// Lets scripts use keys and TLSA records of ours without the whole program:
//   key_tool generate FOLDER ZONE ALGORITHM ROLE   makes a key in our store
//   key_tool ds FOLDER ZONE                        "tag algorithm digest-type digest" of each KSK
//   key_tool list FOLDER ZONE                      "role algorithm tag" of each key
//   key_tool export FOLDER ZONE TO                 writes BIND's pairs, prints what they begin with
//   key_tool tlsa FILE RECORD                      the value in hex

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/time.h"
#include "crypto/algorithm.h"
#include "store/key_store.h"
#include "tlsa/generate.h"

namespace danewerk {
namespace {

using Words = std::vector<std::string>;

Result<store::LoadedKeys> keys_of(const Words& words) {
  DW_TRY(const auto zone, dns::name_from_text(words[1]));
  return store::load_keys({words[0], store::FolderKind::kForeign}, zone);
}

Result<void> generate(const Words& words) {
  DW_TRY(const auto zone, dns::name_from_text(words[1]));
  const auto algorithm = crypto::algorithm_from_text(words[2]);
  const auto role = model::role_from_text(words[3]);
  if (!algorithm || !role) return fail(Errc::kBadInput, "no algorithm or role");
  DW_TRY(const auto key,
         store::create_key({words[0]}, zone, {*algorithm, 2048, *role}, system_clock().now()));
  fmt::print("{}\n", key.file);
  return {};
}

Result<void> print_ds(const Words& words) {
  DW_TRY(const auto zone, dns::name_from_text(words[1]));
  DW_TRY(const auto loaded, keys_of(words));
  for (const auto& key : loaded.keys) {
    if (!key.signs_dnskey()) continue;
    for (const auto type : {model::kDsSha256, model::kDsSha384}) {
      const auto rdata = model::ds_rdata(zone, key.dnskey, type);
      fmt::print("{} {} {} {}\n", load_u16(rdata.data()), rdata[2], rdata[3],
                 to_hex(ByteView(rdata).subspan(4)));
    }
  }
  return {};
}

Result<void> list(const Words& words) {
  DW_TRY(const auto loaded, keys_of(words));
  for (const auto& key : loaded.keys) {
    fmt::print("{} {} {}\n", to_text(key.role), key.dnskey.algorithm, key.dnskey.tag());
  }
  return {};
}

Result<void> export_pairs(const Words& words) {
  DW_TRY(const auto zone, dns::name_from_text(words[1]));
  DW_TRY(const auto loaded, keys_of(words));
  for (const auto& key : loaded.keys) {
    DW_TRY(const auto stem, store::write_bind_pair(words[2], zone, key));
    fmt::print("{}\n", stem.string());
  }
  return {};
}

Result<void> print_tlsa(const Words& words) {
  DW_TRY(const auto source, tlsa::Source::open(words[0]));
  DW_TRY(const auto combination, tlsa::combination_from_text(words[1]));
  DW_TRY(const auto association, tlsa::generate(source, combination));
  fmt::print("{}\n", to_hex(association.data));
  return {};
}

int run(Words words) {
  struct Verb {
    std::size_t words;
    std::function<Result<void>(const Words&)> call;
  };
  const std::map<std::string, Verb> verbs{{"generate", {4, generate}},
                                          {"ds", {2, print_ds}},
                                          {"list", {2, list}},
                                          {"export", {3, export_pairs}},
                                          {"tlsa", {2, print_tlsa}}};
  const auto verb = words.empty() ? verbs.end() : verbs.find(words[0]);
  if (verb == verbs.end() || words.size() != verb->second.words + 1) return 2;
  words.erase(words.begin());
  const auto result = verb->second.call(words);
  if (result) return 0;
  fmt::print(stderr, "key_tool: {}\n", result.error().message());
  return 1;
}

}  // namespace
}  // namespace danewerk

int main(int count, char** words) {
  return danewerk::run({words + 1, words + count});
}
