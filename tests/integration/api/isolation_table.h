#pragma once

#include <string>
#include <vector>

#include "engine/ports/api_key_store.h"

namespace sb::testing {

/// What the key of one tenant (acme) must meet when it asks for what is another's (globex).
enum class Meets {
  /// Refused, and in the same words as when it asks for what does not exist at all.
  kRefusal,
  /// An answer that refuses each of its items, in the same words likewise.
  kRefusalOfItems,
  /// An answer in which nothing of the other tenant stands.
  kNothing,
};

/// One way of asking, of one method. Each method of the API has a row, or several where there are
/// several ways to name what is another's: by id, by tenant, by filter, by nothing at all.
struct IsolationRow {
  std::string method;  ///< "RunService/GetRun"
  ports::Role least;   ///< The role that the method asks for.
  /// The request as JSON. "$account" and so on become the other tenant's ids, see
  /// IsolationWorld::WordsOfGlobex.
  std::string request;
  Meets meets = Meets::kRefusal;
};

/// The whole table.
const std::vector<IsolationRow>& IsolationTable();

}  // namespace sb::testing
