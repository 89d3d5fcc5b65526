#include "app/key_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "dns/rdata_text.h"

namespace danewerk::app {

std::string algorithm_text(std::uint8_t algorithm) {
  using crypto::Algorithm;
  switch (static_cast<Algorithm>(algorithm)) {
    case Algorithm::kRsaSha1:
      return "RSASHA1";
    case Algorithm::kRsaSha1Nsec3:
      return "RSASHA1-NSEC3-SHA1";
    case Algorithm::kRsaSha256:
      return "RSASHA256";
    case Algorithm::kRsaSha512:
      return "RSASHA512";
    case Algorithm::kEcdsaP256:
      return "ECDSAP256SHA256";
    case Algorithm::kEcdsaP384:
      return "ECDSAP384SHA384";
    case Algorithm::kEd25519:
      return "ED25519";
    case Algorithm::kEd448:
      return "ED448";
  }
  return fmt::format("algorithm {}", algorithm);
}

std::string key_text(const model::Key& key) {
  auto text = fmt::format("{} {} {}", to_upper(model::to_text(key.role)), key.dnskey.tag(),
                          algorithm_text(key.dnskey.algorithm));
  if (key.private_key) {
    text += fmt::format(" {} bits", key.private_key->bits());
  } else {
    text += " public half only";
  }
  return key.file.empty() ? text : fmt::format("{}, {}", text, key.file);
}

nlohmann::ordered_json key_json(const model::Key& key) {
  return {{"role", model::to_text(key.role)},
          {"tag", key.dnskey.tag()},
          {"algorithm", algorithm_text(key.dnskey.algorithm)},
          {"id", key.id()},
          {"file", key.file}};
}

std::string ds_text(dns::NameView owner, ByteView rdata) {
  return fmt::format("{} IN DS {}", dns::to_text(owner),
                     dns::rdata_to_text(dns::RrType::kDs, rdata));
}

}  // namespace danewerk::app
