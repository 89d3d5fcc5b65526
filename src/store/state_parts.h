#pragma once

/// \file
/// What State and its Transaction are made of: reading and writing single things. Private to this
/// folder. All of them throw (state_rows.h); none begins or ends a transaction.

#include <optional>
#include <string_view>
#include <vector>

#include "store/state.h"
#include "store/state_rows.h"

namespace danewerk::store {

std::vector<ZoneSummary> read_summaries(Statements& statements);
std::optional<model::ZoneState> read_zone(Statements& statements, std::string_view name);
/// Writes what differs from what stands there: nothing when nothing does.
void write_zone(Statements& statements, const model::ZoneState& zone);
void erase_zone(Statements& statements, std::string_view name);

std::vector<model::VersionRecord> read_versions(Statements& statements, std::string_view zone,
                                                model::VersionNumber after);
std::optional<model::VersionRecord> read_version(Statements& statements, std::string_view zone,
                                                 model::VersionNumber number);
void write_version(Statements& statements, std::string_view zone,
                   const model::VersionRecord& version);
void erase_versions_before(Statements& statements, std::string_view zone,
                           model::VersionNumber first);

std::vector<model::Event> read_events(Statements& statements, std::string_view zone,
                                      std::size_t limit);
void write_event(Statements& statements, const model::Event& event);

std::vector<std::string> read_binding_names(Statements& statements);
std::optional<model::BindingState> read_binding(Statements& statements, std::string_view name);
void write_binding(Statements& statements, const model::BindingState& state);
void erase_binding(Statements& statements, std::string_view name);
std::vector<ZonedTlsaOwner> read_all_tlsa_owners(Statements& statements);
std::vector<model::TlsaOwner> read_tlsa_owners(Statements& statements, std::string_view zone);
void write_tlsa_owner(Statements& statements, std::string_view zone, const model::TlsaOwner& owner);
void erase_tlsa_owner(Statements& statements, std::string_view zone, std::string_view name);

/// Moments that are about no zone: "last_pass", "restored_at".
std::optional<sys_seconds> read_moment(Statements& statements, std::string_view name);
void write_moment(Statements& statements, std::string_view name, std::optional<sys_seconds> at);

}  // namespace danewerk::store
