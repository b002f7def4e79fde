#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <pqxx/result>
#include <pqxx/row>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::adapters::postgres {

// Readers of one column by name. The types are those of our own schema, which the tests hold us to:
// a column that is null reads as empty, 0 or the epoch.

std::int64_t NumberOf(const pqxx::row& row, const char* column);
bool FlagOf(const pqxx::row& row, const char* column);
bool IsNull(const pqxx::row& row, const char* column);
std::string TextOf(const pqxx::row& row, const char* column);
std::string BytesOf(const pqxx::row& row, const char* column);
WallTime TimeOf(const pqxx::row& row, const char* column);
std::optional<WallTime> OptionalTimeOf(const pqxx::row& row, const char* column);
/// Null JSON when the column is null or, which no type of ours allows, is not JSON.
Json JsonOf(const pqxx::row& row, const char* column);
/// Of an array of numbers.
std::vector<RunId> RunIdsOf(const Json& numbers);

}  // namespace sb::adapters::postgres
