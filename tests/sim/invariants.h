#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/aircall.h"
#include "tests/sim/wire.h"

namespace sb::sim {

/// What is known at the end of a history, from the database, from Aircall and from the clients.
struct Evidence {
  SharedDatabase& database;
  Aircall& aircall;
  std::vector<AccountId> accounts;                          ///< By the place of their company.
  std::map<int, std::vector<std::int64_t>> missed;          ///< Calls, by company.
  std::vector<std::pair<int, std::string>> wanted;          ///< Contacts: company and number.
  std::vector<std::string> ordered;                         ///< Numbers, at the shop.
  std::vector<std::pair<AccountId, std::string>> answered;  ///< Deliveries that got their 200.
  std::map<std::string, WorkflowId> workflows;
  WallTime end;
};

/// The invariants that do not hold, each with its number and an example. They are those of
/// tests/faults, seen in memory.
std::vector<std::string> Violations(const Evidence& evidence);

/// A hash over all journals, in the order of commits.
std::string Fingerprint(const SharedDatabase& database);

}  // namespace sb::sim
