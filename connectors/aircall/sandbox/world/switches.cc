#include "connectors/aircall/sandbox/world/switches.h"

#include <algorithm>
#include <fnmatch.h>

#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

std::string Joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string SwitchNames() {
  std::vector<std::string_view> names;
  for (const SwitchInfo& each : AllSwitches()) names.push_back(each.name);
  return Joined(names);
}

Error WrongValue(const SwitchInfo& row, std::string_view value) {
  const std::string right = row.choices.empty()
                                ? "write a whole number from " + std::to_string(row.number.least) +
                                      " to " + std::to_string(row.number.most)
                                : "choose one of " + Joined(row.choices);
  return Invalid("SANDBOX_SWITCH", "switch " + std::string(row.name) + " cannot be '" +
                                       std::string(value) + "': " + right);
}

constexpr std::size_t IndexOf(Switch id) {
  return static_cast<std::size_t>(id);
}

}  // namespace

std::span<const SwitchInfo> AllSwitches() {
  using S = Switch;
  static const std::vector<std::string_view> kCreated = {"200", "201"};
  static const std::array<SwitchInfo, IndexOf(S::kCount)> kRows = {{
      {S::kContactCreateStatus, "contacts.create_status", kCreated, "201", "status of a create"},
      {S::kTagCreateStatus, "tags.create_status", kCreated, "201", "status of a create"},
      {S::kTeamCreateStatus, "teams.create_status", kCreated, "201",
       "status of a create and of taking in a member"},
      {S::kUserCreateStatus, "users.create_status", kCreated, "201", "status of a create"},
      {S::kWebhookCreateStatus, "webhooks.create_status", kCreated, "201", "status of a create"},
      {S::kDetailCreateStatus,
       "contacts.detail_create_status",
       {"201", "200"},
       {},
       "status of adding one phone or e-mail to a contact"},
      {S::kDetailUpdateStatus,
       "contacts.detail_update_status",
       {"200", "202"},
       {},
       "status of changing one phone or e-mail"},
      {S::kDetailBody,
       "contacts.detail_body",
       {"detail", "contact"},
       {},
       "what both answer with: the detail alone or the contact"},
      {S::kDetailMovesUpdate,
       "contacts.detail_moves_updated_at",
       {"yes", "no"},
       {},
       "whether a changed phone or e-mail moves updated_at"},
      {S::kContactPut,
       "contacts.put",
       {"404", "200"},
       {},
       "PUT /v1/contacts/:id: no such route, or the same as POST"},
      {S::kContactsPerPage,
       "contacts.per_page_above_50",
       {"echo", "clamp"},
       {},
       "meta.per_page when more than 50 are asked for"},
      {S::kContactSearchLag,
       "contacts.search_lag",
       {},
       {},
       "seconds until a search finds a new contact",
       {0, 3600, 0}},
      {S::kDuration,
       "calls.duration",
       {"total", "talk"},
       {},
       "from the start of the call (reference) or its answer (one observer)"},
      {S::kShortUrlKeys,
       "calls.short_url_keys",
       {"flag", "always"},
       {},
       "with fetch_short_urls only, or always, null when there is nothing"},
      {S::kInsightCardStatus,
       "calls.insight_card_status",
       {"201", "200"},
       {},
       "status of showing insight cards"},
      {S::kAssetDeleteStatus,
       "calls.asset_delete_status",
       {"204", "200"},
       {},
       "status of deleting a recording or voicemail"},
      {S::kDialerPostStatus,
       "dialer.post_status",
       {"204", "200"},
       {},
       "status of starting a dialer campaign"},
      {S::kUserV1,
       "users.v1",
       {"on", "off"},
       "off",
       "v1 of list, get, create, update: announced as ending 2026-09-30"},
      {S::kCreatedAtMillis,
       "objects.created_at_millis",
       {"yes", "no"},
       {},
       "created_at of users, teams and numbers with .000Z or Z"},
      {S::kIntelligence,
       "company.intelligence",
       {"on", "off"},
       {},
       "the conversation intelligence add-on; off: 403"},
      {S::kMessageTimes,
       "messages.event_times",
       {"millis", "iso"},
       {},
       "times in message webhooks"},
      {S::kExportSeconds,
       "analytics.export_seconds",
       {},
       {},
       "how long an analytics export stays pending",
       {0, 86'400, 10}},
      {S::kContactTimes,
       "contacts.event_times",
       {"unix", "iso"},
       "iso",
       "times in contact webhooks"},
      {S::kOauthTokens,
       "oauth.tokens",
       {"permanent", "expiring"},
       {},
       "access tokens for ever, or with expiry and rotating refresh tokens"},
      {S::kOauthTokenLife,
       "oauth.token_seconds",
       {},
       {},
       "life of an expiring access token",
       {1, 31'536'000, 3600}},
      {S::kOauthRefreshLife,
       "oauth.refresh_seconds",
       {},
       {},
       "life of an unused refresh token",
       {1, 315'360'000, 2'592'000}},
      {S::kOauthGrace,
       "oauth.grace_seconds",
       {},
       {},
       "how long a used refresh token answers the same again",
       {0, 86'400, 60}},
      {S::kOauthFormBody,
       "oauth.form_body",
       {"accept", "refuse"},
       {},
       "token requests as a form besides JSON"},
      {S::kOauthCodeReuse,
       "oauth.code_reuse",
       {"refuse", "accept"},
       {},
       "a code that was exchanged already"},
      {S::kOauthRedirectCheck,
       "oauth.redirect_check",
       {"exact", "lax"},
       {},
       "redirect_uri at the token exchange: as it was, or not looked at"},
      {S::kOauthTokenFields,
       "oauth.token_fields",
       {"plain", "scope"},
       {},
       "the token answer as documented, or with scope"},
      {S::kRateLimit,
       "rate.limit",
       {},
       {},
       "requests a minute for a company, all credentials together; 0: none",
       {0, 1'000'000, 120}},
      {S::kRateWindow,
       "rate.window",
       {"fixed", "sliding", "bucket"},
       {},
       "a counter that restarts, the last 60 seconds, or tokens that drip"},
      {S::kRateHeaders,
       "rate.headers",
       {"limited", "always", "never"},
       {},
       "X-AircallApi-* on 429 only, on every answer, or nowhere"},
      {S::kRateReset, "rate.reset", {"seconds", "milliseconds"}, {}, "unit of X-AircallApi-Reset"},
      {S::kRateRetryAfter, "rate.retry_after", {"off", "on"}, {}, "Retry-After with 429"},
      {S::kRateBody,
       "rate.body",
       {"error", "message", "empty"},
       {},
       "body of a 429: the application's shape, the gateway's, or nothing"},
      {S::kRateBlock,
       "rate.block",
       {"off", "on"},
       {},
       "whoever passes the limit is shut out for 60 s (a best-practice page)"},
      {S::kRateNeighbour,
       "rate.neighbour",
       {},
       {},
       "requests a minute that another app of the company makes",
       {0, 100'000, 0}},
      {S::kWebhookTimeout,
       "webhooks.timeout_ms",
       {},
       {},
       "how long a receiver may take",
       {1, 600'000, 5000}},
      {S::kWebhookAttempts,
       "webhooks.attempts",
       {},
       {},
       "how often one delivery is tried",
       {1, 1000, 50}},
      {S::kWebhookFirstWait,
       "webhooks.first_wait_ms",
       {},
       {},
       "wait after the first failure; doubles with each",
       {1, 3'600'000, 1000}},
      {S::kWebhookLongestWait,
       "webhooks.longest_wait_ms",
       {},
       {},
       "the longest such wait",
       {1, 86'400'000, 900'000}},
      {S::kWebhookGiveUp,
       "webhooks.give_up_seconds",
       {},
       {},
       "age at which a delivery is given up",
       {1, 604'800, 43'200}},
      {S::kWebhookDisableAfter,
       "webhooks.disable_after",
       {},
       {},
       "failures in a row that switch a webhook off (reference: 50, older: 10); 0: never",
       {0, 1'000'000, 50}},
      {S::kWebhookDelay,
       "webhooks.delay_ms",
       {},
       {},
       "every delivery leaves this much later",
       {0, 86'400'000, 0}},
      {S::kWebhookDuplicates,
       "webhooks.duplicate_percent",
       {},
       {},
       "deliveries that come twice",
       {0, 100, 0}},
      {S::kWebhookReorder,
       "webhooks.reorder_percent",
       {},
       {},
       "deliveries held back by 1 to 5 s, so that later ones overtake",
       {0, 100, 0}},
      {S::kWebhookLoss,
       "webhooks.lose_percent",
       {},
       {},
       "deliveries that never leave",
       {0, 100, 0}},
  }};
  return kRows;
}

Switches::Switches() {
  for (const SwitchInfo& row : AllSwitches()) {
    values_.at(IndexOf(row.id)) = row.choices.empty() ? row.number.usual : 0;
  }
}

std::string_view Switches::Get(Switch id) const {
  return AllSwitches()[IndexOf(id)].choices.at(static_cast<std::size_t>(values_.at(IndexOf(id))));
}

int Switches::GetNumber(Switch id) const {
  const bool choice = !AllSwitches()[IndexOf(id)].choices.empty();
  return static_cast<int>(choice ? ParseInteger(Get(id)).value_or(0) : values_.at(IndexOf(id)));
}

std::string Switches::Text(Switch id) const {
  const bool choice = !AllSwitches()[IndexOf(id)].choices.empty();
  return choice ? std::string(Get(id)) : std::to_string(values_.at(IndexOf(id)));
}

Status Switches::Set(std::string_view name, std::string_view value) {
  const std::string pattern(name);
  bool known = false;
  for (const SwitchInfo& row : AllSwitches()) {
    if (::fnmatch(pattern.c_str(), std::string(row.name).c_str(), 0) != 0) continue;
    known = true;
    if (Status status = SetOne(row, value); !status.ok()) return status;
  }
  if (known) return {};
  return Invalid("SANDBOX_SWITCH",
                 "there is no switch '" + pattern + "': choose one of " + SwitchNames());
}

Status Switches::SetFromText(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    return Invalid("SANDBOX_SWITCH",
                   "write a switch as name=value, not '" + std::string(text) + "'");
  }
  return Set(text.substr(0, equals), text.substr(equals + 1));
}

void Switches::FollowReference() {
  for (const SwitchInfo& row : AllSwitches()) {
    if (!row.documented) continue;
    [[maybe_unused]] const Status status = SetOne(row, *row.documented);
  }
}

Status Switches::SetOne(const SwitchInfo& row, std::string_view value) {
  if (row.choices.empty()) {
    const auto number = ParseInteger(value);
    if (!number || *number < row.number.least || *number > row.number.most) {
      return WrongValue(row, value);
    }
    values_.at(IndexOf(row.id)) = *number;
    return {};
  }
  const auto found = std::find(row.choices.begin(), row.choices.end(), value);
  if (found == row.choices.end()) return WrongValue(row, value);
  values_.at(IndexOf(row.id)) = found - row.choices.begin();
  return {};
}

}  // namespace sb::aircall::sandbox
