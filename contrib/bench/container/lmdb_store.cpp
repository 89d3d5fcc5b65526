#include <lmdb.h>

#include "base/result.h"
#include "candidates.h"

namespace bench {

namespace {

void must(int code) {
  DW_CHECK(code == MDB_SUCCESS, mdb_strerror(code));
}

MDB_val to_val(std::string_view octets) {
  return {octets.size(), const_cast<char*>(octets.data())};  // NOLINT: LMDB only reads it
}

constexpr std::size_t kMapOctets = std::size_t{4} << 30U;

}  // namespace

Lmdb::Lmdb(const std::filesystem::path& path) {
  must(mdb_env_create(&env_));
  must(mdb_env_set_mapsize(env_, kMapOctets));
  must(mdb_env_open(env_, path.c_str(), MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOTLS, 0600));
  MDB_txn* txn = nullptr;
  must(mdb_txn_begin(env_, nullptr, 0, &txn));
  must(mdb_dbi_open(txn, nullptr, 0, &database_));
  must(mdb_txn_commit(txn));
}

Lmdb::~Lmdb() {
  drop_version();
  mdb_env_close(env_);
}

void Lmdb::load(const std::vector<Item>& items) {
  MDB_txn* txn = nullptr;
  must(mdb_txn_begin(env_, nullptr, 0, &txn));
  for (const Item& item : items) {
    MDB_val key = to_val(item.key);
    MDB_val value = to_val(item.value);
    must(mdb_put(txn, database_, &key, &value, MDB_APPEND));
  }
  must(mdb_txn_commit(txn));
}

std::uint64_t Lmdb::find_all(const std::vector<std::string_view>& keys) {
  MDB_txn* txn = nullptr;
  must(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
  std::uint64_t found = 0;
  for (const std::string_view wanted : keys) {
    MDB_val key = to_val(wanted);
    MDB_val value{};
    found += mdb_get(txn, database_, &key, &value) == MDB_SUCCESS ? 1U : 0U;
  }
  mdb_txn_abort(txn);
  return found;
}

std::uint64_t Lmdb::scan() {
  MDB_txn* txn = nullptr;
  MDB_cursor* cursor = nullptr;
  must(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
  must(mdb_cursor_open(txn, database_, &cursor));
  std::uint64_t sum = 0;
  MDB_val key{};
  MDB_val value{};
  while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
    sum += value.mv_size + *static_cast<const std::uint8_t*>(value.mv_data);
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(txn);
  return sum;
}

void Lmdb::put(std::string_view wanted, std::string_view now) {
  MDB_txn* txn = nullptr;
  must(mdb_txn_begin(env_, nullptr, 0, &txn));
  MDB_val key = to_val(wanted);
  MDB_val value = to_val(now);
  must(mdb_put(txn, database_, &key, &value, 0));
  must(mdb_txn_commit(txn));
}

void Lmdb::sync() {
  must(mdb_env_sync(env_, 1));
}

std::uint64_t Lmdb::octets() {
  MDB_envinfo info{};
  MDB_stat stat{};
  must(mdb_env_info(env_, &info));
  must(mdb_env_stat(env_, &stat));
  return (info.me_last_pgno + 1) * std::uint64_t{stat.ms_psize};
}

void Lmdb::hold_version() {
  MDB_txn* txn = nullptr;
  must(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
  held_ = txn;
}

void Lmdb::drop_version() {
  if (held_ != nullptr) mdb_txn_abort(static_cast<MDB_txn*>(held_));
  held_ = nullptr;
}

}  // namespace bench
