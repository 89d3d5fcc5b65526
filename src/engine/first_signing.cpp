#include "engine/first_signing.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "denial/chain.h"
#include "denial/nsec.h"
#include "denial/nsec3.h"
#include "denial/type_bitmap.h"
#include "sign/sign_node.h"

namespace danewerk::engine {

using dns::RrType;
using model::DenialKind;

namespace {

/// Names or hashes a part has: enough signatures to keep a thread busy for milliseconds.
constexpr std::size_t kNodesPerPart = 64;

class Stream {
 public:
  Stream(const FirstSigning& task, const publish::TextSink& sink)
      : task_(task),
        zone_(*task.zone),
        sink_(sink),
        jobs_(std::max(1U, task.jobs)),
        window_(std::size_t{jobs_} * 8),
        texts_(window_) {}

  Result<StreamCounts> run() {
    DW_TRY_VOID(prepare());
    const auto links = chain_ ? chain_->links().size() : 0;
    const auto chain_parts = (links + kNodesPerPart - 1) / kNodesPerPart;
    const auto parts = starts_.size() + chain_parts;
    DW_TRY_VOID(danewerk::run(
        {.count = parts,
         .window = window_,
         .jobs = jobs_,
         .make = [this](std::size_t part, unsigned thread) { return make(part, thread); },
         .take =
             [this, parts](std::size_t part) {
               if (task_.progress) task_.progress("signing", part + 1, parts);
               return sink_(texts_[part % window_]);
             }}));
    StreamCounts counts;
    for (const auto& worker : workers_) {
      counts.records += worker.printer.records();
      counts.signatures += worker.signer.made();
    }
    return counts;
  }

 private:
  /// What a thread keeps.
  struct Worker {
    sign::NodeSigner signer;
    publish::NodePrinter printer;
    dns::NodeBuilder node;
    Bytes rdata;
  };

  Result<void> prepare() {
    dns::Tree::Cursor cursor(zone_.names());
    std::size_t i = 0;
    for (bool more = cursor.first(); more; more = cursor.next(), ++i) {
      if (i % kNodesPerPart == 0) starts_.push_back(cursor.entry().key);
    }
    ttl_ = denial::denial_ttl(zone_);
    if (task_.denial.kind == DenialKind::kNsec3) {
      DW_TRY(auto chain, denial::Chain::build(zone_, task_.denial, jobs_));
      chain_ = std::move(chain);
    }
    for (unsigned thread = 0; thread < jobs_; ++thread) {
      DW_TRY(auto signer, sign::NodeSigner::create(*task_.keys, zone_, task_.policy));
      workers_.push_back({std::move(signer), publish::NodePrinter(zone_.apex()), {}, {}});
    }
    return {};
  }

  Result<void> make(std::size_t part, unsigned thread) {
    auto& text = texts_[part % window_];
    text.clear();
    if (part < starts_.size()) return make_names(starts_[part], workers_[thread], text);
    return make_links((part - starts_.size()) * kNodesPerPart, workers_[thread], text);
  }

  Result<void> make_names(std::string_view start, Worker& worker, std::string& text) {
    dns::Tree::Cursor cursor(zone_.names());
    cursor.seek(start);
    for (std::size_t i = 0; i < kNodesPerPart && cursor.valid(); ++i, cursor.next()) {
      const auto entry = cursor.entry();
      dns::NodeView node(entry.value);
      const auto standing = zone_.standing(entry.key);
      if (task_.denial.kind == DenialKind::kNsec)
        node = with_nsec(entry.key, node, standing, worker);
      DW_TRY(const auto made, worker.signer.sign(entry.key, node, standing));
      worker.printer.append(text, entry.key, dns::NodeView(made.packed));
    }
    return {};
  }

  dns::NodeView with_nsec(std::string_view key, dns::NodeView node, dns::Standing standing,
                          Worker& worker) {
    if (!denial::is_in_chain(node, standing, task_.denial)) return node;
    denial::nsec_rdata(worker.rdata, zone_, node, standing, denial::next_in_chain(zone_, key));
    worker.node.load(node);
    worker.node.add(RrType::kNsec, ttl_, worker.rdata);
    return dns::NodeView(worker.node.pack());
  }

  Result<void> make_links(std::size_t first, Worker& worker, std::string& text) {
    const auto& links = chain_->links();
    const auto end = std::min(links.size(), first + kNodesPerPart);
    for (std::size_t i = first; i < end; ++i) {
      const auto& link = links[i];
      const auto key = denial::as_key(link.hash);
      denial::nsec3_rdata(worker.rdata, zone_.node(link.key()), link.standing, chain_->next(i),
                          task_.denial);
      worker.node.clear();
      worker.node.add(RrType::kNsec3, ttl_, worker.rdata);
      DW_TRY(const auto made, worker.signer.sign_denial(key, dns::NodeView(worker.node.pack())));
      worker.printer.append_denial(text, key, dns::NodeView(made.packed));
    }
    return {};
  }

  const FirstSigning& task_;
  const dns::Zone& zone_;
  const publish::TextSink& sink_;
  unsigned jobs_;
  std::size_t window_;
  std::vector<std::string> texts_;        ///< slot of part i: i % window
  std::vector<std::string_view> starts_;  ///< first key of each part of names
  std::optional<denial::Chain> chain_;
  dns::Ttl ttl_ = 0;
  std::vector<Worker> workers_;
};

}  // namespace

Result<StreamCounts> sign_stream(const FirstSigning& task, const publish::TextSink& sink) {
  return Stream(task, sink).run();
}

}  // namespace danewerk::engine
