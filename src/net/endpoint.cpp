#include "net/endpoint.h"

#include <cerrno>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <sys/socket.h>

namespace danewerk::net {

namespace {

struct FreeAddress {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

Connection connect_to(const Endpoint& endpoint, Transport transport) {
  addrinfo wanted{};
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  wanted.ai_socktype = transport == Transport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(endpoint.address.c_str(), std::to_string(endpoint.port).c_str(), &wanted,
                  &list) != 0) {
    return {.error = EINVAL};
  }
  const std::unique_ptr<addrinfo, FreeAddress> address(list);
  Connection made{.socket = Descriptor(socket(
                      address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))};
  if (!made.socket.is_open()) return {.error = errno};
  if (connect(made.socket.get(), address->ai_addr, address->ai_addrlen) != 0 &&
      errno != EINPROGRESS) {
    return {.error = errno};
  }
  return made;
}

bool is_no_route(int error) {
  // No family, no address of ours in it, or no route.
  return error == ENETUNREACH || error == EHOSTUNREACH || error == EAFNOSUPPORT ||
         error == EADDRNOTAVAIL;
}

std::string reason_of(int error) {
  auto text = std::system_category().message(error);
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') text.front() |= 0x20;
  return text;
}

}  // namespace danewerk::net
