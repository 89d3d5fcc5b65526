#include "daemon/message.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace danewerk;
using namespace danewerk::daemon;

TEST_CASE("control: a request comes out as it went in") {
  const ControlRequest request{.config = "abc",
                               .who = "jane",
                               .wait = seconds(10),
                               .body = {{"request", "key-roll"}, {"zone", "a\nb.example."}}};
  auto line = to_line(request);
  REQUIRE(line.back() == '\n');
  line.pop_back();
  CHECK(line.find('\n') == std::string::npos);
  const auto read = request_from_line(line);
  REQUIRE(read);
  CHECK(read->config == request.config);
  CHECK(read->who == request.who);
  CHECK(read->wait == request.wait);
  CHECK(read->body == request.body);
}

TEST_CASE("control: signs of life and answers are told apart") {
  using Kind = ControlReply::Kind;
  for (const auto kind : {Kind::kWaiting, Kind::kBegun, Kind::kAnswer}) {
    auto line = to_line(ControlReply{.kind = kind, .body = {{"done", "x"}}});
    line.pop_back();
    const auto read = reply_from_line(line);
    REQUIRE(read);
    CHECK(read->kind == kind);
    if (kind == Kind::kAnswer) CHECK(read->body.at("done") == "x");
  }
}

TEST_CASE("control: another version of the protocol is refused by name, not misunderstood") {
  const auto read = request_from_line(R"({"danewerk": 2, "request": {"request": "run"}})");
  REQUIRE(!read);
  CHECK(read.error().code() == Errc::kRefused);
  CHECK(read.error().message().find("version 2") != std::string::npos);
}

TEST_CASE("control: what is no message is bad input, whatever it is") {
  for (const auto* text :
       {"", "{", "[]", "null", "{}", R"({"danewerk": "1"})", R"({"danewerk": 1})",
        R"({"danewerk": 1, "request": []})", "GET / HTTP/1.1", "\xff\xfe"}) {
    CAPTURE(text);
    const auto read = request_from_line(text);
    REQUIRE(!read);
    CHECK(read.error().code() == Errc::kBadInput);
  }
}

TEST_CASE("control: a wait that no clock could hold is cut to a day, a negative one to none") {
  const auto wait_of = [](const std::string& number) {
    const auto read =
        request_from_line(R"({"danewerk": 1, "request": {}, "wait": )" + number + "}");
    return read ? read->wait : seconds(-1);
  };
  CHECK(wait_of("18446744073709551615") == seconds(86'400));
  CHECK(wait_of("-5") == seconds(0));
  CHECK(wait_of("60") == seconds(60));
  CHECK(wait_of("\"60\"") == seconds(0));
  CHECK(wait_of("1e300") == seconds(0));
}

TEST_CASE("control: an error keeps its code and hint on the way") {
  for (const auto code : {Errc::kBadInput, Errc::kRefused, Errc::kUnavailable, Errc::kCorrupt}) {
    const auto back = error_from(error_body(Error(code, "no", "yes")));
    CHECK(back.code() == code);
    CHECK(back.message() == "no");
    CHECK(back.hint() == "yes");
  }
}

TEST_CASE("control: lines come out whole, however the octets arrive") {
  CHECK(rc::check("any cut of any lines", [](const std::vector<std::string>& texts) {
    std::string stream;
    std::vector<std::string> lines;
    for (auto text : texts) {
      std::erase(text, '\n');
      lines.push_back(text);
      stream += text + "\n";
    }
    LineBuffer buffer(1000);
    std::vector<std::string> got;
    while (!stream.empty()) {
      const auto size = *rc::gen::inRange<std::size_t>(1, stream.size() + 1);
      RC_PRE(buffer.add(stream.substr(0, size)).has_value());
      stream.erase(0, size);
      while (auto line = buffer.take()) got.push_back(*line);
    }
    RC_ASSERT(got == lines);
  }));
}

TEST_CASE("control: a line over the limit is refused before it is whole") {
  LineBuffer buffer(10);
  CHECK(buffer.add("123456789\n"));
  CHECK(buffer.take() == "123456789");
  CHECK(buffer.add("1234567890"));
  CHECK(!buffer.add("1"));
  LineBuffer whole(10);
  CHECK(!whole.add("1234567890\n"));
}
