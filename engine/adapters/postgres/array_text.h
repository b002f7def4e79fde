#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace sb::adapters::postgres {

/// Text that any PostgreSQL UTF-8 column takes: NUL and malformed UTF-8 become U+FFFD. Foreign text
/// (event names, error notes) must never make a commit fail.
std::string CleanText(std::string_view text);

/// "2026-06-01 09:30:00.250000+00", as PostgreSQL reads and writes it.
std::string TimeText(WallTime when);
/// The reverse, for sessions with DateStyle ISO and time zone UTC; nothing when malformed.
std::optional<WallTime> ParseTimeText(std::string_view text);

/// "\x0aff", the input form of bytea.
std::string BytesText(std::string_view bytes);
/// The reverse; nothing when malformed.
std::optional<std::string> ParseBytesText(std::string_view text);

/// Writes a one-dimensional array in PostgreSQL's text form, element by element: libpqxx 6 has no
/// array parameters.
class ArrayText {
 public:
  void AddNumber(std::int64_t value);
  void AddNumberOrNull(std::optional<std::int64_t> value);
  void AddText(std::string_view value);  ///< Cleaned as by CleanText.
  void AddBytes(std::string_view value);
  void AddBytesOrNull(std::string_view value);  ///< Empty is null.
  void AddTime(WallTime value);
  void AddTimeOrNull(std::optional<WallTime> value);
  void AddFlag(bool value);
  void AddNull();

  std::string Text() const { return "{" + elements_ + "}"; }

 private:
  void AddPlain(std::string_view text);   ///< Needs no quotes.
  void AddQuoted(std::string_view text);  ///< Anything else.

  std::string elements_;
};

}  // namespace sb::adapters::postgres
