#include "engine/runtime/upserts.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::runtime {
namespace {

/// A search without an answer.
Error SearchLost() {
  return Unavailable("ACTION_NOT_STARTED", "nothing was found out; it will be tried again");
}

/// Some of it is done, and nothing in doubt: an intent has its end.
Error Interrupted() {
  return Unavailable(
      "ACTION_INTERRUPTED",
      "the action was interrupted between two of its requests; it will be done again "
      "from its beginning");
}

}  // namespace

/// One use of an action, with its input.
struct PlannedUse {
  const connector::EachUse* use = nullptr;
  Json with;
};

/// One call on its way.
struct Upserts::Upsert {
  ports::ActionCall call;
  const connector::Action* action = nullptr;
  QuotaKey whose;
  Done done;
  std::vector<std::string> keys;
  KeyTurns::Place place = 0;
  std::vector<PlannedUse> searches;
  std::size_t searched = 0;
  Json object;
  std::vector<PlannedUse> changes;
  std::size_t changed = 0;
  bool wrote = false;  ///< A change was handed over, with the intent of the call.
  bool ended = false;
};

/// What is known of a company's objects, by key. Whoever is told of one reads it with the
/// credential of its own account.
struct Upserts::Book {
  struct Made {
    Json object;
    WallTime until;
  };

  KeyTurns turns;
  std::map<KeyTurns::Place, Shared> in_line;
  std::map<std::string, Made> made;
  std::map<std::string, WallTime> doubts;  ///< Until when something may show.

  void Forget(WallTime now) {
    std::erase_if(made, [&](const auto& each) { return each.second.until <= now; });
    std::erase_if(doubts, [&](const auto& each) { return each.second <= now; });
  }

  bool empty() const { return turns.empty() && made.empty() && doubts.empty(); }
};

Upserts::Upserts(Dependencies dependencies) : deps_(std::move(dependencies)) {}

Upserts::~Upserts() = default;

Upserts::Book& Upserts::BookOf(const QuotaKey& whose) {
  auto& book = books_[whose];
  if (!book) book = std::make_unique<Book>();
  return *book;
}

void Upserts::Begin(ports::ActionCall call, const connector::Action& action, const QuotaKey& whose,
                    Done done) {
  auto keys = connector::UpsertKeys(action, call.input, deps_.expressions);
  if (!keys.ok()) return done(keys.error());
  const auto upsert = std::make_shared<Upsert>();
  upsert->call = std::move(call);
  upsert->action = &action;
  upsert->whose = whose;
  upsert->done = std::move(done);
  upsert->keys = *std::move(keys);
  for (const connector::EachUse& find : action.upsert->find) {
    auto inputs = connector::FindInputs(action, find, upsert->call.input, deps_.expressions);
    if (!inputs.ok()) return upsert->done(inputs.error());
    for (Json& with : *inputs) upsert->searches.push_back({&find, std::move(with)});
  }
  const WallTime now = deps_.clock.Now();
  for (auto& [company, book] : books_) book->Forget(now);
  std::erase_if(books_, [](const auto& each) { return each.second->empty(); });
  Book& book = BookOf(upsert->whose);
  upsert->place = book.turns.Enter(upsert->keys);
  book.in_line.emplace(upsert->place, upsert);
  if (book.turns.IsNext(upsert->place)) Start(upsert);
}

void Upserts::NoteDoubt(const ports::ActionCall& call, const connector::Action& action,
                        const QuotaKey& whose, WallTime requested_at) {
  const auto keys = connector::UpsertKeys(action, call.input, deps_.expressions);
  if (!keys.ok()) return;
  Book& book = BookOf(whose);
  for (const std::string& key : *keys) {
    WallTime& until = book.doubts[key];
    until = std::max(until, requested_at + deps_.unsettled);
  }
}

void Upserts::GiveUpWaiting(const std::function<bool(AccountId)>& whose, const Error& error) {
  std::vector<Shared> given_up;
  for (const Shared& each : pausing_) {
    if (whose(each->call.account)) given_up.push_back(each);
  }
  for (const Shared& each : given_up) Fail(each, error);
}

void Upserts::Start(const Shared& upsert) {
  upsert->searched = 0;
  Search(upsert);
}

ports::ActionCall Upserts::Request(const Upsert& upsert, const std::string& action,
                                   Json input) const {
  const std::string& own = upsert.call.action;  // "aircall.contacts.upsert:1.0.0"
  ports::ActionCall call;
  call.account = upsert.call.account;
  call.lane = upsert.call.lane;
  call.run = upsert.call.run;
  call.task = upsert.call.task;
  call.action = own.substr(0, own.find('.') + 1) + action;
  call.input = std::move(input);
  return call;
}

// ---- Finding

void Upserts::Search(const Shared& upsert) {
  if (upsert->searched == upsert->searches.size()) return OnNobody(upsert);
  const PlannedUse& search = upsert->searches[upsert->searched];
  deps_.hand(Request(*upsert, search.use->action, search.with),
             [this, upsert, with = search.with](const Result<Json>& output) {
               OnSearched(upsert, with, output);
             });
}

void Upserts::OnSearched(const Shared& upsert, const Json& with, const Result<Json>& output) {
  if (!output.ok()) return Fail(upsert, output.error());
  const connector::EachUse& find = *upsert->searches[upsert->searched].use;
  const auto object =
      connector::FoundObject(find, *output, upsert->call.input, with, deps_.expressions);
  if (!object.ok()) return Fail(upsert, object.error());
  if (!object->is_null()) return OnFound(upsert, *object);
  ++upsert->searched;
  Search(upsert);
}

/// What was made a moment ago is known before any search shows it.
std::optional<Json> Upserts::Remembered(const Upsert& upsert) {
  Book& book = BookOf(upsert.whose);
  const WallTime now = deps_.clock.Now();
  for (const std::string& key : upsert.keys) {
    const auto found = book.made.find(key);
    if (found != book.made.end() && found->second.until > now) return found->second.object;
  }
  return {};
}

void Upserts::OnNobody(const Shared& upsert) {
  const auto object = Remembered(*upsert);
  if (!object) return Make(upsert);
  ReadAnew(upsert, *object, [this, upsert](const Result<Json>& read) {
    if (read.ok()) return OnFound(upsert, *read);
    if (read.error().kind != ErrorKind::kNotFound) return Fail(upsert, read.error());
    Book& book = BookOf(upsert->whose);  // somebody has deleted it
    for (const std::string& key : upsert->keys) book.made.erase(key);
    Make(upsert);
  });
}

void Upserts::ReadAnew(const Shared& upsert, const Json& object,
                       std::function<void(const Result<Json>&)> then) {
  const connector::UpsertSpec& spec = *upsert->action->upsert;
  auto input = connector::UpsertReadInput(spec, object, deps_.expressions);
  if (!input.ok()) return Fail(upsert, input.error());
  deps_.hand(Request(*upsert, spec.read, *std::move(input)), std::move(then));
}

// ---- Changing what was found

void Upserts::OnFound(const Shared& upsert, const Json& object) {
  upsert->object = object;
  for (const connector::EachUse& change : upsert->action->upsert->changes) {
    auto inputs = connector::ChangeInputs(*upsert->action, change, object, upsert->call.input,
                                          deps_.expressions);
    if (!inputs.ok()) return Fail(upsert, inputs.error());
    for (Json& with : *inputs) upsert->changes.push_back({&change, std::move(with)});
  }
  if (!upsert->changes.empty()) return Change(upsert);
  End(upsert, connector::UpsertOutput(*upsert->action->upsert, object, deps_.expressions));
}

// The first change carries the intent of the call; whoever looks for a lost answer looks for all.
void Upserts::Change(const Shared& upsert) {
  if (upsert->changed == upsert->changes.size()) {
    return ReadAnew(upsert, upsert->object, [this, upsert](const Result<Json>& read) {
      if (!read.ok()) return Fail(upsert, read.error());
      End(upsert, connector::UpsertOutput(*upsert->action->upsert, *read, deps_.expressions));
    });
  }
  const PlannedUse& change = upsert->changes[upsert->changed];
  ports::ActionCall call = Request(*upsert, change.use->action, change.with);
  if (!std::exchange(upsert->wrote, true)) call.on_admitted = upsert->call.on_admitted;
  deps_.hand(std::move(call), [this, upsert](const Result<Json>& result) {
    const bool lost = !result.ok() && result.error().kind == ErrorKind::kInDoubt;
    if (lost) return End(upsert, result);
    if (!result.ok()) return Fail(upsert, result.error());
    ++upsert->changed;
    Change(upsert);
  });
}

// ---- Making what was not found

/// From when on something that may have been made must have shown in a search.
WallTime Upserts::MayMakeAt(const Upsert& upsert) {
  const Book& book = BookOf(upsert.whose);
  const Millis settles = upsert.action->upsert->settles;
  const auto ours_since = deps_.ours_since(upsert.whose.slot);
  if (!ours_since) return deps_.clock.Now() + settles;  // then it is asked again
  WallTime at = *ours_since + settles;
  for (const std::string& key : upsert.keys) {
    const auto doubt = book.doubts.find(key);
    if (doubt != book.doubts.end()) at = std::max(at, doubt->second);
  }
  return at;
}

void Upserts::Make(const Shared& upsert) {
  const WallTime at = MayMakeAt(*upsert);
  if (deps_.clock.Now() < at) return Pause(upsert, at);
  ports::ActionCall call = upsert->call;
  call.searched = true;
  deps_.hand(std::move(call),
             [this, upsert](Result<Json> made) { OnMade(upsert, std::move(made)); });
}

void Upserts::OnMade(const Shared& upsert, Result<Json> made) {
  Book& book = BookOf(upsert->whose);
  const WallTime until = deps_.clock.Now() + deps_.unsettled;
  const bool lost = !made.ok() && made.error().kind == ErrorKind::kInDoubt;
  for (const std::string& key : upsert->keys) {
    if (made.ok()) {
      book.made[key] = {*made, until};
      book.doubts.erase(key);
    } else if (lost) {
      book.doubts[key] = until;
    }
  }
  End(upsert, std::move(made));
}

void Upserts::Pause(const Shared& upsert, WallTime until) {
  pausing_.push_back(upsert);
  deps_.home.PostAt(until, [this, upsert] {
    if (upsert->ended) return;
    pausing_.remove(upsert);
    Start(upsert);
  });
}

// ---- The end

/// What failed before anything was written, or between two changes: nothing is in doubt.
void Upserts::Fail(const Shared& upsert, const Error& error) {
  const bool lost = error.kind == ErrorKind::kInDoubt;
  const bool given_back = error.kind == ErrorKind::kCancelled;
  if (upsert->wrote && (lost || given_back)) return End(upsert, Interrupted());
  End(upsert, lost ? SearchLost() : error);
}

void Upserts::End(const Shared& upsert, Result<Json> result) {
  if (std::exchange(upsert->ended, true)) return;
  pausing_.remove(upsert);
  upsert->done(std::move(result));
  Book& book = BookOf(upsert->whose);
  book.in_line.erase(upsert->place);
  for (const KeyTurns::Place place : book.turns.Leave(upsert->place)) Start(book.in_line.at(place));
}

}  // namespace sb::runtime
