#include "engine/adapters/postgres/errors.h"

#include <algorithm>
#include <array>
#include <string>

namespace sb::adapters::postgres {
namespace {

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

/// The server went away, or is going: the statement's fate is unknown.
bool MeansLostConnection(std::string_view sqlstate) {
  constexpr std::array<std::string_view, 2> kEnding = {"57P01", "57P02"};
  return sqlstate.starts_with("08") || sqlstate == "40003" ||
         std::find(kEnding.begin(), kEnding.end(), sqlstate) != kEnding.end();
}

/// Refused without effect, for a reason that passes: time limits, deadlocks, resources, a standby
/// that is not yet promoted.
bool MeansTryAgain(std::string_view sqlstate) {
  constexpr std::array<std::string_view, 7> kPassing = {"57014", "57P03", "55P03", "40001",
                                                        "40P01", "25006", "25P03"};
  return sqlstate.starts_with("53") || sqlstate.starts_with("58") ||
         std::find(kPassing.begin(), kPassing.end(), sqlstate) != kPassing.end();
}

/// Classes whose primary message names objects of the schema, never values.
bool IsTextHarmless(std::string_view sqlstate) {
  constexpr std::array<std::string_view, 5> kClasses = {"23", "42", "53", "57", "EN"};
  return std::any_of(kClasses.begin(), kClasses.end(),
                     [&](std::string_view prefix) { return sqlstate.starts_with(prefix); });
}

}  // namespace

std::string SafeText(std::string_view sqlstate, std::string_view text) {
  return IsTextHarmless(sqlstate) ? FirstLine(text) : std::string();
}

Error AnswerLost(std::string_view statement, Access access) {
  const std::string what =
      "the connection to the database was lost during " + std::string(statement);
  if (access == Access::kRead) {
    return Unavailable("DATABASE_UNAVAILABLE",
                       what + "; check that the server runs and is reachable");
  }
  return InDoubt("DATABASE_IN_DOUBT", what + ": it may or may not have taken effect");
}

Error NotReachable(std::string_view reason) {
  // libpq quotes the connection string, and with it the password, when it cannot read it.
  const bool malformed = reason.find("connection info string") != std::string_view::npos ||
                         reason.find("connection option") != std::string_view::npos ||
                         reason.find("URI") != std::string_view::npos ||
                         reason.find("invalid integer value") != std::string_view::npos;
  if (malformed) {
    return Invalid("DATABASE_URL_INVALID",
                   "the database URL cannot be read; write it as "
                   "postgresql://user:password@host:5432/database");
  }
  return Unavailable(
      "DATABASE_UNAVAILABLE",
      "cannot connect to the database: " + FirstLine(reason) +
          "; check the database URL, that the server runs, and that this user may connect");
}

Error FromSqlState(std::string_view sqlstate, std::string_view text, std::string_view statement,
                   Access access) {
  if (sqlstate == kSqlFenced) {
    return Conflict("WRITER_FENCED",
                    "another incarnation of this instance took over; nothing was written");
  }
  if (sqlstate == kSqlSequence) {
    return Conflict("RUN_SEQUENCE_CONFLICT",
                    "a run is not where this commit believed it to be; nothing was written");
  }
  if (MeansLostConnection(sqlstate)) return AnswerLost(statement, access);
  std::string what = std::string(statement) + " (SQLSTATE " + std::string(sqlstate) + ")";
  if (const std::string safe = SafeText(sqlstate, text); !safe.empty()) what += ": " + safe;
  if (MeansTryAgain(sqlstate)) {
    return Unavailable("DATABASE_UNAVAILABLE",
                       "the database could not do " + what + "; nothing was written");
  }
  return Internal("DATABASE_REFUSED",
                  "the database refused " + what +
                      "; this is a bug, or the schema is not the one of this version");
}

}  // namespace sb::adapters::postgres
