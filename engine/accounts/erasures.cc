#include "engine/accounts/erasures.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using core::personal::Companions;
using core::personal::Person;
using core::personal::Redactor;
using ports::Account;
using ports::Erasure;
using ports::ErasureKind;
using ports::ErasureState;
using ports::PlaceContent;
using ports::PlaceRow;

constexpr int kRowsPerBatch = 500;
constexpr int kRunsPerBatch = 100;
constexpr std::size_t kKeyBytes = 32;
constexpr int kSaveTries = 8;

ports::SealContext KeyContext(const std::string& tenant) {
  return {"tenant/" + tenant, "erasure-key/" + tenant};
}

ports::SealContext ContextOf(const Erasure& erasure) {
  return {"tenant/" + erasure.tenant, "erasure/" + ToText(erasure.id)};
}

Json ToJson(const Person& person) {
  Json phones = Json::array();
  for (const auto& phone : person.phones) phones.push_back({phone.country, phone.national});
  return {{"phones", std::move(phones)}, {"emails", person.emails}};
}

Result<Person> ReadPerson(const Secret& opened) {
  const auto json = ParseJson(opened.Reveal());
  if (!json.ok()) return json.error();
  Person person;
  for (const Json& phone : Member(*json, "phones"))
    person.phones.push_back({phone.at(0).get<std::string>(), phone.at(1).get<std::string>()});
  person.emails = Member(*json, "emails").get<std::vector<std::string>>();
  return person;
}

std::vector<std::string> Names(const Json& list) {
  std::vector<std::string> names;
  if (!list.is_array()) return names;
  for (const Json& name : list) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

/// `personal_data` of connector.yaml: what belongs to a person beside its number or address.
std::vector<Companions> CompanionsOf(const connector::Connector* connector) {
  std::vector<Companions> companions;
  if (connector == nullptr) return companions;
  const Json& rules = Member(connector->data, "personal_data");
  if (!rules.is_array()) return companions;
  for (const Json& rule : rules)
    companions.push_back({Names(Member(rule, "by")), Names(Member(rule, "also"))});
  return companions;
}

/// What is JSON stays JSON; what claims to be and is not is treated as a text.
int RedactContent(const Redactor& redactor, PlaceContent& content) {
  if (content.form == PlaceContent::Form::kJson) {
    Json json = Json::parse(content.value, nullptr, /*allow_exceptions=*/false);
    if (!json.is_discarded()) {
      const int replaced = redactor.Redact(json);
      if (replaced > 0) content.value = DumpJson(json);
      return replaced;
    }
  }
  return redactor.Redact(content.value);
}

/// The place after this one; empty after the last.
std::string NextPlace(const std::vector<std::string>& places, const std::string& place) {
  if (place.empty()) return places.front();
  const auto found = std::ranges::find(places, place);
  if (found == places.end()) return places.front();  // it was renamed: begin anew, which is safe
  return std::next(found) == places.end() ? std::string() : *std::next(found);
}

}  // namespace

// ---- Beginning

// The key is made once and stored sealed: whoever has the database alone cannot guess who a
// tombstone is about by trying all phone numbers.
Result<std::string> Erasures::FingerprintOf(const PersonErasure& wanted) {
  const ports::SealContext context = KeyContext(wanted.tenant);
  const auto fresh = deps_.vault.Seal(Secret(deps_.random.Bytes(kKeyBytes)), context);
  if (!fresh.ok()) return fresh.error();
  const auto sealed = deps_.store.FingerprintKey(wanted.tenant, *fresh);
  if (!sealed.ok()) return sealed.error();
  const auto key = deps_.vault.Open(*sealed, context);
  if (!key.ok()) return key.error();
  return HmacSha256(key->Reveal(), DumpJson(ToJson(wanted.person)));
}

Result<Erasure> Erasures::ErasePerson(const PersonErasure& wanted) {
  const auto fingerprint = FingerprintOf(wanted);
  if (!fingerprint.ok()) return fingerprint.error();
  const auto open = deps_.store.Open();
  if (!open.ok()) return open.error();
  for (const Erasure& known : *open) {
    if (known.fingerprint == *fingerprint && known.tenant == wanted.tenant &&
        known.account == wanted.account && known.count_only == wanted.count_only) {
      return known;
    }
  }
  Erasure erasure;
  erasure.kind = ErasureKind::kPerson;
  erasure.tenant = wanted.tenant;
  erasure.account = wanted.account;
  erasure.count_only = wanted.count_only;
  erasure.fingerprint = *fingerprint;
  erasure.created_at = deps_.clock.Now();
  erasure.id = deps_.ids.Next<ports::ErasureTag>(erasure.created_at);
  const auto sealed = deps_.vault.Seal(Secret(DumpJson(ToJson(wanted.person))), ContextOf(erasure));
  if (!sealed.ok()) return sealed.error();
  erasure.sealed = *sealed;
  return Begin(std::move(erasure));
}

Result<Erasure> Erasures::EraseAccount(const Account& account) {
  const auto open = deps_.store.Open();
  if (!open.ok()) return open.error();
  for (const Erasure& known : *open) {
    if (known.kind == ErasureKind::kAccount && known.account == account.id) return known;
  }
  Erasure erasure;
  erasure.kind = ErasureKind::kAccount;
  erasure.tenant = account.tenant;
  erasure.account = account.id;
  erasure.created_at = deps_.clock.Now();
  erasure.id = deps_.ids.Next<ports::ErasureTag>(erasure.created_at);
  return Begin(std::move(erasure));
}

Result<Erasure> Erasures::Begin(Erasure erasure) {
  if (const Status stored = deps_.store.Insert(erasure); !stored.ok()) return stored.error();
  Log::Info("erasure.begun", {{"erasure", ToText(erasure.id)},
                              {"kind", erasure.kind == ErasureKind::kPerson ? "person" : "account"},
                              {"count_only", erasure.count_only}});
  deps_.begun();
  return erasure;
}

// ---- Going on

Erasures::Pace Erasures::RunOnce() {
  const auto open = deps_.store.Open();
  if (!open.ok()) return Pace::kLater;
  Pace pace = Pace::kIdle;
  for (const Erasure& erasure : *open) {
    const auto advanced = Advance(erasure);
    if (!advanced.ok() && advanced.error().kind != ErrorKind::kConflict) {
      Log::Warn("erasure.interrupted",
                {{"erasure", ToText(erasure.id)}, {"code", advanced.error().code}});
    }
    const Pace this_one = advanced.ok() ? *advanced : Pace::kLater;
    if (this_one == Pace::kMore) return Pace::kMore;  // the oldest first, one at a time
    if (this_one == Pace::kLater) pace = Pace::kLater;
  }
  return pace;
}

Result<Erasures::Pace> Erasures::Advance(Erasure erasure) {
  if (deps_.deliveries_wait()) return Pace::kLater;
  return erasure.kind == ErasureKind::kAccount ? AdvanceAccount(std::move(erasure))
                                               : AdvancePerson(std::move(erasure));
}

Result<Erasures::Pace> Erasures::Store(const Erasure& erasure, Pace then) {
  const auto saved = deps_.store.Save(erasure);
  if (!saved.ok()) return saved.error();
  return then;
}

/// Rows that are gone have left their files to who erases those.
Result<bool> Erasures::FilesWait(const Erasure& erasure) const {
  if (!deps_.files_wait || erasure.count_only) return false;
  return deps_.files_wait(erasure.account);
}

Result<Erasures::Pace> Erasures::Finish(Erasure erasure) {
  erasure.state = ErasureState::kDone;
  erasure.sealed.clear();
  erasure.position = {};
  erasure.finished_at = deps_.clock.Now();
  auto stored = Store(erasure, Pace::kMore);
  if (!stored.ok()) return stored;
  const char* kind = erasure.kind == ErasureKind::kPerson ? "person" : "account";
  deps_.metrics.Count("switchboard_erasures_total", {{"kind", kind}});
  Log::Info("erasure.done", {{"erasure", ToText(erasure.id)}, {"kind", kind}});
  return stored;
}

// ---- A person

Result<Erasures::Pace> Erasures::AdvancePerson(Erasure erasure) {
  if (erasure.state == ErasureState::kWaiting) {  // a round about those that were live
    erasure.state = ErasureState::kRunning;
    const int round = erasure.position.round + 1;
    erasure.position = {};
    erasure.position.round = round;
    erasure.position.only = std::exchange(erasure.live_runs, {});
  }
  if (erasure.position.place.empty()) {
    const auto account = NextAccount(erasure);
    if (!account.ok()) return account.error();
    if (!*account) return EndRound(std::move(erasure));
    erasure.position.account = (*account)->id;
    erasure.position.place = deps_.store.PlacesOfPersons().front();
    erasure.position.after = {0, 0};
    return RedactBatch(std::move(erasure), **account);
  }
  const auto account = deps_.accounts.Get(erasure.position.account);
  if (!account.ok()) return account.error();
  return RedactBatch(std::move(erasure), *account);
}

/// Newest first, as lists of accounts go; one that is made meanwhile has nothing of before.
Result<std::optional<Account>> Erasures::NextAccount(const Erasure& erasure) const {
  const AccountId last = erasure.position.account;
  if (!erasure.account.IsNone()) {
    if (!last.IsNone()) return std::optional<Account>();
    const auto account = deps_.accounts.Get(erasure.account);
    if (!account.ok()) return account.error();
    return std::optional(*account);
  }
  const auto page = deps_.accounts.List({erasure.tenant, /*connector=*/"", true},
                                        {.before = last.number(), .size = 1});
  if (!page.ok()) return page.error();
  return page->items.empty() ? std::optional<Account>() : std::optional(page->items.front());
}

Result<Redactor> Erasures::RedactorFor(const Erasure& erasure, const Account& account) const {
  const auto opened = deps_.vault.Open(erasure.sealed, ContextOf(erasure));
  if (!opened.ok()) return opened.error();
  const auto person = ReadPerson(*opened);
  if (!person.ok()) return person.error();
  return Redactor(*person, CompanionsOf(deps_.connectors.FindConnector(account.connector)));
}

Result<Erasures::Pace> Erasures::RedactBatch(Erasure erasure, const Account& account) {
  const auto redactor = RedactorFor(erasure, account);
  if (!redactor.ok()) return redactor.error();
  ports::ErasurePosition& at = erasure.position;
  const ports::PlaceScope scope{at.place, account.slot, account.id};
  auto rows = deps_.store.Read(scope, at.after, at.only, kRowsPerBatch);
  if (!rows.ok()) return rows.error();
  std::vector<PlaceRow> changed;
  for (PlaceRow& row : *rows) {
    int replaced = 0;
    for (PlaceContent& content : row.contents) replaced += RedactContent(*redactor, content);
    if (replaced == 0) continue;
    if (row.live) {
      const RunId run(row.key.first);
      if (std::ranges::find(erasure.live_runs, run) == erasure.live_runs.end())
        erasure.live_runs.push_back(run);
    }
    if (!row.live || erasure.count_only) changed.push_back(std::move(row));
  }
  if (!changed.empty()) erasure.counts[at.place] += static_cast<std::int64_t>(changed.size());
  if (rows->size() == static_cast<std::size_t>(kRowsPerBatch)) {
    at.after = rows->back().key;
  } else {
    at.place = NextPlace(deps_.store.PlacesOfPersons(), at.place);
    at.after = {0, 0};
  }
  // After what would still be written there: events that wait to be heard.
  if (at.place.empty()) {
    if (Status gone = ForgetElsewhere(erasure, *redactor); !gone.ok()) return gone.error();
  }
  if (changed.empty() || erasure.count_only) return Store(erasure, Pace::kMore);
  const auto written = deps_.store.Rewrite(scope, changed, erasure);
  if (!written.ok()) return written.error();
  return Pace::kMore;
}

// Where it has to be repeated, those that were changed are not counted again.
Status Erasures::ForgetElsewhere(Erasure& erasure, const Redactor& redactor) {
  if (!deps_.forget_elsewhere) return {};
  const auto rows = deps_.forget_elsewhere(erasure.position.account, redactor, erasure.count_only);
  if (!rows.ok()) return rows.error();
  if (*rows > 0) erasure.counts["replicated"] += *rows;
  return {};
}

Result<Erasures::Pace> Erasures::EndRound(Erasure erasure) {
  const auto files_wait = FilesWait(erasure);
  if (!files_wait.ok()) return files_wait.error();
  if (*files_wait) return Pace::kLater;
  if (erasure.live_runs.empty() || erasure.count_only) return Finish(std::move(erasure));
  erasure.state = ErasureState::kWaiting;
  return Store(erasure, Pace::kLater);
}

// ---- An account

// Rounds, until one finds nothing: what was on its way when the account was disconnected may still
// come in.
Result<Erasures::Pace> Erasures::AdvanceAccount(Erasure erasure) {
  const auto account = deps_.accounts.Get(erasure.account);
  if (!account.ok()) return account.error();
  ports::ErasurePosition& at = erasure.position;
  const std::vector<std::string> places = deps_.store.PlacesOfAccounts();
  if (at.place.empty()) {
    const auto ended = EndLiveRuns(erasure.account);
    if (!ended.ok()) return ended.error();
    if (!*ended) return Pace::kLater;
    at.place = places.front();
    at.found_anything = false;
    return Store(erasure, Pace::kMore);
  }
  const auto deleted =
      deps_.store.Delete({at.place, account->slot, account->id}, erasure.id, kRowsPerBatch);
  if (!deleted.ok()) return deleted.error();
  const auto counted = deps_.store.Get(erasure.id);  // with what the database has counted
  if (!counted.ok()) return counted.error();
  erasure.counts = counted->counts;
  at.found_anything = at.found_anything || *deleted > 0;
  if (*deleted == kRowsPerBatch) return Store(erasure, Pace::kMore);
  at.place = NextPlace(places, at.place);
  if (!at.place.empty() || at.found_anything) return Store(erasure, Pace::kMore);
  const auto files_wait = FilesWait(erasure);
  if (!files_wait.ok()) return files_wait.error();
  if (*files_wait) return Store(erasure, Pace::kLater);  // another round, which asks again
  if (const Status emptied = EmptyAccount(erasure.account); !emptied.ok()) return emptied.error();
  erasure.counts["account"] = 1;
  return Finish(std::move(erasure));
}

/// Whether none of the account is live any more; else their end was asked for.
Result<bool> Erasures::EndLiveRuns(AccountId account) {
  ports::RunFilter filter;
  filter.accounts.Only({account});
  filter.statuses.Only({"RUNNING", "PARKED"});
  const auto live = deps_.runs.List(filter, {.before = 0, .size = kRunsPerBatch});
  if (!live.ok()) return live.error();
  for (const ports::RunSummary& run : live->items) deps_.cancel_run(run.key.run);
  return live->items.empty();
}

/// What remains of an account: that it was there, and when.
Status Erasures::EmptyAccount(AccountId id) {
  Status stored;
  for (int i = 0; i < kSaveTries; ++i) {
    auto account = deps_.accounts.Get(id);
    if (!account.ok()) return account.error();
    account->profile = Json::object();
    account->display_name.clear();
    account->external_id.clear();
    account->webhook = {};
    account->state_reason = "its data was erased";
    account->updated_at = deps_.clock.Now();
    const auto updated = deps_.accounts.Update(*account);
    if (updated.ok()) return {};
    stored = updated.error();
    if (stored.error().kind != ErrorKind::kConflict) return stored;
  }
  return stored;
}

}  // namespace sb::accounts
