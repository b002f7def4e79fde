#include "engine/accounts/check_findings.h"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "engine/accounts/provider.h"
#include "engine/base/text.h"

namespace sb::accounts {
namespace {

constexpr std::size_t kMostNamed = 10;
constexpr Millis kSmallSkew = std::chrono::seconds(5);
constexpr Millis kLargeSkew = std::chrono::minutes(1);

Finding Unread(const std::string& code, const Error& error) {
  return {code, Verdict::kUnknown, error.message, "Check again in a while"};
}

/// "Paris, Lyon and 3 more".
std::string Listed(const std::vector<std::string>& names) {
  std::string listed;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    listed += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNamed)
    listed += " and " + std::to_string(names.size() - kMostNamed) + " more";
  return listed;
}

std::string NameOrId(const Json& item) {
  const std::string name = TextMember(item, "name");
  return name.empty() ? AsText(Member(item, "id")) : name;
}

std::string Counted(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

bool IsAmong(const std::vector<Json>& users, const Json& id) {
  return std::ranges::any_of(users, [&](const Json& user) { return Member(user, "id") == id; });
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

}  // namespace

Finding JudgeCreator(const CheckSpec& spec, const std::optional<Result<Json>>& creator,
                     const Result<std::vector<Json>>& users) {
  constexpr const char* kCode = "CREATOR";
  if (!creator) {
    return {kCode, Verdict::kUnknown, "the credential does not tell who made it",
            spec.creator_unknown};
  }
  if (!creator->ok()) return Unread(kCode, creator->error());
  const Json& person = **creator;
  if (!person.is_object()) {
    return {kCode, Verdict::kUnknown, "the provider did not say who connected the account",
            spec.creator_unknown};
  }
  const std::string email = TextMember(person, "email");
  const std::string who = NameOrId(person) + (email.empty() ? "" : " <" + email + ">");
  if (users.ok() && !users->empty() && !IsAmong(*users, Member(person, "id"))) {
    return {kCode, Verdict::kWarning, "connected by " + who + ", who is no user there any more",
            "Have somebody who is an administrator there connect the account again"};
  }
  return {kCode, Verdict::kOk, "connected by " + who, ""};
}

Finding JudgeAdministrator(const CheckSpec& spec, const std::optional<Result<Json>>& creator) {
  constexpr const char* kCode = "ADMINISTRATOR";
  const Json& is_one =
      creator && creator->ok() ? Member(**creator, "administrator") : Member(Json(), "");
  if (is_one == true) return {kCode, Verdict::kOk, "who connected it is an administrator", ""};
  if (is_one == false) {
    return {kCode, Verdict::kProblem, "who connected it is no administrator any more",
            "Have an administrator connect the account again"};
  }
  return {kCode, Verdict::kUnknown, "whether who connected it is an administrator is not known",
          spec.administrator_unknown};
}

Finding JudgeCompany(const Result<std::string>& name, const std::string& stored_name) {
  constexpr const char* kCode = "COMPANY";
  if (!name.ok()) return Unread(kCode, name.error());
  const bool renamed = *name != stored_name && !stored_name.empty();
  return {kCode, Verdict::kOk, *name + (renamed ? ", before: " + stored_name : ""), ""};
}

Finding JudgeWebhook(const Result<std::vector<Subscriptions::Remote>>& ours,
                     const std::vector<std::string>& events, const std::string& url) {
  constexpr const char* kCode = "WEBHOOK";
  const std::string advice =
      "It is mended by itself within half an hour; if it is not, look at the log of the server "
      "for subscription.failed";
  if (!ours.ok()) return Unread(kCode, ours.error());
  if (events.empty() && ours->empty())
    return {kCode, Verdict::kOk, "none is needed: no workflow listens to this account", ""};
  if (ours->empty()) return {kCode, Verdict::kProblem, "there is none of ours", advice};
  const Subscriptions::Remote& webhook = ours->front();
  if (!webhook.active)
    return {kCode, Verdict::kProblem, "the provider has switched it off", advice};
  if (webhook.url != url) {
    return {kCode, Verdict::kProblem, "it points to " + webhook.url + " instead of " + url, advice};
  }
  std::vector<std::string> missing;
  std::ranges::set_difference(events, webhook.events, std::back_inserter(missing));
  if (!missing.empty()) {
    return {kCode, Verdict::kProblem, "it does not carry " + Joined(missing), advice};
  }
  if (ours->size() > 1) {
    return {kCode, Verdict::kWarning, "there are " + std::to_string(ours->size()) + " of ours",
            advice};
  }
  return {kCode, Verdict::kOk, "active, with " + Joined(webhook.events), ""};
}

Finding JudgeNumbers(const CheckSpec& spec, const std::optional<Result<Json>>& attached,
                     const Result<std::vector<Json>>& numbers) {
  constexpr const char* kCode = "NUMBERS";
  if (!numbers.ok()) return Unread(kCode, numbers.error());
  if (!attached)
    return {kCode, Verdict::kOk, "events come for all " + Counted(numbers->size(), "number"), ""};
  if (!attached->ok()) return Unread(kCode, attached->error());
  std::vector<std::string> missing;
  for (const Json& number : *numbers) {
    const Json& ids = **attached;
    if (std::find(ids.begin(), ids.end(), Member(number, "id")) == ids.end())
      missing.push_back(NameOrId(number));
  }
  if (missing.empty())
    return {kCode, Verdict::kOk, "all " + Counted(numbers->size(), "number") + " are attached", ""};
  return {kCode, Verdict::kWarning,
          std::to_string(missing.size()) + " of " + Counted(numbers->size(), "number") +
              " are not attached: " + Listed(missing),
          spec.numbers_advice};
}

Finding JudgeAgents(const Result<std::vector<Json>>& users, const KnownEmails& known) {
  constexpr const char* kCode = "AGENTS";
  if (!users.ok()) return Unread(kCode, users.error());
  if (!known) {
    return {kCode, Verdict::kUnknown,
            Counted(users->size(), "agent") + "; no list of your own users was given",
            "Give one as known_emails, or --known-emails FILE with an address a line"};
  }
  std::vector<std::string> strangers;
  for (const Json& user : *users) {
    const std::string email = TextMember(user, "email");
    if (!known->contains(Lower(email))) strangers.push_back(email.empty() ? NameOrId(user) : email);
  }
  if (strangers.empty())
    return {kCode, Verdict::kOk, "all " + Counted(users->size(), "agent") + " are known to you",
            ""};
  return {kCode, Verdict::kWarning,
          Counted(strangers.size(), "agent") + " of " + std::to_string(users->size()) +
              " match nobody: " + Listed(strangers),
          "Correct the address there or in your own list; until then their calls belong to nobody"};
}

Finding JudgeQuota(const Result<std::optional<core::quota::BudgetRecord>>& budget) {
  constexpr const char* kCode = "QUOTA";
  if (!budget.ok()) return Unread(kCode, budget.error());
  if (!*budget)
    return {kCode, Verdict::kUnknown, "nothing was learned yet", "It shows after some requests"};
  const core::quota::BudgetRecord& learned = **budget;
  const std::string text = std::to_string(learned.limit) +
                           " requests a minute, of which others take about " +
                           std::to_string(learned.foreign);
  if (learned.foreign * 2 < learned.limit) return {kCode, Verdict::kOk, text, ""};
  return {kCode, Verdict::kWarning, text,
          "Another integration of the company uses most of the quota: ask which, and whether it "
          "must"};
}

Finding JudgeClock(const std::string& code, const std::string& whose, std::optional<Millis> ahead) {
  if (!ahead) return {code, Verdict::kUnknown, whose + " has not told its time", "Check again"};
  const Millis skew = std::chrono::abs(*ahead);
  if (skew < kSmallSkew) return {code, Verdict::kOk, whose + " and we agree", ""};
  return {code, skew < kLargeSkew ? Verdict::kWarning : Verdict::kProblem,
          whose + " is " + ToHumanText(skew) + (*ahead > Millis(0) ? " ahead of us" : " behind us"),
          "Keep the clocks of your machines right with NTP"};
}

}  // namespace sb::accounts
