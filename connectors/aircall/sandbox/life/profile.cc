#include "connectors/aircall/sandbox/life/profile.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/life/call_writer.h"
#include "connectors/aircall/sandbox/life/dice.h"
#include "connectors/aircall/sandbox/life/local_time.h"
#include "connectors/aircall/sandbox/life/people.h"
#include "connectors/aircall/sandbox/world/world.h"
#include "embedded/SandboxAssets.h"

namespace sb::aircall::sandbox {
namespace {

using nlohmann::json;
using std::chrono::days;
using std::chrono::hours;

/// So long before the end the last call begins, that it is over with all that follows.
constexpr Seconds kSettling = hours(2);

Profile ProfileOf(const json& row) {
  return {.users = row.at("users"),
          .numbers = row.at("numbers"),
          .teams = row.at("teams"),
          .tags = row.at("tags"),
          .contacts = row.at("contacts"),
          .calls = row.at("calls"),
          .days = row.at("days")};
}

std::vector<double> RunningSums(const json& weights) {
  std::vector<double> sums = weights;
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  return sums;
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

/// Picks a few of the users, each once.
std::vector<std::int64_t> SomeOf(const std::vector<User>& users, std::size_t count, Dice& dice) {
  std::vector<std::int64_t> ids;
  while (ids.size() < std::min(count, users.size())) {
    const std::int64_t id = dice.Pick(users).id;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

/// One company in the making.
class Grower {
 public:
  Grower(const Soil& soil, const json& doc, const Profile& profile, std::uint64_t seed,
         WallTime end)
      : soil_(soil), doc_(doc), profile_(profile), end_(end), dice_(seed) {
    founded_ = soil.directory.users.front().created_at;
    for (const Number& line : soil.directory.numbers) taken_.insert(line.e164);
    for (const char* phone : {"+16175550142", "+33639980110", "+33199003040"}) taken_.insert(phone);
  }

  void Grow() {
    GrowUsers();
    GrowNumbers();
    GrowTeams();
    GrowTags();
    GrowContacts();
    GrowHistory();
  }

 private:
  /// A moment of the company's life until now, the earlier the smaller `share`.
  WallTime Moment(double share) const {
    const auto life = std::max<std::chrono::microseconds>(end_ - founded_, hours(1));
    return std::chrono::floor<Seconds>(founded_ +
                                       std::chrono::duration_cast<Seconds>(life * share));
  }

  void GrowUsers() {
    std::vector<User>& users = soil_.directory.users;
    const std::string domain = users.front().email.substr(users.front().email.find('@'));
    std::unordered_set<std::string> names;
    for (const User& user : users) names.insert(user.name);
    while (users.size() < profile_.users) {
      const std::string first = dice_.Pick(People::Get().first_names);
      const std::string last = dice_.Pick(People::Get().last_names);
      if (!names.insert(first + " " + last).second) continue;
      User user;
      user.id = soil_.ids.Next(IdKind::kUser);
      user.name = first + " " + last;
      user.email = LowerCase(first + "." + last) + domain;
      const std::string place = std::to_string(users.size() + 1);
      user.extension = std::string(3 - std::min<std::size_t>(3, place.size()), '0') + place;
      user.admin = dice_.Happens(5);
      user.wrap_up = Seconds(dice_.Happens(60) ? 30 : 0);
      user.created_at =
          Moment(0.5 * static_cast<double>(users.size()) / static_cast<double>(profile_.users));
      if (dice_.Happens(15)) {
        user.available = false;
        user.availability_status = "unavailable";
        user.substatus = "always_closed";
      }
      users.push_back(std::move(user));
    }
  }

  void GrowNumbers() {
    std::vector<Number>& numbers = soil_.directory.numbers;
    const json& lines = doc_.at("lines");
    for (std::size_t i = 0; numbers.size() < profile_.numbers; ++i) {
      const json& row = lines.at(i % lines.size());
      Number line;
      line.id = soil_.ids.Next(IdKind::kNumber);
      line.name = row.at("name");
      line.country = row.at("country");
      line.time_zone = row.at("time_zone");
      line.e164 = PhoneIn(line.country);
      line.created_at = Moment(0.01 * static_cast<double>(i + 1));
      line.ivr = i % 3 == 0;
      line.records_calls = i % 6 != 3;
      numbers.push_back(std::move(line));
    }
    Staff();
  }

  /// A free number that the display format knows as that country's.
  std::string PhoneIn(const std::string& country) {
    const std::string prefix = country == "FR" ? "+33" : country == "GB" ? "+44" : "+1";
    for (;;) {  // Ends: every country has ranges.
      std::string phone = People::Get().AnyPhone(dice_);
      if (phone.starts_with(prefix) && taken_.insert(phone).second) return phone;
    }
  }

  /// Every new user gets a line of their own, and some sit on several.
  void Staff() {
    std::vector<Number>& numbers = soil_.directory.numbers;
    constexpr std::size_t kCast = 4;
    for (std::size_t i = kCast; i < soil_.directory.users.size(); ++i) {
      User& user = soil_.directory.users[i];
      Number& line = numbers[i % numbers.size()];
      user.default_number_id = line.id;
      user.time_zone = line.time_zone;
      if (line.country == "FR") user.language = "fr-FR";
      line.user_ids.push_back(user.id);
      Number& second = dice_.Pick(numbers).id == line.id ? line : numbers[(i + 1) % numbers.size()];
      if (second.id != line.id && dice_.Happens(40)) second.user_ids.push_back(user.id);
    }
    for (Number& line : numbers) {
      if (line.user_ids.empty()) line.user_ids = SomeOf(soil_.directory.users, 2, dice_);
    }
  }

  void GrowTeams() {
    const json& names = doc_.at("teams");
    for (std::size_t i = 0; soil_.directory.teams.size() < profile_.teams; ++i) {
      Team team;
      team.id = soil_.ids.Next(IdKind::kTeam);
      team.name = names.at(i % names.size());
      team.created_at = Moment(0.02 * static_cast<double>(i + 1));
      team.user_ids =
          SomeOf(soil_.directory.users, static_cast<std::size_t>(dice_.Between(2, 6)), dice_);
      soil_.directory.teams.push_back(std::move(team));
    }
  }

  void GrowTags() {
    const auto& tags = People::Get().tags;
    for (std::size_t i = 0; i < std::min(profile_.tags, tags.size()); ++i) {
      [[maybe_unused]] const auto made =
          soil_.tags.Create(tags[i].first, tags[i].second, Moment(0.03));
    }
  }

  void GrowContacts() {
    // Two in five came with the first import, the others one by one since.
    std::vector<double> shares;
    while (soil_.contacts.size() + shares.size() < profile_.contacts) {
      shares.push_back(dice_.Happens(40) ? 0.02 + 0.005 * dice_.Unit()
                                         : 0.02 + 0.97 * dice_.Unit());
    }
    std::sort(shares.begin(), shares.end());
    for (const double share : shares) {
      const auto made = soil_.contacts.Create(NewContact(), Moment(share));
      if (!made.ok() || !dice_.Happens(20)) continue;
      const double later = share + (0.99 - share) * dice_.Unit();
      [[maybe_unused]] const auto changed =
          soil_.contacts.Update(made->id, {.company_name = FirmName()}, Moment(later));
    }
  }

  std::string FirmName() {
    return dice_.Pick(People::Get().company_first) + " " + dice_.Pick(People::Get().company_second);
  }

  ContactDraft NewContact() {
    ContactDraft draft;
    draft.first_name = dice_.Pick(People::Get().first_names);
    if (dice_.Happens(92)) draft.last_name = dice_.Pick(People::Get().last_names);
    const std::string firm = FirmName();
    if (dice_.Happens(70)) draft.company_name = firm;
    if (dice_.Happens(25)) {
      draft.information = "external_id:acc-" + std::to_string(dice_.Between(1000, 99'999));
    }
    const int phones = dice_.Happens(15) ? 2 : 1;
    for (int i = 0; i < phones; ++i) {
      draft.phones.push_back(
          {0, i == 0 ? "Work" : "Mobile", People::Get().NewPhone(dice_, taken_)});
    }
    if (dice_.Happens(60)) {
      draft.emails.push_back(
          {0, "Work", LowerCase(*draft.first_name) + "@" + LowerCase(firm) + ".example"});
    }
    return draft;
  }

  struct Planned {
    WallTime start;
    std::size_t line = 0;
    bool open = true;
  };

  void GrowHistory() {
    const std::vector<double> weekdays = DayShares();
    const std::vector<double> hours_of_work = RunningSums(doc_.at("hours"));
    const std::vector<double> hours_of_rest = RunningSums(doc_.at("weekend_hours"));
    std::vector<Planned> planned;
    planned.reserve(profile_.calls);
    while (planned.size() < profile_.calls) {
      const Planned call = PlanOne(weekdays, hours_of_work, hours_of_rest);
      if (call.start + kSettling < end_) planned.push_back(call);
    }
    std::sort(planned.begin(), planned.end(), [](const Planned& left, const Planned& right) {
      return std::pair(left.start, left.line) < std::pair(right.start, right.line);
    });
    const CallWriter writer;
    for (const Planned& call : planned) {
      const Number& line = soil_.directory.numbers[call.line];
      soil_.world.RememberCall(writer.Write(soil_.world, line, call.open, dice_), call.start);
    }
  }

  std::chrono::local_days FirstDay() const {
    return std::chrono::local_days(
        (std::chrono::floor<days>(end_) - days(profile_.days)).time_since_epoch());
  }

  /// Running sums over the days of history, each as busy as its weekday.
  std::vector<double> DayShares() const {
    std::vector<double> sums;
    double sum = 0;
    for (std::int64_t i = 0; i <= profile_.days; ++i) {
      const std::chrono::weekday day(FirstDay() + days(i));
      sums.push_back(sum += doc_.at("weekdays").at(day.c_encoding()).get<double>());
    }
    return sums;
  }

  Planned PlanOne(const std::vector<double>& day_shares, const std::vector<double>& hours_of_work,
                  const std::vector<double>& hours_of_rest) {
    const auto& numbers = soil_.directory.numbers;
    Planned call;
    call.line =
        static_cast<std::size_t>(dice_.Between(0, static_cast<std::int64_t>(numbers.size()) - 1));
    const auto day = FirstDay() + days(dice_.ByRunningSum(day_shares));
    const unsigned weekday = std::chrono::weekday(day).c_encoding();
    const bool rest = weekday == 0 || weekday == 6;
    const std::size_t hour = dice_.ByRunningSum(rest ? hours_of_rest : hours_of_work);
    const std::chrono::local_seconds local = day + hours(hour) + Seconds(dice_.Between(0, 3599));
    call.start = FromLocal(numbers[call.line].time_zone, local);
    call.open = !rest && hour >= 8 && hour < 19;
    return call;
  }

  const Soil& soil_;
  const json& doc_;
  Profile profile_;
  WallTime end_;
  WallTime founded_;
  Dice dice_;
  std::unordered_set<std::string> taken_;
};

}  // namespace

json AssetDoc(const std::string& name) {
  for (const EmbeddedFile& file : embedded::SandboxAssets()) {
    if (file.path == name) return json::parse(file.content);
  }
  return nullptr;
}

std::vector<std::string> ProfileNames() {
  std::vector<std::string> names = {"bare"};
  for (const char* name : {"small", "medium", "large"}) names.emplace_back(name);
  return names;
}

void GrowCompany(const std::string& profile, const Soil& soil, std::uint64_t seed, WallTime end) {
  if (profile == "bare") return;
  const json doc = AssetDoc("profiles.json");
  Grower(soil, doc, ProfileOf(doc.at("profiles").at(profile)), seed, end).Grow();
}

}  // namespace sb::aircall::sandbox
