#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/core/personal/person.h"

namespace sb::core::personal {

/// What stands where something was erased.
inline constexpr const char* kErased = "[erased]";

/// Where the person stands in a member of an object named in `by`, the texts in the members named
/// in `also` are theirs, too: a contact's name beside its phone numbers. Connectors say which
/// (`personal_data` of connector.yaml).
struct Companions {
  std::vector<std::string> by;
  std::vector<std::string> also;
};

/// One sign of a text, however it was written. What is none of ASCII is 0.
struct TextSign {
  char c = 0;
  std::size_t begin = 0;
  std::size_t length = 1;
};

/// Takes one person out of texts and JSON, however the number or the address is written there:
/// with other signs between the digits, percent-encoded, escaped in JSON within a text, as a JSON
/// number or as a key. Pure; thread-safe; doing it twice changes nothing more.
class Redactor {
 public:
  explicit Redactor(const Person& person, std::vector<Companions> companions = {});

  /// How many places were replaced.
  int Redact(std::string& text) const;
  int Redact(Json& value) const;

 private:
  struct Pattern {
    std::string signs;          ///< Digits of a number, or the letters of an address.
    bool is_phone = true;       ///< Signs may stand between them.
    bool tells_country = true;  ///< As Spelling.
  };

  bool MayHold(std::string_view text) const;
  std::pair<std::size_t, std::size_t> MatchAt(const std::vector<TextSign>& signs,
                                              std::size_t at) const;
  int RedactNumber(Json& value) const;
  int RedactObject(Json& object) const;
  int RedactKeys(Json& object) const;

  std::vector<Pattern> patterns_;  ///< Longer ones first.
  std::vector<Companions> companions_;
  std::size_t fewest_digits_ = 0;  ///< Of any number that is looked for.
  bool has_email_ = false;
};

}  // namespace sb::core::personal
