#include "probe/target.h"

#include <doctest/doctest.h>

namespace danewerk::probe {
namespace {

TEST_CASE("target: host, port and profile; the port may be the profile's own") {
  const auto target = target_from_text("MX1.Example.org:25/smtp");
  REQUIRE(target.has_value());
  CHECK(to_text(*target) == "mx1.example.org:25/smtp");
  CHECK(target->port == 25);
  CHECK(target->profile == net::Profile::kSmtp);
  CHECK(to_text(*target_from_text("www.example.org/https")) == "www.example.org:443/https");
  CHECK(to_text(*target_from_text("www.example.org:8443/tls")) == "www.example.org:8443/tls");
}

TEST_CASE("target: what is none, with the right form as hint") {
  for (const auto* text :
       {"", "/", "mx1.example.org", "mx1.example.org:25", "mx1.example.org:0/smtp",
        "mx1.example.org:65536/smtp", "mx1.example.org:25x/smtp", "mx1.example.org:/smtp",
        "mx1.example.org:25/", "mx1.example.org:25/gopher", "mx1.example.org/tls", ":25/smtp",
        "192.0.2.1:25/smtp", "2001:db8::1/smtp", "[2001:db8::1]:25/smtp", "a..b:25/smtp",
        ".:25/smtp"}) {
    CAPTURE(text);
    const auto target = target_from_text(text);
    CHECK_FALSE(target.has_value());
  }
  CHECK_FALSE(target_from_text("mx1.example.org").error().hint().empty());
}

TEST_CASE("target: a file's path is not taken for one") {
  CHECK(looks_like_target("mx1.example.org:25/smtp"));
  CHECK_FALSE(looks_like_target("certificates/mx1.pem"));
  CHECK_FALSE(looks_like_target("/etc/ssl/tls"));
  CHECK_FALSE(looks_like_target("fullchain.pem"));
  CHECK_FALSE(looks_like_target("/smtp"));
}

TEST_CASE("target: where its TLSA records stand (RFC 6698 section 3)") {
  const auto host = *dns::name_from_text("mx1.example.org");
  CHECK(dns::to_text(*tlsa_owner(25, host)) == "_25._tcp.mx1.example.org.");
  const auto label = std::string(60, 'a');
  const auto longest = dns::name_from_text(label + "." + label + "." + label + "." + label + ".bb");
  REQUIRE(longest.has_value());
  CHECK_FALSE(tlsa_owner(25, *longest).has_value());
}

}  // namespace
}  // namespace danewerk::probe
