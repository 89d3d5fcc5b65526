// DNS messages, whatever their octets: read within bounds; every name that comes out is one, and
// names inside RDATA are no longer compressed.

#include <cstddef>
#include <cstdint>

#include "dns/message.h"
#include "dns/rdata_text.h"

namespace {

using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program

void look_at(const std::vector<dns::MessageRecord>& section) {
  for (const auto& record : section) {
    const auto owner = record.owner.view().wire();
    DW_CHECK(dns::wire_name_length(owner) == owner.size(), "an owner is a whole name");
    const bool is_name = record.type == dns::RrType::kNs || record.type == dns::RrType::kCname ||
                         record.type == dns::RrType::kSoa || record.type == dns::RrType::kMx;
    DW_CHECK(!is_name || dns::is_well_formed_rdata(record.type, record.rdata),
             "names in RDATA are written out");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = dns::read_message(ByteView(data, size));
  if (!message) return 0;
  for (const auto& question : message->questions) {
    dns::Query query{.id = message->head.id, .name = question.name, .type = question.type};
    static_cast<void>(dns::is_answer_to(*message, query));
    const auto written = dns::read_message(dns::write_query(query));
    DW_CHECK(written && dns::equal(written->questions.front().name, question.name),
             "what is read can be asked");
  }
  look_at(message->answers);
  look_at(message->authorities);
  look_at(message->additionals);
  DW_CHECK(!message->tsig || message->tsig->at < size, "TSIG lies within the message");
  return 0;
}
