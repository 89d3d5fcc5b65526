#include "net/starttls.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "net/profile.h"

namespace danewerk::net {
namespace {

using State = Starttls::State;

/// What came of a talk: states are for the reader of a failure.
struct Outcome {
  State state = State::kTalking;
  std::string said{};
  std::string why{};
};

Outcome talk(Talk language, const std::vector<std::string>& pieces) {
  Starttls dialogue(language, {.own = "probe.example", .peer = "service.example"});
  Outcome outcome{.said = dialogue.take_outgoing()};
  for (const auto& piece : pieces) {
    dialogue.advance(piece);
    outcome.said += dialogue.take_outgoing();
  }
  outcome.state = dialogue.state();
  outcome.why = dialogue.why();
  return outcome;
}

const std::string kFeatures =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'><stream:features>"
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";

TEST_CASE("starttls: SMTP greets, offers and agrees (RFC 3207 section 4)") {
  const auto outcome =
      talk(Talk::kSmtp, {"220-mx.example\r\n220 ESMTP\r\n",
                         "250-mx.example\r\n250-SIZE 1\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
                         "220 go ahead\r\n"});
  CHECK(outcome.state == State::kReady);
  CHECK(outcome.said == "EHLO probe.example\r\nSTARTTLS\r\n");
}

TEST_CASE("starttls: SMTP offers in the last line, in any case, and lines end in LF alone") {
  CHECK(talk(Talk::kSmtp, {"220 mx\n", "250-mx\n250 starttls\n", "220 go\n"}).state ==
        State::kReady);
}

TEST_CASE("starttls: a server without STARTTLS is told from one that does not speak SMTP") {
  const auto without = talk(Talk::kSmtp, {"220 mx\r\n", "250-mx\r\n250-XSTARTTLS\r\n250 SIZE\r\n"});
  CHECK(without.state == State::kRefused);
  CHECK(without.why == "does not offer STARTTLS");
  const auto refused =
      talk(Talk::kSmtp, {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "454 not now\r\n"});
  CHECK(refused.state == State::kRefused);
  CHECK(refused.why == "offers STARTTLS and refuses it: 454 not now");
  CHECK(talk(Talk::kSmtp, {"554 no\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kSmtp, {"SSH-2.0-OpenSSH\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kSmtp, {"2200 mx\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kSmtp, {"220 mx\r\n", "502 what?\r\n"}).state == State::kFailed);
}

TEST_CASE("starttls: the greeting does not count as an offer") {
  CHECK(talk(Talk::kSmtp, {"220-STARTTLS\r\n220 STARTTLS\r\n", "250 mx\r\n"}).state ==
        State::kRefused);
}

TEST_CASE("starttls: IMAP (RFC 3501 section 6.2.1)") {
  const auto good = talk(Talk::kImap, {"* OK [CAPABILITY IMAP4rev1] ready\r\n",
                                       "* CAPABILITY IMAP4rev1\r\na1 OK begin\r\n"});
  CHECK(good.state == State::kReady);
  CHECK(good.said == "a1 STARTTLS\r\n");
  CHECK(talk(Talk::kImap, {"* OK ready\r\n", "a1 BAD what\r\n"}).state == State::kRefused);
  CHECK(talk(Talk::kImap, {"* OK ready\r\n", "a1 NO\r\n"}).state == State::kRefused);
  CHECK(talk(Talk::kImap, {"* PREAUTH hello\r\n"}).state == State::kRefused);
  CHECK(talk(Talk::kImap, {"* BYE\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kImap, {"* OK\r\n", "* BYE\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kImap, {"+OK POP3\r\n"}).state == State::kFailed);
}

TEST_CASE("starttls: POP3 (RFC 2595 section 4)") {
  const auto good = talk(Talk::kPop3, {"+OK ready\r\n", "+OK begin\r\n"});
  CHECK(good.state == State::kReady);
  CHECK(good.said == "STLS\r\n");
  CHECK(talk(Talk::kPop3, {"+OK ready\r\n", "-ERR what\r\n"}).state == State::kRefused);
  CHECK(talk(Talk::kPop3, {"-ERR no\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kPop3, {"220 mx\r\n"}).state == State::kFailed);
}

TEST_CASE("starttls: XMPP opens a stream to the service that is meant (RFC 6120 section 5.4)") {
  for (const auto language : {Talk::kXmppClient, Talk::kXmppServer}) {
    const auto good =
        talk(language, {kFeatures, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"});
    CHECK(good.state == State::kReady);
    CHECK(good.said.find("to='service.example'") != std::string::npos);
    CHECK(good.said.ends_with("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
  }
  CHECK(talk(Talk::kXmppClient, {kFeatures, "<proceed></proceed>"}).state == State::kReady);
  CHECK(talk(Talk::kXmppClient, {kFeatures, "<failure/>"}).state == State::kRefused);
  CHECK(talk(Talk::kXmppClient, {"<stream:stream><stream:features/>"}).state == State::kRefused);
  CHECK(talk(Talk::kXmppClient, {"<stream:features><sasl/></stream:features>"}).state ==
        State::kRefused);
  const auto ended = talk(Talk::kXmppClient, {"<stream:error><host-unknown/></stream:error>"});
  CHECK(ended.state == State::kFailed);
  CHECK(ended.why.find("host-unknown") != std::string::npos);
}

TEST_CASE("starttls: what comes behind the last line was sent in the clear, and ends the talk") {
  CHECK(talk(Talk::kSmtp, {"220 mx\r\n", "250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"}).state ==
        State::kFailed);
  CHECK(talk(Talk::kImap, {"* OK\r\n", "a1 OK\r\n* OK injected\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kPop3, {"+OK\r\n", "+OK\r\n+OK injected\r\n"}).state == State::kFailed);
  CHECK(talk(Talk::kXmppClient, {kFeatures, "<proceed/><injected/>"}).state == State::kFailed);
}

TEST_CASE("starttls: lines and talks have an end, whatever the server sends") {
  const auto line = talk(Talk::kSmtp, {std::string(Starttls::kMaxLine + 1, 'x')});
  CHECK(line.state == State::kFailed);
  CHECK(line.why == "sends a line without end");
  const auto lines = talk(Talk::kSmtp, std::vector<std::string>(20'000, "220-on\r\n"));
  CHECK(lines.state == State::kFailed);
  CHECK(lines.why == "talks without end before TLS");
  CHECK(talk(Talk::kXmppClient, std::vector<std::string>(100, std::string(1000, '<'))).state ==
        State::kFailed);
  CHECK(talk(Talk::kImap, {"* OK\r\n", std::string(70'000, '\n')}).state == State::kFailed);
}

TEST_CASE("starttls: octets of the server are shown only where they are printable") {
  const auto outcome = talk(Talk::kSmtp, {"554 \x1b[2J\x07" + std::string(500, 'a') + "\r\n"});
  CHECK(outcome.state == State::kFailed);
  CHECK(outcome.why.size() < 200);
  for (const char c : outcome.why) CHECK((c >= ' ' && c <= '~'));
}

TEST_CASE("starttls: pieces of any size make the same talk; noise ends it or waits") {
  CHECK(rc::check("pieces", [](const std::vector<std::uint8_t>& cuts) {
    const std::string all = "220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n";
    std::vector<std::string> pieces;
    std::size_t at = 0;
    for (const auto cut : cuts) {
      const auto size = std::min<std::size_t>(cut % 7, all.size() - at);
      pieces.push_back(all.substr(at, size));
      at += size;
    }
    pieces.push_back(all.substr(at));
    // Never more than one answer ahead: the server of this test does not wait.
    RC_ASSERT(talk(Talk::kSmtp, pieces).state == State::kReady);
  }));
  CHECK(rc::check("noise", [](const std::string& octets) {
    for (const auto language : {Talk::kSmtp, Talk::kImap, Talk::kPop3, Talk::kXmppClient}) {
      RC_ASSERT(talk(language, {octets}).state != State::kReady);
    }
  }));
}

TEST_CASE("profile: names, ports and languages") {
  for (const auto* name : {"smtp", "submission", "smtps", "imap", "imaps", "pop3", "pop3s",
                           "xmpp-client", "xmpp-server", "https", "dot", "tls"}) {
    CAPTURE(name);
    const auto profile = profile_from_text(name);
    REQUIRE(profile.has_value());
    CHECK(to_text(*profile) == name);
  }
  CHECK_FALSE(profile_from_text("SMTP").has_value());
  CHECK_FALSE(profile_from_text("").has_value());
  CHECK(default_port(Profile::kXmppServer) == 5269);
  CHECK_FALSE(default_port(Profile::kTls).has_value());
  CHECK(talk_of(Profile::kSubmission) == Talk::kSmtp);
  CHECK(talk_of(Profile::kSmtps) == Talk::kNone);
}

}  // namespace
}  // namespace danewerk::net
