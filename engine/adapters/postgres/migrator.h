#pragma once

#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/base/embedded.h"

namespace sb::adapters::postgres {

/// The migrations of this version, built in.
EmbeddedFiles BuiltInMigrations();

/// Brings the schema `eng` to the version of the given files (NNNN_name.up.sql,
/// NNNN_name.down.sql). Each migration is one transaction and is recorded in eng.migration with its
/// SHA-256; an advisory lock lets one instance migrate while the others wait.
class Migrator {
 public:
  /// Borrows `files`.
  Migrator(DatabaseSettings settings, EmbeddedFiles files);

  /// Applies what is missing; answers how many were. kConflict MIGRATION_CHANGED: one that is
  /// applied differs from its file. kConflict DATABASE_TOO_NEW: the database has one that we lack.
  /// kInternal MIGRATION_FAILED: one was refused and left nothing behind. kInternal
  /// MIGRATION_FILES_INVALID: the files themselves. kInvalid DATABASE_TOO_OLD: the server is older
  /// than PostgreSQL 15. kUnavailable DATABASE_UNAVAILABLE.
  Result<int> Up();

  /// Undoes all above `version`, newest first; answers how many. For tests and for hands that know
  /// what they do: data goes with the tables. Fails as Up does.
  Result<int> DownTo(int version);

 private:
  const DatabaseSettings settings_;
  const EmbeddedFiles files_;
};

}  // namespace sb::adapters::postgres
