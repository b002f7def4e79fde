#include "connectors/aircall/sandbox/directory.h"

#include <algorithm>

#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

template <typename T, typename Fits>
const T* FindIn(const std::vector<T>& items, const Fits& fits) {
  const auto found = std::find_if(items.begin(), items.end(), fits);
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const User* Directory::FindUser(std::int64_t id) const {
  return FindIn(users, [&](const User& each) { return each.id == id; });
}

const User* Directory::FindUser(const std::string& id_or_email) const {
  if (const auto id = ParseInteger(id_or_email)) return FindUser(*id);
  return FindIn(users, [&](const User& each) { return each.email == id_or_email; });
}

const Number* Directory::FindNumber(std::int64_t id) const {
  return FindIn(numbers, [&](const Number& each) { return each.id == id; });
}

const Number* Directory::FindNumberByPhone(const std::string& phone) const {
  const std::string digits = PhoneDigits(phone);
  return FindIn(numbers, [&](const Number& each) { return PhoneDigits(each.e164) == digits; });
}

}  // namespace sb::aircall::sandbox
