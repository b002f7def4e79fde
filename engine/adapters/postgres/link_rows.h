#pragma once

#include <pqxx/row>

#include "engine/adapters/postgres/params.h"
#include "engine/ports/link_store.h"

// Links and what belongs to them, to and from rows.
namespace sb::adapters::postgres {

ports::Link ReadLink(const pqxx::row& row);
ports::Hint ReadLinkHint(const pqxx::row& row);
ports::LinkConflict ReadLinkConflict(const pqxx::row& row);
ports::LinkEntry ReadLinkEntry(const pqxx::row& row);
ports::LinkProgress ReadLinkProgress(const pqxx::row& row);

/// SHA-256 of what a match key says, and of a record's key: all that is kept of them.
std::string DigestOf(const core::twoway::MatchKey& key);
std::string DigestOf(const std::string& key);

/// Slot, account and sync.
Params AtLinks(const ports::LinkPlace& place);

/// Six arrays: each record once.
Params& AddLinkHints(const std::vector<ports::Hint>& hints, Params& params);

/// All parameters of eng.commit_link.
Params LinkCommitParams(const ports::LinkCommit& commit);

/// All parameters of both statements that store progress.
Params LinkProgressParams(const ports::LinkProgress& progress);

}  // namespace sb::adapters::postgres
