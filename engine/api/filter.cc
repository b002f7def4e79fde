#include "engine/api/filter.h"

#include <algorithm>
#include <utility>

#include "engine/core/workflow/suggest.h"

namespace sb::api {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool IsNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

const char* SignOf(Compare compare) {
  switch (compare) {
    case Compare::kEqual:
      return "=";
    case Compare::kNotEqual:
      return "!=";
    case Compare::kLess:
      return "<";
    case Compare::kAtMost:
      return "<=";
    case Compare::kGreater:
      return ">";
    case Compare::kAtLeast:
      return ">=";
    case Compare::kHas:
      return ":";
  }
  return "";
}

Failure Wrong(int column, const std::string& message) {
  return WrongField("filter", "column " + std::to_string(column) + ": " + message,
                    "FILTER_INVALID");
}

std::string ListOf(const std::vector<FilterField>& fields) {
  std::string text;
  for (const FilterField& field : fields) text += (text.empty() ? "" : ", ") + field.name;
  return text;
}

std::string SignsOf(const FilterField& field) {
  std::string text;
  for (const Compare compare : field.compares)
    text += (text.empty() ? "" : " ") + std::string(SignOf(compare));
  return text;
}

class Parser {
 public:
  Parser(const std::string& text, const std::vector<FilterField>& fields)
      : text_(text), fields_(fields) {}

  std::variant<std::vector<Condition>, Failure> Parse() {
    std::vector<Condition> conditions;
    for (SkipSpace(); !AtEnd(); SkipSpace()) {
      if (!conditions.empty()) {
        if (auto failure = ReadAnd()) return std::move(*failure);
      }
      if (conditions.size() == kMostConditions)
        return Wrong(Column(), "there are more than 20 conditions");
      auto condition = ReadCondition();
      if (auto* failure = std::get_if<Failure>(&condition)) return std::move(*failure);
      conditions.push_back(std::get<Condition>(std::move(condition)));
    }
    return conditions;
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }

  int Column() const { return static_cast<int>(at_) + 1; }

  void SkipSpace() {
    while (!AtEnd() && IsSpace(text_[at_])) ++at_;
  }

  std::string ReadName() {
    const std::size_t begin = at_;
    while (!AtEnd() && IsNamePart(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::optional<Failure> ReadAnd() {
    const int column = Column();
    const std::string word = ReadName();
    SkipSpace();
    if (word == "AND" && !AtEnd()) return {};
    if (word == "AND") return Wrong(column, "a condition must follow AND");
    if (word == "OR")
      return Wrong(column, "OR is not supported: conditions are joined by AND; ask once for each");
    return Wrong(column, "AND must stand between conditions; a value with spaces needs quotes");
  }

  const FilterField* Find(const std::string& name) const {
    const auto found = std::ranges::find(fields_, name, &FilterField::name);
    return found == fields_.end() ? nullptr : &*found;
  }

  std::variant<const FilterField*, Failure> ReadField() {
    const int column = Column();
    if (!AtEnd() && (text_[at_] == '(' || text_[at_] == ')'))
      return Wrong(column, "parentheses are not supported: conditions are joined by AND");
    if (!AtEnd() && text_[at_] == '-')
      return Wrong(column, "a leading - is not supported: write field != value");
    const std::string name = ReadName();
    if (name == "NOT") return Wrong(column, "NOT is not supported: write field != value");
    if (name == "AND" || name == "OR")
      return Wrong(column, "a condition must stand before " + name);
    const FilterField* field = Find(name);
    if (field != nullptr) return field;
    std::vector<std::string> names;
    for (const FilterField& each : fields_) names.push_back(each.name);
    const std::string hint = core::workflow::DidYouMean(name, names);
    return Wrong(column, (name.empty() ? "a field must stand here"
                                       : "there is no field '" + name.substr(0, 60) + "'") +
                             (hint.empty() ? "" : " (" + hint + ")") +
                             "; fields: " + ListOf(fields_));
  }

  std::optional<Compare> ReadSign() {
    static constexpr std::pair<const char*, Compare> kSigns[] = {
        {"!=", Compare::kNotEqual}, {"<=", Compare::kAtMost}, {">=", Compare::kAtLeast},
        {"=", Compare::kEqual},     {"<", Compare::kLess},    {">", Compare::kGreater},
        {":", Compare::kHas}};
    for (const auto& [sign, compare] : kSigns) {
      if (text_.compare(at_, std::string_view(sign).size(), sign) != 0) continue;
      at_ += std::string_view(sign).size();
      return compare;
    }
    return {};
  }

  std::variant<std::string, Failure> ReadValue() {
    if (AtEnd()) return Wrong(Column(), "a value must follow");
    const char quote = text_[at_];
    return quote == '"' || quote == '\'' ? ReadQuoted(quote) : ReadBare();
  }

  std::variant<std::string, Failure> ReadQuoted(char quote) {
    const int column = Column();
    std::string value;
    for (++at_; !AtEnd() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (AtEnd()) return Wrong(column, std::string("the closing ") + quote + " is missing");
    ++at_;
    return value;
  }

  std::variant<std::string, Failure> ReadBare() {
    const std::size_t begin = at_;
    while (!AtEnd() && !IsSpace(text_[at_]) && text_[at_] != '(' && text_[at_] != ')') ++at_;
    if (at_ == begin) return Wrong(Column(), "a value must stand here");
    return text_.substr(begin, at_ - begin);
  }

  std::variant<Condition, Failure> ReadCondition() {
    Condition condition;
    condition.column = Column();
    const auto read = ReadField();
    if (const auto* failure = std::get_if<Failure>(&read)) return *failure;
    const FilterField& field = *std::get<const FilterField*>(read);
    condition.field = field.name;
    SkipSpace();
    const int sign_column = Column();
    const auto sign = ReadSign();
    if (!sign || std::ranges::find(field.compares, *sign) == field.compares.end())
      return Wrong(sign_column, field.name + " is compared with one of " + SignsOf(field));
    condition.compare = *sign;
    SkipSpace();
    auto value = ReadValue();
    if (auto* failure = std::get_if<Failure>(&value)) return std::move(*failure);
    condition.value = std::get<std::string>(std::move(value));
    return condition;
  }

  const std::string& text_;
  const std::vector<FilterField>& fields_;
  std::size_t at_ = 0;
};

bool IsDay(const std::string& text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-';
}

}  // namespace

std::variant<std::vector<Condition>, Failure> ParseFilter(const std::string& filter,
                                                          const std::vector<FilterField>& fields) {
  if (filter.size() > kMostFilterBytes)
    return WrongField("filter", "must be at most 2000 bytes", "FILTER_INVALID");
  return Parser(filter, fields).Parse();
}

Failure WrongCondition(const Condition& condition, const std::string& message) {
  return Wrong(condition.column, condition.field + " " + SignOf(condition.compare) + " " +
                                     condition.value.substr(0, 100) + ": " + message);
}

std::optional<Failure> Narrow(ports::TimeRange& range, const Condition& condition) {
  auto& [from, before] = range;
  const auto when =
      ParseRfc3339(IsDay(condition.value) ? condition.value + "T00:00:00Z" : condition.value);
  if (!when) {
    return WrongCondition(condition,
                          "must be a time such as 2026-06-01T09:00:00Z, or a day such as "
                          "2026-06-01");
  }
  const WallTime whole = std::chrono::floor<Millis>(*when);
  const WallTime not_before = whole == *when ? whole : whole + Millis(1);
  const WallTime after = whole + Millis(1);
  switch (condition.compare) {
    case Compare::kGreater:
      from = std::max(from.value_or(after), after);
      break;
    case Compare::kAtLeast:
      from = std::max(from.value_or(not_before), not_before);
      break;
    case Compare::kLess:
      before = std::min(before.value_or(not_before), not_before);
      break;
    default:
      before = std::min(before.value_or(after), after);
  }
  return {};
}

}  // namespace sb::api
