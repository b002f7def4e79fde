#include "connectors/aircall/sandbox/world/directory.h"

#include <algorithm>
#include <utility>

#include "connectors/aircall/sandbox/world/text.h"

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

// The directory itself may be changed here, so that taking the const off what is found is safe.
User* Directory::FindUser(std::int64_t id) {
  return const_cast<User*>(std::as_const(*this).FindUser(id));
}

User* Directory::FindUser(const std::string& id_or_email) {
  return const_cast<User*>(std::as_const(*this).FindUser(id_or_email));
}

const Number* Directory::FindNumber(std::int64_t id) const {
  if (const Number* line = FindLine(id)) return line;
  return FindIn(former_numbers, [&](const Number& each) { return each.id == id; });
}

const Number* Directory::FindLine(std::int64_t id) const {
  return FindIn(numbers, [&](const Number& each) { return each.id == id; });
}

Number* Directory::FindLine(std::int64_t id) {
  return const_cast<Number*>(std::as_const(*this).FindLine(id));
}

const Team* Directory::FindTeam(std::int64_t id) const {
  return FindIn(teams, [&](const Team& each) { return each.id == id; });
}

Team* Directory::FindTeam(std::int64_t id) {
  return const_cast<Team*>(std::as_const(*this).FindTeam(id));
}

const Number* Directory::FindNumberByPhone(const std::string& phone) const {
  const std::string digits = PhoneDigits(phone);
  return FindIn(numbers, [&](const Number& each) { return PhoneDigits(each.e164) == digits; });
}

}  // namespace sb::aircall::sandbox
