#include "connectors/aircall/sandbox/life/seed.h"

#include <array>
#include <cassert>

namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kFounded = 1767344400;  // 2026-01-02T09:00:00Z

constexpr std::int64_t kFirstCompany = 61001;

struct CompanyName {
  const char* name;
  const char* domain;
};

constexpr std::array<CompanyName, 6> kCompanies = {{
    {"Harbour Lamps", "harbour-lamps.example"},
    {"Pellegrin Cycles", "pellegrin-cycles.example"},
    {"Ostrava Glass", "ostrava-glass.example"},
    {"Three Rivers Dental", "three-rivers-dental.example"},
    {"Kestrel Freight", "kestrel-freight.example"},
    {"Molina Seeds", "molina-seeds.example"},
}};

struct Founder {
  const char* name;
  const char* mailbox;
  std::size_t number;  ///< Their default line.
};

constexpr std::array<Founder, 4> kFounders = {{
    {"Ines Marchetti", "ines.marchetti", 0},
    {"Tom Okafor", "tom.okafor", 0},
    {"Lea Brandt", "lea.brandt", 1},
    {"Amadou Roux", "amadou.roux", 2},
}};

/// "+19845550100" for company 0, "+19845550101" for the next, and so on.
std::string PhoneOf(std::int64_t first, int company) {
  return "+" + std::to_string(first + company);
}

Number Line(IdSource& ids, std::string name, std::string e164, std::string country,
            std::string time_zone, std::vector<std::int64_t> user_ids) {
  Number number;
  number.id = ids.Next(IdKind::kNumber);
  number.name = std::move(name);
  number.e164 = std::move(e164);
  number.country = std::move(country);
  number.time_zone = std::move(time_zone);
  number.created_at = FromUnixSeconds(kFounded + 60);
  number.user_ids = std::move(user_ids);
  return number;
}

std::vector<User> Founders(const CompanyName& company, IdSource& ids) {
  std::vector<User> users;
  for (const Founder& each : kFounders) {
    User user;
    user.id = ids.Next(IdKind::kUser);
    user.name = each.name;
    user.email = std::string(each.mailbox) + "@" + company.domain;
    user.extension = "00" + std::to_string(users.size() + 1);
    user.wrap_up = Seconds(30);
    user.created_at = FromUnixSeconds(kFounded + 60 * static_cast<std::int64_t>(users.size() + 1));
    users.push_back(std::move(user));
  }
  users.front().admin = true;
  users.back().language = "fr-FR";
  users.back().time_zone = "Europe/Paris";
  return users;
}

}  // namespace

Directory SeededDirectory(int company, IdSource& ids) {
  const CompanyName& name = kCompanies.at(static_cast<std::size_t>(company) % kCompanies.size());
  Directory directory;
  directory.company = {kFirstCompany + company, name.name};
  directory.users = Founders(name, ids);
  const auto user = [&](std::size_t n) { return directory.users.at(n).id; };
  directory.numbers = {
      Line(ids, "Support US", PhoneOf(19845550100, company), "US", "America/Chicago",
           {user(0), user(1)}),
      Line(ids, "Sales US", PhoneOf(16175550190, company), "US", "America/New_York",
           {user(2), user(0)}),
      Line(ids, "Accueil FR", PhoneOf(33199001020, company), "FR", "Europe/Paris", {user(3)}),
  };
  for (std::size_t i = 0; i < kFounders.size(); ++i) {
    directory.users[i].default_number_id = directory.numbers.at(kFounders.at(i).number).id;
  }
  directory.teams = {
      {ids.Next(IdKind::kTeam),
       "Support",
       FromUnixSeconds(kFounded + 900),
       {user(0), user(1), user(3)}},
      {ids.Next(IdKind::kTeam), "Sales", FromUnixSeconds(kFounded + 960), {user(2)}},
  };
  return directory;
}

void SeedTags(TagBook& tags) {
  // The six that every new account holds, with these descriptions (live); the colours are ours.
  static constexpr std::array<std::array<const char*, 3>, 6> kBuiltIn = {{
      {"Callback Request", "#FF9600", "queue_callback"},
      {"Called Back", "#00B388", "queue_called_back"},
      {"Conference", "#7B61FF", "conference"},
      {"Follow Up", "#0075FF", "follow_up_self_assign"},
      {"Voicemail Drop", "#8D96A8", "voicemail_drop"},
      {"Voice Virtual Agent", "#D64FA0", "voice_virtual_agent"},
  }};
  for (const auto& [name, color, description] : kBuiltIn) {
    tags.Seed(name, color, description, FromUnixSeconds(kFounded));
  }
}

void SeedContacts(ContactBook& contacts) {
  const ContactDraft priya{.first_name = "Priya",
                           .last_name = "Banerjee",
                           .company_name = "Lumen Tools",
                           .information = "external_id:acc-778",
                           .phones = {{0, "Work", "+16175550142"}},
                           .emails = {{0, "Work", "priya@lumen.example"}}};
  const ContactDraft marc{.first_name = "Marc",
                          .last_name = "Delaunay",
                          .phones = {{0, "Mobile", "+33639980110"}, {0, "Work", "+33199003040"}},
                          .emails = {{0, "Work", "marc.delaunay@verrier.example"}}};
  for (const ContactDraft* draft : {&priya, &marc}) {
    [[maybe_unused]] const auto made = contacts.Create(*draft, FromUnixSeconds(kFounded + 86400));
    assert(made.ok());
  }
}

}  // namespace sb::aircall::sandbox
