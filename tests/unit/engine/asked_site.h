#pragma once

/// \file
/// A mail server whose operator asks for things, and whose clock goes on.

#include <string>

#include <nlohmann/json.hpp>

#include "engine/request.h"
#include "unit/engine/mail_site.h"

namespace danewerk::mail {

using nlohmann::ordered_json;

class AskedSite : public MailSite {
 public:
  using MailSite::MailSite;

  ordered_json ask(const std::string& what, const ordered_json& fields = ordered_json::object()) {
    ordered_json request{{"request", "tlsa-" + what}, {"binding", "mail"}};
    request.update(fields);
    return engine::dispatch({.config = &config(), .now = now, .who = "tester", .wait = seconds(0)},
                            request);
  }
  ordered_json shown() {
    const auto reply = ask("show");
    REQUIRE_MESSAGE(reply.contains("bindings"), reply.dump());
    return reply.at("bindings").at(0);
  }
  engine::RunReport go() { return pass(now); }
  /// A pass every hour.
  void wait(seconds span) {
    for (const auto end = now + span; now < end;) {
      now += kHour;
      pass(now);
    }
  }
  /// A first certificate, whose record every cache has.
  TestCertificate settle(const TestKey& key = make_ec_key()) {
    auto leaf = renew(key, now);
    pass(now);
    wait(kDay);
    return leaf;
  }

  sys_seconds now = kStart;
};

inline TestKey key_from(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  return support::owned_key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

inline bool has(const ordered_json& json, const std::string& text) {
  return json.dump().find(text) != std::string::npos;
}

}  // namespace danewerk::mail
