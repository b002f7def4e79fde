#include "engine/api/event_stream.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <sstream>
#include <utility>

#include "engine/api/event_mapping.h"
#include "engine/api/json_mapping.h"
#include "engine/api/list_filters.h"
#include "engine/api/run_history.h"
#include "engine/base/encoding.h"
#include "engine/core/workflow/lifecycle.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr int kMostItems = 200;
constexpr std::size_t kMostBytes = 1024 * 1024;  // a message is no larger than this and one event
constexpr auto kFreshFilter = std::chrono::seconds(30);  // accounts come and go
constexpr std::size_t kCheckDigits = 8;

std::string CheckOf(const std::string& numbers) {
  return ToHex(Sha256("events " + numbers)).substr(0, kCheckDigits);
}

}  // namespace

std::string MakeEventToken(const EventPlace& place) {
  std::ostringstream numbers;
  numbers << place.events.commit << "." << place.events.id << "." << place.journal.commit << "."
          << place.journal.id << "." << place.journal.seq;
  return numbers.str() + "." + CheckOf(numbers.str());
}

std::optional<EventPlace> ReadEventToken(const std::string& token) {
  const auto check = token.rfind('.');
  if (check == std::string::npos || token.substr(check + 1) != CheckOf(token.substr(0, check)))
    return std::nullopt;
  std::istringstream numbers(token.substr(0, check));
  EventPlace place;
  char dot = '.';
  numbers >> place.events.commit >> dot >> place.events.id >> dot >> place.journal.commit >> dot >>
      place.journal.id >> dot >> place.journal.seq;
  return numbers.fail() ? std::nullopt : std::optional(place);
}

// ---- EventStream
// ------------------------------------------------------------------------------------------------

std::shared_ptr<EventStream> EventStream::Make(const Dependencies& deps, RunReader& reader,
                                               const v1::WatchEventsRequest& request) {
  return Kept(new EventStream(deps, reader, request));
}

Outcome EventStream::Begin() {
  if (auto wrong = ReadFilter()) return wrong;
  if (!request_.resume_token().empty()) {
    const auto place = ReadEventToken(request_.resume_token());
    if (!place) {
      return WrongField("resume_token",
                        "is not a resume_token of WatchEvents: hand it back unchanged, or leave it "
                        "out to begin with what comes now",
                        "RESUME_TOKEN_INVALID");
    }
    place_ = *place;
    if (place_.journal == ports::FeedPosition()) {
      // The earlier stream had told no lifecycle events: they begin where its events ended.
      place_.journal = {place_.events.commit, std::numeric_limits<std::int64_t>::max(),
                        std::numeric_limits<int>::max()};
    }
    return {};
  }
  const auto end = deps().feed.End();
  if (!end.ok()) return Failure(end.error());
  place_.events = *end;
  if (request_.include_lifecycle()) place_.journal = *end;
  return {};
}

Outcome EventStream::ReadFilter() {
  auto read = ReadEventFilter(deps(), caller(), request_.filter());
  if (auto* failure = std::get_if<Failure>(&read)) return std::move(*failure);
  filter_ = std::get<ports::EventFilter>(std::move(read));
  filter_read_at_ = deps().clock.Now();
  return {};
}

const connector::Connector* EventStream::ConnectorOf(AccountId account) {
  const auto known = connectors_.find(account);
  if (known != connectors_.end()) return known->second;
  const auto found = deps().accounts.Get(account);
  if (!found.ok()) return nullptr;
  return connectors_[account] = deps().connectors.FindConnector(found->connector);
}

Outcome EventStream::AddEvents(v1::WatchEventsResponse& message) {
  const auto page = deps().feed.Events(place_.events, kMostItems);
  if (!page.ok()) return Failure(page.error());
  for (std::size_t i = 0; i < page->items.size(); ++i) {
    const ports::InboxItem& item = page->items[i];
    place_.events = page->places[i];
    // Events of runs that workflows want stand in the inbox, too: they are told once.
    const bool told = request_.include_lifecycle() && core::workflow::IsLifecycleType(item.event);
    if (told || !filter_.Includes(item)) continue;
    v1::Event& event = *message.add_events();
    event = ToProto(item);
    SetData(item, ConnectorOf(item.account), event);
    if (message.ByteSizeLong() > kMostBytes) return {};
  }
  place_.events = page->next;
  return {};
}

Outcome EventStream::AddRow(const ports::JournalNews& news, v1::WatchEventsResponse& message) {
  const ports::RunKey& key = news.row.key;
  const std::string subject = "runs/" + ToText(key.run);
  if (!filter_.accounts.Includes(key.account) || !filter_.subjects.Includes(subject)) return {};
  const auto face = reader_.FaceOf(news.workflow);
  if (!face.ok()) return Failure(face.error());
  const auto facts = FactsAfter({news.row}, news.row.seq - 1);
  if (!facts.ok()) return Failure(facts.error());
  const core::workflow::LifecycleSubject about{ToText(key.run), ToText(key.account),
                                               (*face)->workspace, (*face)->name, (*face)->version};
  int number = 0;
  for (const core::workflow::Fact& fact : *facts) {
    for (const auto& told : core::workflow::LifecycleOf(fact, about)) {
      const std::string id =
          about.run + "/" + std::to_string(news.row.seq) + "/" + std::to_string(number++);
      if (!filter_.types.Includes(told.type)) continue;
      v1::Event& event = *message.add_events();
      event.set_id(id);
      event.set_account(about.account);
      event.set_type(told.type);
      event.set_subject(subject);
      event.set_origin(v1::Event::ORIGIN_LIFECYCLE);
      *event.mutable_occur_time() = ToTimestamp(told.time);
      *event.mutable_receive_time() = ToTimestamp(told.time);
      *event.mutable_data() = ToStruct(told.data);
    }
  }
  return {};
}

Outcome EventStream::AddLifecycle(v1::WatchEventsResponse& message) {
  const auto page = deps().feed.Journal(place_.journal, kMostItems);
  if (!page.ok()) return Failure(page.error());
  for (std::size_t i = 0; i < page->items.size(); ++i) {
    if (auto failure = AddRow(page->items[i], message)) return failure;
    place_.journal = page->places[i];
    if (message.ByteSizeLong() > kMostBytes) return {};
  }
  place_.journal = page->next;
  return {};
}

Outcome EventStream::FillMessage(v1::WatchEventsResponse& message) {
  if (deps().clock.Now() - filter_read_at_ > kFreshFilter) {
    if (auto wrong = ReadFilter()) return wrong;
  }
  const bool lifecycle = request_.include_lifecycle();
  const bool only_others = filter_.sources.mode == ports::Choice<ports::InboxSource>::Mode::kOnly;
  if (auto failure = AddEvents(message)) return failure;
  if (lifecycle && !only_others) {
    if (auto failure = AddLifecycle(message)) return failure;
  }
  message.set_resume_token(MakeEventToken(place_));
  return {};
}

bool EventStream::HasNews(const v1::WatchEventsResponse& message) const {
  return message.events_size() > 0;
}

}  // namespace sb::api
