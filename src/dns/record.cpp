#include "dns/record.h"

#include <cstring>
#include <limits>

namespace danewerk::dns {

void RecordBatch::set_owner(NameView owner) {
  const auto wire = owner.wire();
  if (last_owner_.size == wire.size() &&
      std::memcmp(last_owner_.octets, wire.data(), wire.size()) == 0) {
    return;
  }
  std::memcpy(last_owner_.octets, wire.data(), wire.size());
  last_owner_.size = static_cast<std::uint8_t>(wire.size());
  RunEntry run{};
  run.key = static_cast<std::uint32_t>(data_.size());
  append_sort_key(data_, owner, apex_size_);
  run.key_size = static_cast<std::uint16_t>(data_.size() - run.key);
  if (has_upper_case(owner)) {
    run.cased_size = static_cast<std::uint16_t>(wire.size());
    data_ += as_text(wire);
  }
  run.records = static_cast<std::uint32_t>(data_.size());
  runs_.push_back(run);
}

void RecordBatch::add(RrType type, Ttl ttl, ByteView rdata, std::uint32_t line) {
  DW_CHECK(!runs_.empty(), "a record follows its owner");
  DW_CHECK(rdata.size() <= 0xffff, "RDATA has at most 65,535 octets");
  DW_CHECK(data_.size() < std::numeric_limits<std::uint32_t>::max() - 0x20000U,
           "a batch holds less than 4 GiB");
  const Header header{ttl, line, static_cast<std::uint16_t>(type),
                      static_cast<std::uint16_t>(rdata.size())};
  char octets[sizeof header];
  std::memcpy(octets, &header, sizeof header);
  data_.append(octets, sizeof header);
  data_ += as_text(rdata);
  ++runs_.back().count;
  ++records_;
}

RecordView RecordBatch::record_at(std::size_t& at, Header& h) const {
  std::memcpy(&h, data_.data() + at, sizeof h);
  const auto rdata = as_bytes(std::string_view(data_).substr(at + sizeof h, h.size));
  at += sizeof h + h.size;
  return {static_cast<RrType>(h.type), h.ttl, rdata, h.line};
}

std::string_view RecordBatch::Run::key() const {
  const RunEntry& run = batch_->runs_[index_];
  return std::string_view(batch_->data_).substr(run.key, run.key_size);
}

ByteView RecordBatch::Run::cased_owner() const {
  const RunEntry& run = batch_->runs_[index_];
  return as_bytes(
      std::string_view(batch_->data_).substr(run.key + std::size_t{run.key_size}, run.cased_size));
}

std::uint32_t RecordBatch::Run::count() const {
  return batch_->runs_[index_].count;
}

std::size_t RecordBatch::memory() const {
  return sizeof *this + data_.capacity() + runs_.capacity() * sizeof(RunEntry);
}

}  // namespace danewerk::dns
