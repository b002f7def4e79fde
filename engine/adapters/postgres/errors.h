#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sb::adapters::postgres {

/// Whether losing the answer leaves a doubt: a read that is lost has done nothing.
enum class Access { kRead, kWrite };

/// SQLSTATEs that stores judge themselves.
inline constexpr std::string_view kSqlFenced = "EN001";
inline constexpr std::string_view kSqlSequence = "EN002";
inline constexpr std::string_view kSqlUnique = "23505";

/// The connection ended before the answer to `statement` came.
Error AnswerLost(std::string_view statement, Access access);

/// No connection could be had: nothing was sent. `reason` is libpq's text; credentials in it are
/// not repeated.
Error NotReachable(std::string_view reason);

/// What the server said, its first line, where the class of the failure never quotes values;
/// otherwise nothing.
std::string SafeText(std::string_view sqlstate, std::string_view text);

/// What the server's refusal of `statement` means. `text` is its message without detail; it is
/// repeated as SafeText does.
Error FromSqlState(std::string_view sqlstate, std::string_view text, std::string_view statement,
                   Access access);

}  // namespace sb::adapters::postgres
