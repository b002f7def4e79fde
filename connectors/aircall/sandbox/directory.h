#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/objects.h"

namespace sb::aircall::sandbox {

/// The people and lines of a company. Lookups answer null when nothing fits; the pointers live as
/// long as the directory stays unchanged.
struct Directory {
  Company company;
  std::vector<User> users;
  std::vector<Number> numbers;
  std::vector<Team> teams;

  const User* FindUser(std::int64_t id) const;
  /// By numeric id or by e-mail, the two forms a path may hold (doc).
  const User* FindUser(const std::string& id_or_email) const;
  const Number* FindNumber(std::int64_t id) const;
  const Number* FindNumberByPhone(const std::string& phone) const;
};

}  // namespace sb::aircall::sandbox
