#pragma once

/// \file
/// Records on their way from a reader into a zone: packed, grouped by owner, with the line that
/// each was read from. A reader's thread fills one batch; a zone is built from many.
/// Thread-compatible.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/type.h"

namespace danewerk::dns {

/// One record; points into the batch or zone that it came from.
struct RecordView {
  RrType type;
  Ttl ttl;
  ByteView rdata;      ///< wire form, names uncompressed, case as it was read
  std::uint32_t line;  ///< where it was read; 0 when it was not read from a text
};

/// Records of consecutive owners, in the order in which they were read.
class RecordBatch {
 public:
  /// \param apex  every owner that is added must be at or below it.
  /// \param file  number of the file that lines count in; the reader knows its name.
  explicit RecordBatch(NameView apex, std::uint32_t file = 0)
      : apex_size_(apex.size()), file_(file) {}

  /// Later records belong to OWNER. Costs next to nothing when it is the same again.
  void set_owner(NameView owner);
  /// REQUIRES: set_owner was called; rdata has at most 65,535 octets.
  void add(RrType type, Ttl ttl, ByteView rdata, std::uint32_t line);

  /// A run of records with the same owner. The same owner may have several runs.
  class Run {
   public:
    [[nodiscard]] std::string_view key() const;  ///< sort key relative to the apex
    [[nodiscard]] ByteView cased_owner() const;  ///< wire form as read; empty when all lower case
    [[nodiscard]] std::uint32_t count() const;
    [[nodiscard]] std::uint32_t file() const { return batch_->file_; }
    /// Calls fn(RecordView) for each record in the order read.
    template <class Fn>
    void for_each(Fn&& fn) const {
      std::size_t at = batch_->runs_[index_].records;
      for (std::uint32_t i = 0; i < count(); ++i) {
        Header h{};
        const RecordView record = batch_->record_at(at, h);
        fn(record);
      }
    }

   private:
    friend class RecordBatch;
    Run(const RecordBatch* batch, std::size_t index) : batch_(batch), index_(index) {}
    const RecordBatch* batch_;
    std::size_t index_;
  };

  [[nodiscard]] std::size_t runs() const { return runs_.size(); }
  [[nodiscard]] Run run(std::size_t index) const { return {this, index}; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  /// Octets held.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Header {
    std::uint32_t ttl;
    std::uint32_t line;
    std::uint16_t type;
    std::uint16_t size;
  };
  struct RunEntry {
    std::uint32_t key;  ///< offset of the key
    std::uint16_t key_size;
    std::uint16_t cased_size;  ///< octets of the cased owner, which follows the key
    std::uint32_t records;     ///< offset of the first record
    std::uint32_t count;
  };
  RecordView record_at(std::size_t& at, Header& h) const;

  std::size_t apex_size_;
  std::uint32_t file_;
  std::string data_;  ///< keys and records, packed; offsets are 32 bits: a batch holds below 4 GiB
  std::vector<RunEntry> runs_;
  NameBuffer last_owner_;
  std::uint64_t records_ = 0;
};

}  // namespace danewerk::dns
