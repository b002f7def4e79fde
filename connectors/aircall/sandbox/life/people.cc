#include "connectors/aircall/sandbox/life/people.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/life/profile.h"

namespace sb::aircall::sandbox {
namespace {

People Read() {
  const nlohmann::json doc = AssetDoc("people.json");
  People people;
  doc.at("first_names").get_to(people.first_names);
  doc.at("last_names").get_to(people.last_names);
  doc.at("company_first").get_to(people.company_first);
  doc.at("company_second").get_to(people.company_second);
  doc.at("notes").get_to(people.notes);
  doc.at("tags").get_to(people.tags);
  double sum = 0;
  for (const auto& row : doc.at("phone_ranges")) {
    people.phone_ranges.push_back(
        {row.at("prefix"), row.at("from"), row.at("to"), row.at("digits")});
    people.phone_shares.push_back(sum += row.at("weight").get<double>());
  }
  return people;
}

}  // namespace

const People& People::Get() {
  static const People kPeople = Read();
  return kPeople;
}

std::string People::AnyPhone(Dice& dice) const {
  const PhoneRange& range = phone_ranges[dice.ByRunningSum(phone_shares)];
  const std::string rest = std::to_string(dice.Between(range.from, range.to));
  return range.prefix + std::string(range.digits - rest.size(), '0') + rest;
}

std::string People::NewPhone(Dice& dice, std::unordered_set<std::string>& taken) const {
  for (;;) {  // Ends: no profile uses up the ranges.
    std::string phone = AnyPhone(dice);
    if (taken.insert(phone).second) return phone;
  }
}

}  // namespace sb::aircall::sandbox
