#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/life/local_time.h"
#include "tests/unit/sandbox/company.h"

// Companies with a past, and with a life of their own.
namespace sb::aircall::sandbox {
namespace {

using Json = nlohmann::json;

WorldSettings Grown(const std::string& profile, std::uint64_t seed = 42) {
  WorldSettings settings = With({"rate.limit=0"});
  settings.profile = profile;
  settings.seed = seed;
  return settings;
}

/// Everything a list holds, page by page.
std::vector<Json> Walk(Desk& desk, const std::string& list, const std::string& query) {
  std::vector<Json> items;
  for (int page = 1;; ++page) {
    const Json body = Json::parse(
        desk.Ask("GET", "/v1/" + list + "?per_page=50&page=" + std::to_string(page) + query).body);
    for (const Json& item : body.at(list)) items.push_back(item);
    if (body.at("meta").at("next_page_link").is_null()) return items;
  }
}

TEST(SmallProfile, HasWhatItPromises) {
  WatchedCompany company(Grown("small"));
  EXPECT_EQ(company->directory().users.size(), 8U);
  EXPECT_EQ(company->directory().numbers.size(), 4U);
  EXPECT_EQ(company->directory().teams.size(), 3U);
  EXPECT_EQ(company->contacts().size(), 300U);
  EXPECT_EQ(company->calls().size(), 2000U);
  EXPECT_TRUE(company.events().empty());
  EXPECT_EQ(company->NextStepDue(), std::nullopt);
}

TEST(LargerProfiles, HaveWhatTheyPromise) {
  WatchedCompany medium(Grown("medium"));
  EXPECT_EQ(medium->directory().users.size(), 40U);
  EXPECT_EQ(medium->contacts().size(), 5'000U);
  EXPECT_EQ(medium->calls().size(), 20'000U);
  WatchedCompany large(Grown("large"));
  EXPECT_EQ(large->directory().users.size(), 200U);
  EXPECT_EQ(large->contacts().size(), 50'000U);
  EXPECT_EQ(large->calls().size(), 200'000U);
}

TEST(Profile, IsTheSameForTheSameSeedOnly) {
  const auto text = [](std::uint64_t seed) {
    Desk desk(Grown("small", seed));
    return desk.Ask("GET", "/v1/calls?per_page=50&page=7&fetch_contact=true").body +
           desk.Ask("GET", "/v1/contacts?per_page=50").body;
  };
  const std::string once = text(42);
  EXPECT_EQ(once, text(42));
  EXPECT_NE(once, text(43));
}

TEST(Profile, ComesBackWithAReset) {
  Desk desk(Grown("small"));
  const std::string before = desk.Ask("GET", "/v1/calls?per_page=50").body;
  ASSERT_EQ(desk.Ask("DELETE", "/v1/contacts/520000101").status, 204);
  ASSERT_EQ(desk.Ask("POST", "/_sandbox/reset").status, 204);
  EXPECT_EQ(desk.Ask("GET", "/v1/calls?per_page=50").body, before);
}

TEST(History, LooksLikeThePhoneLifeOfACompany) {
  Desk desk(Grown("small"));
  int weekend = 0;
  int night = 0;
  std::map<std::string, int> seen;
  const std::vector<Json> calls = Walk(desk, "calls", "");
  ASSERT_EQ(calls.size(), 2000U);
  for (const Json& call : calls) {
    EXPECT_EQ(call.at("status"), "done");
    EXPECT_EQ(call.at("pricing_type"), "in_bundle");
    EXPECT_LT(call.at("ended_at").get<std::int64_t>(), kStart);
    const auto local = ToLocal(call.at("number").at("time_zone").get<std::string>(),
                               FromUnixSeconds(call.at("started_at").get<std::int64_t>()));
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const unsigned weekday = std::chrono::weekday(day).c_encoding();
    weekend += weekday == 0 || weekday == 6 ? 1 : 0;
    night += local - day < 6h ? 1 : 0;
    if (call.at("missed_call_reason").is_string()) ++seen[call.at("missed_call_reason")];
    for (const char* key : {"voicemail", "recording", "transferred_to", "assigned_to"}) {
      if (!call.at(key).is_null()) ++seen[key];
    }
    for (const char* key : {"comments", "tags", "teams"}) {
      if (!call.at(key).empty()) ++seen[key];
    }
  }
  EXPECT_LT(weekend, 400);
  EXPECT_LT(night, 100);
  for (const char* key :
       {"voicemail", "recording", "transferred_to", "assigned_to", "comments", "tags", "teams",
        "out_of_opening_hours", "agents_did_not_answer", "short_abandoned"}) {
    EXPECT_GT(seen[key], 0) << key;
  }
}

TEST(History, UsesNumbersKeptFreeForFiction) {
  WatchedCompany company(Grown("small"));
  static const std::vector<std::string> kFree = {
      "+33199",    "+3326191",  "+3335301",  "+3346571",  "+3353649",  "+3363998",  "+447700900",
      "+44113496", "+44114496", "+44115496", "+44116496", "+44117496", "+44118496", "+44121496",
      "+44131496", "+44141496", "+44151496", "+44161496", "+442079460"};
  const auto free = [](const std::string& phone) {
    if (phone.starts_with("+1")) return phone.size() == 12 && phone.substr(5, 5) == "55501";
    return std::any_of(kFree.begin(), kFree.end(),
                       [&](const std::string& each) { return phone.starts_with(each); });
  };
  for (const Call* call : company->ListCalls({}, {.per_page = 2000}).items) {
    EXPECT_TRUE(call->external == "anonymous" || free(call->external)) << call->external;
  }
  for (const Contact* contact : company->contacts().List({}, {.per_page = 300}).items) {
    for (const Detail& each : contact->phones) EXPECT_TRUE(free(each.value)) << each.value;
  }
}

TEST(LocalTime, KnowsSummer) {
  const auto utc = [](const char* text) { return *ParseRfc3339(text); };
  EXPECT_EQ(OffsetOf("Europe/Paris", utc("2026-03-29T00:59:59Z")), 1h);
  EXPECT_EQ(OffsetOf("Europe/Paris", utc("2026-03-29T01:00:00Z")), 2h);
  EXPECT_EQ(OffsetOf("America/New_York", utc("2026-03-08T06:59:59Z")), -5h);
  EXPECT_EQ(OffsetOf("America/New_York", utc("2026-03-08T07:00:00Z")), -4h);
  EXPECT_EQ(OffsetOf("America/New_York", utc("2026-11-01T06:00:00Z")), -5h);
  EXPECT_EQ(OffsetOf("Mars/Olympus", utc("2026-07-01T00:00:00Z")), 0h);
}

TEST(Traffic, LivesInTheSandboxsOwnTime) {
  Desk desk(Grown("small"));
  ASSERT_EQ(
      desk.Ask("PUT", "/_sandbox/traffic",
               R"({"calls_per_hour":60,"contact_edits_per_hour":20,"user_changes_per_hour":6})")
          .status,
      200);
  ASSERT_EQ(desk.Ask("PUT", "/_sandbox/clock", R"({"advance_seconds":36000})").status, 200);
  const auto count = [&](const std::string& what) {
    return Json::parse(desk.Ask("GET", "/_sandbox/effects?what=" + what).body).at("effects").size();
  };
  EXPECT_NEAR(static_cast<double>(count("call.placed")), 600, 120);
  EXPECT_GT(count("call.finalised"), 400U);
  EXPECT_GT(count("call.commented"), 10U);
  EXPECT_GT(count("call.transferred"), 3U);
  EXPECT_NEAR(static_cast<double>(count("contact.edited") + count("contact.created") +
                                  count("contact.detail_added")),
              200, 70);
  EXPECT_GT(count("user.closed"), 5U);
}

TEST(Traffic, HappensAtItsOwnMomentsInOrder) {
  Desk desk(Grown("small"));
  desk.Ask("PUT", "/_sandbox/traffic", R"({"calls_per_hour":120})");
  desk.Ask("PUT", "/_sandbox/clock", R"({"advance_seconds":3600})");
  std::string last;
  const Json effects = Json::parse(desk.Ask("GET", "/_sandbox/effects").body).at("effects");
  EXPECT_GT(effects.size(), 500U);
  for (const Json& effect : effects) {
    EXPECT_LE(last, effect.at("at").get<std::string>());
    last = effect.at("at");
  }
  EXPECT_LE(last, ToRfc3339(desk.emulator().clock().Now()));
}

TEST(Traffic, RepeatsItselfAndCanBeStopped) {
  const auto life = [] {
    Desk desk(Grown("small"));
    desk.Ask("PUT", "/_sandbox/traffic", R"({"calls_per_hour":100})");
    desk.Ask("PUT", "/_sandbox/clock", R"({"advance_seconds":7200})");
    desk.Ask("PUT", "/_sandbox/traffic", R"({"calls_per_hour":0})");
    const std::string calls = desk.Ask("GET", "/v1/calls?order=desc&per_page=50").body;
    desk.Ask("PUT", "/_sandbox/clock", R"({"advance_seconds":7200})");
    EXPECT_TRUE(Json::parse(desk.Ask("GET", "/_sandbox/traffic").body)
                    .at("traffic")
                    .at("next_at")
                    .is_null());
    return Json::parse(calls).at("calls").at(0).at("sid");
  };
  EXPECT_EQ(life(), life());
}

TEST(Traffic, RefusesRulesItDoesNotKnow) {
  Desk desk;
  EXPECT_EQ(desk.Ask("PUT", "/_sandbox/traffic", R"({"storks_per_hour":1})").status, 400);
  EXPECT_EQ(desk.Ask("PUT", "/_sandbox/traffic", R"({"late_notes_percent":101})").status, 400);
}

// Whoever walks calls by start never misses one that was there before, whatever happens meanwhile:
// new ones come at the end.
TEST(WalkingCalls, MissesNoneThatWasThereWhileOthersComeAndChange) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Desk desk(Grown("small", seed));
    std::set<std::int64_t> before;
    for (const Json& call : Walk(desk, "calls", ""))
      before.insert(call.at("id").get<std::int64_t>());
    std::mt19937_64 random(seed);
    std::set<std::int64_t> walked;
    for (int page = 1; page <= 60; ++page) {
      const Json body =
          Json::parse(desk.Ask("GET", "/v1/calls?per_page=50&page=" + std::to_string(page)).body);
      for (const Json& call : body.at("calls"))
        EXPECT_TRUE(walked.insert(call.at("id").get<std::int64_t>()).second);
      if (body.at("meta").at("next_page_link").is_null()) break;
      const std::string some = std::to_string(4294967290 + random() % 2000);
      desk.Ask("PUT", "/v1/calls/" + some + "/archive");
      desk.Ask("POST", "/v1/calls/" + some + "/comments", R"({"content":"meanwhile"})");
      desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous"})");
    }
    for (const std::int64_t id : before) EXPECT_TRUE(walked.contains(id)) << id;
  }
}

// The indexes say what sorting everything would say, whatever was done to the contacts.
TEST(WalkingContacts, SkipsOneForEachThatIsDeletedBehindTheWalker) {
  Desk desk(Grown("small"));
  const std::vector<Json> before = Walk(desk, "contacts", "");
  std::set<std::int64_t> seen;
  for (int page = 1; page <= 6; ++page) {
    const Json body =
        Json::parse(desk.Ask("GET", "/v1/contacts?per_page=50&page=" + std::to_string(page)).body);
    for (const Json& item : body.at("contacts")) seen.insert(item.at("id").get<std::int64_t>());
    if (page == 1) desk.Ask("DELETE", "/v1/contacts/" + before.at(3).at("id").dump());
  }
  // Pages are offsets: the 51st slid onto the first page while that was behind us (code).
  EXPECT_EQ(seen.size(), before.size() - 1);
  EXPECT_FALSE(seen.contains(before.at(50).at("id").get<std::int64_t>()));
}

TEST(ContactIndexes, AgreeWithTheContactsThemselves) {
  WatchedCompany company(Grown("small"));
  std::mt19937_64 random(7);
  for (int i = 0; i < 400; ++i) {
    company.clock().Advance(std::chrono::seconds(random() % 3));
    const auto place = random() % company->contacts().size();
    const std::int64_t id = company->contacts().AtPlace(place).id;
    const std::string phone = "+1617555010" + std::to_string(random() % 10);
    switch (random() % 5) {
      case 0:
        (void)company->CreateContact(Caller(phone));
        break;
      case 1:
        (void)company->RemoveContact(id);
        break;
      case 2:
        (void)company->AddDetail(id, DetailKind::kPhone, {0, "Work", phone});
        break;
      case 3:
        (void)company->EditContact(id, Caller(phone));
        break;
      default:
        (void)company->UpdateContact(id, {.company_name = "X"});
    }
  }
  const auto all = company->contacts().List({}, {.per_page = 5000}).items;
  ASSERT_EQ(all.size(), company->contacts().size());
  for (int digit = 0; digit < 10; ++digit) {
    const std::string phone = "+1617555010" + std::to_string(digit);
    std::int64_t holders = 0;
    for (const Contact* each : all) {
      holders += std::any_of(each->phones.begin(), each->phones.end(),
                             [&](const Detail& detail) { return detail.value == phone; })
                     ? 1
                     : 0;
    }
    EXPECT_EQ(company->contacts().List({.phone_number = phone}, {}).total, holders);
  }
  const auto updated = company->contacts().List({}, {.per_page = 5000, .by_update = true}).items;
  EXPECT_TRUE(std::is_sorted(updated.begin(), updated.end(), [](const auto* a, const auto* b) {
    return std::pair(a->updated_at, a->id) < std::pair(b->updated_at, b->id);
  }));
  EXPECT_EQ(updated.size(), all.size());
}

}  // namespace
}  // namespace sb::aircall::sandbox
