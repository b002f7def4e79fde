#include "connectors/aircall/sandbox/seed.h"

#include <array>
#include <cassert>

namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kFounded = 1767344400;  // 2026-01-02T09:00:00Z

User Person(std::int64_t id, const char* name, const char* email, const char* extension,
            std::int64_t number_id) {
  User user;
  user.id = id;
  user.name = name;
  user.email = email;
  user.extension = extension;
  user.wrap_up = Seconds(30);
  user.created_at = FromUnixSeconds(kFounded + id % 100 * 60);
  user.default_number_id = number_id;
  return user;
}

Number Line(std::int64_t id, const char* name, const char* e164, const char* country,
            const char* time_zone, std::vector<std::int64_t> user_ids) {
  Number number;
  number.id = id;
  number.name = name;
  number.e164 = e164;
  number.country = country;
  number.time_zone = time_zone;
  number.created_at = FromUnixSeconds(kFounded + id % 100 * 60);
  number.user_ids = std::move(user_ids);
  return number;
}

}  // namespace

Directory SeededDirectory() {
  Directory directory;
  directory.company = {61001, "Harbour Lamps"};
  directory.users = {
      Person(2100001, "Ines Marchetti", "ines.marchetti@harbour-lamps.example", "001", 1400001),
      Person(2100002, "Tom Okafor", "tom.okafor@harbour-lamps.example", "002", 1400001),
      Person(2100003, "Lea Brandt", "lea.brandt@harbour-lamps.example", "003", 1400002),
      Person(2100004, "Amadou Roux", "amadou.roux@harbour-lamps.example", "004", 1400003),
  };
  directory.users.front().admin = true;
  directory.users.back().language = "fr-FR";
  directory.users.back().time_zone = "Europe/Paris";
  directory.numbers = {
      Line(1400001, "Support US", "+19845550100", "US", "America/Chicago", {2100001, 2100002}),
      Line(1400002, "Sales US", "+16175550190", "US", "America/New_York", {2100003, 2100001}),
      Line(1400003, "Accueil FR", "+33199001020", "FR", "Europe/Paris", {2100004}),
  };
  directory.teams = {
      {610001, "Support", FromUnixSeconds(kFounded + 900), {2100001, 2100002, 2100004}},
      {610002, "Sales", FromUnixSeconds(kFounded + 960), {2100003}},
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
