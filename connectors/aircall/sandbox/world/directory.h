#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/aircall/sandbox/world/objects.h"

namespace sb::aircall::sandbox {

/// The people and lines of a company. Lookups answer null when nothing fits; the pointers live as
/// long as the directory stays unchanged.
struct Directory {
  Company company;
  std::vector<User> users;
  std::vector<Number> numbers;
  std::vector<Team> teams;
  std::vector<Number> former_numbers;  ///< Deleted; their calls still show them.

  const User* FindUser(std::int64_t id) const;
  /// By numeric id or by e-mail, the two forms a path may hold (doc).
  const User* FindUser(const std::string& id_or_email) const;
  User* FindUser(std::int64_t id);
  User* FindUser(const std::string& id_or_email);
  /// Also one that was deleted.
  const Number* FindNumber(std::int64_t id) const;
  /// Only one that the company has.
  const Number* FindLine(std::int64_t id) const;
  Number* FindLine(std::int64_t id);
  const Number* FindNumberByPhone(const std::string& phone) const;
  const Team* FindTeam(std::int64_t id) const;
  Team* FindTeam(std::int64_t id);
};

}  // namespace sb::aircall::sandbox
