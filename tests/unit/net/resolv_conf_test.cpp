#include "net/resolv_conf.h"

#include <doctest/doctest.h>

namespace danewerk::net {
namespace {

TEST_CASE("resolv.conf: servers come in order, and what is none is passed over") {
  const auto found = resolvers_in(
      "# a comment\nsearch example\nnameserver 192.0.2.1\n  nameserver\t2001:db8::1 # second\r\n"
      "nameserver fe80::1%eth0\nnameserver here\nnameserver\n#nameserver 192.0.2.9\n"
      "nameservers 192.0.2.8\nnameserver 192.0.2.2");
  REQUIRE(found.size() == 4);
  CHECK(to_text(found[0]) == "192.0.2.1@53");
  CHECK(to_text(found[1]) == "2001:db8::1@53");
  CHECK(to_text(found[2]) == "fe80::1%eth0@53");
  CHECK(to_text(found[3]) == "192.0.2.2@53");
}

TEST_CASE("resolv.conf: without a server, this machine is asked (resolv.conf(5))") {
  CHECK(resolvers_in("options edns0\n").empty());
  const auto found = system_resolvers("/nowhere/resolv.conf");
  REQUIRE(found.size() == 1);
  CHECK(to_text(found[0]) == "127.0.0.1@53");
}

}  // namespace
}  // namespace danewerk::net
