#include "config/certificate.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "unit/config/read_text.h"

namespace danewerk::config {

namespace {

/// A certificate with these keys beside those that must be there.
std::string with(std::string_view keys) {
  return "certificates:\n  mail: {certificate: c.pem, services: [mx.example.org:25/smtp], " +
         std::string(keys) + "}\n";
}

}  // namespace

TEST_CASE("certificates: the whole contract is read") {
  const auto config = good_config(R"(
certificates:
  mail:
    certificate: /etc/letsencrypt/live/mx1.example.org/fullchain.pem
    key: privkey.pem
    key-policy: next
    pin-key: true
    learn-issuers: true
    records: [3 1 1, 2 1 1]
    serve: {directory: served/mail, owner: root, group: ssl-cert, mode: "0640"}
    reload: [postfix, reload]
    reload-timeout: 30s
    probe: local
    services:
      - MX1.example.org:25/smtp
      - {service: "mx1.example.org:443/https", probe: none, records-at: Tlsa._dane.example.net}
    ttl: 30m
    update:
      address: "2001:db8::53"
      port: 5300
      tsig: k
      zone: Example.org
      servers: [192.0.2.1, "192.0.2.2@5301"]
      propagation-delay: 10m
tsig: {k: {secret-file: s}}
)");
  const auto& mail = config.certificates.at("mail");
  CHECK(mail.certificate == "/etc/letsencrypt/live/mx1.example.org/fullchain.pem");
  CHECK(mail.key == Path("/etc/danewerk/privkey.pem"));
  CHECK(mail.key_policy == CertificateKeyPolicy::kNext);
  CHECK(mail.is_key_pinned);
  CHECK(mail.learns_issuers);
  CHECK(mail.records == std::vector<TlsaForm>{{3, 1, 1}, {2, 1, 1}});
  REQUIRE(mail.serve);
  CHECK(mail.serve->directory == "/etc/danewerk/served/mail");
  CHECK(mail.serve->group == "ssl-cert");
  CHECK(mail.serve->mode == 0640);
  CHECK(mail.reload.words == std::vector<std::string>{"postfix", "reload"});
  CHECK(mail.reload.timeout == seconds(30));
  REQUIRE(mail.services.size() == 2);
  CHECK(to_text(mail.services[0]) == "mx1.example.org:25/smtp");
  CHECK(mail.services[0].probe == Probe::kLocal);
  CHECK(mail.services[1].probe == Probe::kNone);
  CHECK(owner_name(mail.services[0]) == "_25._tcp.mx1.example.org.");
  CHECK(asked_name(mail.services[1]) == "_443._tcp.mx1.example.org.");
  CHECK(owner_name(mail.services[1]) == "tlsa._dane.example.net.");
  CHECK(mail.ttl == std::chrono::minutes(30));
  REQUIRE(mail.update);
  REQUIRE(mail.update->server);
  CHECK(to_text(*mail.update->server) == "2001:db8::53@5300");
  CHECK(mail.update->tsig == "k.");
  CHECK(mail.update->zone == "example.org.");
  REQUIRE(mail.update->servers.size() == 2);
  CHECK(to_text(mail.update->servers[0]) == "192.0.2.1@53");
  CHECK(to_text(mail.update->servers[1]) == "192.0.2.2@5301");
  CHECK(mail.update->propagation_delay == std::chrono::minutes(10));
}

TEST_CASE("certificates: 3 1 1 and a stable key are the defaults, and a key need not be a file") {
  const auto mail = good_config(with("ttl: 1h")).certificates.at("mail");
  CHECK_FALSE(mail.key);
  CHECK(mail.key_policy == CertificateKeyPolicy::kStable);
  CHECK(mail.records == std::vector<TlsaForm>{{3, 1, 1}});
  CHECK_FALSE(mail.serve);
  CHECK(mail.services[0].probe == Probe::kNetwork);
}

TEST_CASE("certificates: records may be told instead of sent, and then need no TSIG key") {
  for (const auto* keys : {"update: print", "update: {address: print}"}) {
    const auto mail = good_config(with(keys)).certificates.at("mail");
    REQUIRE(mail.update);
    CHECK_FALSE(mail.update->server);
  }
  const auto mail = good_config(with("update: {address: print, zone: a.example}"));
  CHECK(mail.certificates.at("mail").update->zone == "a.example.");
}

TEST_CASE("certificates: what cannot be is refused") {
  for (const auto* keys :
       {"records: [1 1 1]", "records: [3 1]", "records: [3 1 1 1]", "records: [3 1 0]",
        "records: [3 2 1]", "records: [256 1 1]", "records: []", "records: [a b c]",
        "key-policy: sometimes", "serve: {directory: d, mode: \"0644\"}",
        "serve: {directory: d, mode: rw}", "serve: {directory: d, mode: \"0040\"}", "ttl: 80y",
        "reload-timeout: 0", "update: {address: ns.example.org, tsig: k}", "update: paper",
        "update: {address: print, servers: [a]}"}) {
    INFO(keys);
    check_fault(with(keys) + "tsig: {k: {secret-file: s}}\n", "CONFIG-VALUE", 2);
  }
  for (const auto* service : {"mx.example.org", "mx.example.org:25", "mx.example.org/smtp",
                              "mx.example.org:0/smtp", "mx.example.org:65536/smtp", "a..b:25/smtp",
                              "\"mx.example.org:25/smpt\"", "\".:25/smtp\"", "\":25/smtp\""}) {
    INFO(service);
    check_fault("certificates: {m: {certificate: c, services: [" + std::string(service) + "]}}",
                "CONFIG-VALUE", 1);
  }
}

TEST_CASE("certificates: what is none says what would be one") {
  const auto hint_of = [](const std::string& text) { return fault(text, "CONFIG-VALUE"); };
  const auto with_services = [](std::string_view services) {
    return fmt::format("certificates:\n  m:\n    certificate: c\n    services: {}\n", services);
  };
  check_fault(with_services("[]"), "CONFIG-VALUE", 4);
  check_fault(with_services(""), "CONFIG-VALUE", 4);
  CHECK(hint_of(with_services("[]")).message == "services: an empty list");
  for (const auto* address : {"192.0.2.25", "\"2001:db8::25", "\"[2001:db8::25]"}) {
    const bool is_quoted = *address == '"';
    const auto found =
        hint_of(with_services(fmt::format("[{}:25/smtp{}]", address, is_quoted ? "\"" : "")));
    CHECK(found.message.find("an address, where a host's name is expected") != std::string::npos);
    CHECK(found.place.line == 4);
  }
  for (const auto* form : {"4 1 1", "255 1 1"}) {
    const auto found = hint_of(with(fmt::format("records: [{}]", form)));
    CHECK(found.message.find("has a usage that does not exist") != std::string::npos);
  }
  CHECK(hint_of(with("records: [1 1 1]")).message.find("public authorities") != std::string::npos);
}

TEST_CASE("certificates: what danewerk serves is not what it is handed") {
  const auto text = [](std::string_view certificate, std::string_view key) {
    return fmt::format(
        "certificates:\n  m:\n    certificate: {}\n    key: {}\n"
        "    serve: {{directory: served/m}}\n    services: [a:25/smtp]\n",
        certificate, key);
  };
  check_fault(text("served/m/fullchain.pem", "k"), "CONFIG-CONFLICT", 2);
  check_fault(text("c", "./served/x/../m/privkey.pem"), "CONFIG-CONFLICT", 2);
  CHECK_FALSE(fault(text("served/m/fullchain.pem", "k"), "CONFIG-CONFLICT").hint.empty());
  good_config(text("served/fullchain.pem", "served/m2/k"));
}

TEST_CASE("certificates: what contradicts itself, is missing or stands twice is refused") {
  check_fault(with("key-policy: any"), "CONFIG-CONFLICT", 2);
  check_fault(with("key-policy: any, records: [2 1 1], pin-key: true"), "CONFIG-CONFLICT", 2);
  check_fault(with("records: [3 1 1, 3 1 1]"), "CONFIG-TWICE", 2);
  check_fault(with("serve: {owner: root}"), "CONFIG-KEY-MISSING", 2);
  check_fault(with("update: {address: 192.0.2.1}"), "CONFIG-KEY-MISSING", 2);
  check_fault(with("update: {address: 192.0.2.1, tsig: k}"), "CONFIG-NAME-UNKNOWN", 2);
  check_fault(with("update: {address: print, tsig: k}") + "tsig: {k: {secret-file: s}}\n",
              "CONFIG-CONFLICT", 2);
  check_fault(
      "certificates: {a: {certificate: c, services: [m:25/smtp], update: print}, b: "
      "{certificate: c, services: [m:25/smtp]}}",
      "CONFIG-CONFLICT", 1);
  check_fault("certificates: {m: {}}", "CONFIG-KEY-MISSING", 1);
  check_fault("certificates: {m: {certificate: c, services: [a:25/smtp, A.:25/tls]}}",
              "CONFIG-TWICE", 1);
}

TEST_CASE("certificates: how careful the gates are is said within bounds") {
  const auto usual = good_config(with("ttl: 1h")).certificates.at("mail");
  CHECK(usual.ttl_factor == 2);
  CHECK(usual.margin == std::chrono::minutes(5));
  CHECK_FALSE(usual.is_gate_relaxed);
  CHECK_FALSE(usual.is_new_key_served_at_once);
  CHECK(usual.rollback == std::chrono::days(1));
  const auto mail =
      good_config(with("key-policy: any, records: [2 1 1], ttl-factor: 1, margin: 0s, "
                       "gate: relaxed, new-key: at-once, rollback: 90d"))
          .certificates.at("mail");
  CHECK(mail.ttl_factor == 1);
  CHECK(mail.margin == seconds(0));
  CHECK(mail.is_gate_relaxed);
  CHECK(mail.is_new_key_served_at_once);
  CHECK(mail.rollback == std::chrono::days(90));
  for (const auto* keys :
       {"ttl-factor: 0", "ttl-factor: 11", "ttl-factor: 1.5", "margin: 25h", "margin: -1",
        "gate: open", "gate: false", "new-key: soon", "rollback: 91d", "rollback: never"}) {
    INFO(keys);
    check_fault(with(keys), "CONFIG-VALUE", 2);
  }
  check_fault(with("new-key: at-once"), "CONFIG-CONFLICT", 2);
  check_fault(with("new-key: at-once, key-policy: next"), "CONFIG-CONFLICT", 2);
}

TEST_CASE("certificates: no two are served in one folder, nor one within another's") {
  const auto two = [](std::string_view first, std::string_view second) {
    return fmt::format(
        "certificates:\n"
        "  mail: {{certificate: c, serve: {{directory: {}}}, services: [a:25/smtp]}}\n"
        "  web: {{certificate: c, serve: {{directory: {}}}, services: [a:443/https]}}\n",
        first, second);
  };
  for (const auto& [first, second] : {std::pair("s", "s"), std::pair("s/", "s"),
                                      std::pair("s", "./s/web"), std::pair("s/mail", "s")}) {
    check_fault(two(first, second), "CONFIG-CONFLICT", 3);
    const auto found = fault(two(first, second), "CONFIG-CONFLICT");
    CHECK(found.message.find("'mail'") != std::string::npos);
    CHECK(found.message.find("'web'") != std::string::npos);
  }
  good_config(two("s/mail", "s/web"));
  good_config(two("s", "s-web"));
}

TEST_CASE("certificates: a name is one that commands can take") {
  for (const auto* name : {R"("")", R"("-f")", R"("a\nb")", R"("a\x7f")"}) {
    INFO(name);
    check_fault(
        fmt::format("certificates:\n  {}: {{certificate: c, services: [a:25/smtp]}}\n", name),
        "CONFIG-VALUE", 2);
  }
}

TEST_CASE("certificates: a span without unit is seconds, and told where it is no TTL") {
  const auto read = [](std::string_view keys) {
    auto found = read_config_text(with(keys), "danewerk.yaml");
    REQUIRE(found.config.has_value());
    return found;
  };
  const auto week = read("rollback: 7");
  CHECK(week.config->certificates.at("mail").rollback == seconds(7));
  REQUIRE(week.findings.count("CONFIG-UNIT") == 1);
  CHECK(week.findings.list().front().level == Level::kWarning);
  CHECK(week.findings.list().front().message.find("'rollback: 7' is read as 7 seconds") !=
        std::string::npos);
  for (const auto* keys : {"rollback: 7d", "rollback: 7s", "margin: 0", "ttl: 3600"}) {
    INFO(keys);
    CHECK(read(keys).findings.list().empty());
  }
}

TEST_CASE("certificates: a TTL above a day is refused") {
  check_fault(with("ttl: 86401"), "CONFIG-VALUE", 2);
  CHECK(good_config(with("ttl: 1d")).certificates.at("mail").ttl == std::chrono::days(1));
}

}  // namespace danewerk::config
