#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/adapters/postgres/array_text.h"
#include "engine/base/time.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/page.h"

namespace sb::adapters::postgres {

/// The parameters of one statement, in the order of $1, $2 ... and in PostgreSQL's text form; only
/// the last may be in its binary form.
class Params {
 public:
  Params& Number(std::int64_t value);
  Params& NumberOrNull(std::optional<std::int64_t> value);
  Params& Text(std::string_view value);  ///< Cleaned as by CleanText.
  Params& Bytes(std::string_view value);
  Params& BytesOrNull(std::string_view value);  ///< Empty is null.
  Params& Time(WallTime value);
  Params& Array(const ArrayText& value);
  /// Many bytes, sent as they are: the last parameter, after all others.
  Params& LastBytes(std::string value);

  const std::optional<std::string>& last_bytes() const { return last_bytes_; }

  /// Two parameters that a `Choice` becomes: its mode (0 all, 1 only, 2 except) and its ids.
  template <typename Id>
  Params& Chosen(const ports::Choice<Id>& choice) {
    ArrayText ids;
    for (const Id& id : choice.ids) ids.AddNumber(id.number());
    return Number(static_cast<std::int64_t>(choice.mode)).Array(ids);
  }

  Params& Chosen(const ports::Choice<std::string>& choice);
  Params& Chosen(const ports::Choice<ports::InboxSource>& choice);
  Params& TimeOrNull(std::optional<WallTime> value);

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Params& Add(std::optional<std::string> value);

  std::vector<std::optional<std::string>> values_;
  std::optional<std::string> last_bytes_;
};

}  // namespace sb::adapters::postgres
