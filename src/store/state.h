#pragma once

/// \file
/// The state folder: one SQLite database (WAL, synchronous=FULL) with everything that is remembered
/// of the zones, their versions, and what happened. The only place with SQL. One object belongs to
/// one thread; several processes may read at once, one may write (state_lock.h).

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "model/binding_state.h"
#include "model/zone_state.h"

namespace danewerk::store {

/// What a pass must know of a zone to see that nothing is due: cheap for ten thousand zones.
struct ZoneSummary {
  std::string name;
  model::VersionNumber version = 0;
  model::VersionNumber output_version = 0;
  std::uint32_t serial = 0;
  std::optional<sys_seconds> wake{};
  std::optional<sys_seconds> last_pass{};
  std::string policy_digest{};
  std::vector<model::FileMark> source{};
  std::optional<model::FileMark> output{};  ///< as we wrote it
  bool is_frozen = false;
  bool has_findings = false;  ///< of level error, standing
  bool is_published = false;  ///< the newest version is
};

/// An owner of TLSA records, and the zone that it is in; "" for one that is not signed here.
struct ZonedTlsaOwner {
  std::string zone;
  model::TlsaOwner owner;
};

class State {
 public:
  enum class Access : std::uint8_t { kRead, kWrite };
  /// Opens state.db in FOLDER. kWrite: makes folder (0700) and database when they are not there,
  /// and brings an older one up to date in one transaction. kRefused when a newer version of the
  /// program wrote it (nothing is touched) or others can reach the folder (promise P7);
  /// kUnavailable when kRead finds none; kCorrupt when SQLite says so.
  static Result<State> open(const Path& folder, Access access);
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  Result<std::vector<ZoneSummary>> zones() const;
  Result<std::optional<model::ZoneState>> load(std::string_view zone) const;
  /// Records of the versions of a zone after FIRST up to its newest, ascending; with their deltas.
  Result<std::vector<model::VersionRecord>> versions_after(std::string_view zone,
                                                           model::VersionNumber first) const;
  /// One version's record, if it is still kept.
  Result<std::optional<model::VersionRecord>> version(std::string_view zone,
                                                      model::VersionNumber number) const;
  /// Of a zone, or of all when empty; the newest LIMIT, ascending.
  Result<std::vector<model::Event>> events(std::string_view zone, std::size_t limit) const;

  Result<std::vector<std::string>> binding_names() const;
  Result<std::optional<model::BindingState>> load_binding(std::string_view name) const;
  /// Owners of TLSA records in all zones, ascending by zone and name.
  Result<std::vector<ZonedTlsaOwner>> all_tlsa_owners() const;
  /// Owners of TLSA records in a zone, ascending; "" for zones that are not signed here.
  Result<std::vector<model::TlsaOwner>> tlsa_owners(std::string_view zone) const;

  /// When the last pass over all zones was, and by whom the clock is judged.
  Result<std::optional<sys_seconds>> last_pass() const;
  /// The heartbeat: the only write of a pass in which nothing is due (promise P6).
  Result<void> set_last_pass(sys_seconds at);

  /// When the state was restored from a backup; publishing waits until what the secondaries serve
  /// was fetched, and that is marked by `clear_restored`.
  Result<std::optional<sys_seconds>> restored_at() const;
  Result<void> set_restored(sys_seconds at);
  Result<void> clear_restored();

  /// Writes that take effect together, at `commit`, or not at all. One at a time.
  class Transaction {
   public:
    Transaction(Transaction&&) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();  ///< rolls back what was not committed

    /// Replaces all that is remembered of the zone.
    Result<void> save(const model::ZoneState& zone);
    /// kBadInput when the zone was never saved.
    Result<void> add_version(std::string_view zone, const model::VersionRecord& version);
    /// Forgets versions before FIRST.
    Result<void> drop_versions_before(std::string_view zone, model::VersionNumber first);
    Result<void> add_event(const model::Event& event);
    /// Forgets the zone; its events stay.
    Result<void> remove_zone(std::string_view zone);
    /// Replaces all that is remembered of the binding.
    Result<void> save_binding(const model::BindingState& binding);
    Result<void> remove_binding(std::string_view name);
    Result<void> save_tlsa_owner(std::string_view zone, const model::TlsaOwner& owner);
    Result<void> remove_tlsa_owner(std::string_view zone, std::string_view name);
    /// What follows can be taken back alone: a zone's failure does not undo its group. After a
    /// failed write, only that or the end is left: `commit` refuses (kRefused).
    Result<void> savepoint();
    Result<void> rollback_to_savepoint();
    Result<void> commit();

   private:
    friend class State;
    struct Body;
    explicit Transaction(std::unique_ptr<Body> body);
    std::unique_ptr<Body> body_;
  };
  Result<Transaction> begin();

  /// The whole database as one consistent file (0600), for backups. Replaces TARGET. Not within a
  /// transaction.
  Result<void> copy_to(const Path& target) const;

 private:
  struct Body;
  explicit State(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace danewerk::store
