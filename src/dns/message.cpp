#include "dns/message.h"

namespace danewerk::dns {

namespace {

constexpr std::uint16_t kOpt = 41;
constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr std::uint16_t kDnssecOk = 0x8000;

void append_name(Bytes& out, NameView name) {
  out.insert(out.end(), name.wire().begin(), name.wire().end());
}

}  // namespace

std::string to_text(Rcode rcode) {
  switch (rcode) {
    case Rcode::kNoError:
      return "NOERROR";
    case Rcode::kFormatError:
      return "FORMERR";
    case Rcode::kServerFailure:
      return "SERVFAIL";
    case Rcode::kNxDomain:
      return "NXDOMAIN";
    case Rcode::kNotImplemented:
      return "NOTIMP";
    case Rcode::kRefused:
      return "REFUSED";
    case Rcode::kYxDomain:
      return "YXDOMAIN";
    case Rcode::kYxRrset:
      return "YXRRSET";
    case Rcode::kNxRrset:
      return "NXRRSET";
    case Rcode::kNotAuth:
      return "NOTAUTH";
    case Rcode::kNotZone:
      return "NOTZONE";
    case Rcode::kBadVersion:
      return "BADVERS";
  }
  return "RCODE " + std::to_string(static_cast<unsigned>(rcode));
}

Bytes write_query(const Query& query) {
  Bytes out;
  append_u16(out, query.id);
  append_u16(out, query.is_recursion_desired ? kRecursionDesired : 0);
  append_u16(out, 1);
  append_u16(out, 0);
  append_u16(out, 0);
  append_u16(out, query.has_edns ? 1 : 0);
  append_name(out, query.name);
  append_u16(out, static_cast<std::uint16_t>(query.type));
  append_u16(out, kClassIn);
  if (!query.has_edns) return out;
  out.push_back(0);  // OPT belongs to the root (RFC 6891 section 6.1.2)
  append_u16(out, kOpt);
  append_u16(out, kOfferedOctets);
  append_u16(out, 0);
  append_u16(out, query.is_dnssec_ok ? kDnssecOk : 0);
  append_u16(out, 0);
  return out;
}

bool is_answer_to(const Message& message, const Query& query) {
  const auto& head = message.head;
  if (!head.is_response() || head.id != query.id || head.opcode() != 0) return false;
  const bool is_not_understood =
      message.rcode == Rcode::kFormatError || message.rcode == Rcode::kNotImplemented;
  if (message.questions.empty()) return is_not_understood;
  const auto& question = message.questions.front();
  return message.questions.size() == 1 && question.type == query.type &&
         question.of_class == kClassIn && equal(question.name, query.name);
}

}  // namespace danewerk::dns
