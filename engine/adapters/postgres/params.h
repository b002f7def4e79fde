#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/adapters/postgres/array_text.h"
#include "engine/base/time.h"

namespace sb::adapters::postgres {

/// The parameters of one statement, in the order of $1, $2 ... and in PostgreSQL's text form.
class Params {
 public:
  Params& Number(std::int64_t value);
  Params& NumberOrNull(std::optional<std::int64_t> value);
  Params& Text(std::string_view value);  ///< Cleaned as by CleanText.
  Params& Bytes(std::string_view value);
  Params& BytesOrNull(std::string_view value);  ///< Empty is null.
  Params& Time(WallTime value);
  Params& Array(const ArrayText& value);

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Params& Add(std::optional<std::string> value);

  std::vector<std::optional<std::string>> values_;
};

}  // namespace sb::adapters::postgres
