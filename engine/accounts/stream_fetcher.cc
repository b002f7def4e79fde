#include "engine/accounts/stream_fetcher.h"

#include <cstddef>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/connector/streams.h"
#include "engine/core/sync/rows.h"

namespace sb::accounts {
namespace {

/// What stands for an object that has no key, so that it is counted.
std::string StandIn(const Json& object) {
  return "?" + ToHex(Sha256(DumpJson(object)));
}

void NoteDrift(const core::sync::Stream& stream, const core::sync::Drift& drift) {
  if (drift.empty()) return;
  Log::Info("sync.drift", {{"stream", stream.name},
                           {"unknown", static_cast<std::int64_t>(drift.members.size())},
                           {"mistyped", static_cast<std::int64_t>(drift.mistyped.size())}});
}

}  // namespace

std::string ShownKey(const core::sync::Stream& stream, const std::string& key) {
  return key.empty() ? stream.name : key;
}

Result<Fetched> StreamFetcher::Page(const StreamSource& source, const core::sync::Reading& list,
                                    const core::sync::Window& window, int page,
                                    std::optional<WallTime> known_until, Detail detail) const {
  const auto input = connector::StreamInput(list, window, page, expressions_);
  if (!input.ok()) return input.error();
  const WallTime now = clock_.Now();
  auto output = source.perform(list.action, *input);
  if (!output.ok()) return output.error();
  auto read = connector::ReadStreamPage(list, *std::move(output), page, expressions_);
  if (!read.ok()) return read.error();
  Fetched fetched;
  fetched.page.total = read->total;
  fetched.page.more = read->more;
  fetched.requests = 1;
  Objects listed{std::move(read->objects), {}};
  listed.instants.assign(listed.objects.size(), now);
  Status done = LookForKnown(source.stream, listed.objects, known_until, fetched);
  if (done.ok() && source.stream.detailed && detail == Detail::kWhole)
    done = Complete(source, listed, fetched.requests);
  if (done.ok()) done = Map(source.stream, std::move(listed), fetched);
  if (!done.ok()) return done.error();
  return fetched;
}

Status StreamFetcher::LookForKnown(const core::sync::Stream& stream,
                                   const std::vector<Json>& objects,
                                   std::optional<WallTime> known_until, Fetched& fetched) const {
  if (!known_until) return {};
  for (const Json& object : objects) {
    const auto changed = connector::InstantIn(*stream.changed_at, object, expressions_);
    if (!changed.ok()) return changed.error();
    if (*changed && **changed < *known_until) fetched.past = true;
  }
  return {};
}

Result<std::optional<Json>> StreamFetcher::One(const StreamSource& source,
                                               const std::string& key) const {
  const core::sync::Reading& get = *source.stream.get;
  const auto input = connector::StreamGetInput(get, key, expressions_);
  if (!input.ok()) return input.error();
  auto output = source.perform(get.action, *input);
  if (!output.ok() && output.error().kind == ErrorKind::kNotFound) return std::optional<Json>();
  if (!output.ok()) return output.error();
  auto object = connector::ReadStreamObject(get, key, *std::move(output), expressions_);
  if (!object.ok()) return object.error();
  return std::optional<Json>(*std::move(object));
}

// An object that went away since the list was asked stays as the list had it: it is looked for
// again.
Status StreamFetcher::Complete(const StreamSource& source, Objects& listed,
                               std::int64_t& requests) const {
  const auto mapped = core::sync::MapObjects(source.stream, listed.objects, expressions_);
  if (!mapped.ok()) return mapped.error();
  std::set<std::size_t> rejected;
  for (const auto& each : mapped->rejected) rejected.insert(each.index);
  std::size_t row = 0;
  for (std::size_t i = 0; i < listed.objects.size(); ++i) {
    if (rejected.contains(i)) continue;
    const std::string key = core::sync::KeyOf(source.stream, mapped->rows[row++].cells);
    const WallTime now = clock_.Now();
    auto object = One(source, key);
    if (!object.ok()) return object.error();
    ++requests;
    if (!*object) continue;
    listed.objects[i] = *std::move(*object);
    listed.instants[i] = now;
  }
  return {};
}

Result<Fetched> StreamFetcher::Each(const StreamSource& source,
                                    const std::vector<std::string>& keys,
                                    std::vector<std::string>& gone) const {
  Fetched fetched;
  Objects found;
  for (const std::string& key : keys) {
    const WallTime now = clock_.Now();
    auto object = One(source, key);
    if (!object.ok()) return object.error();
    ++fetched.requests;
    if (!*object) {
      gone.push_back(key);
      continue;
    }
    found.objects.push_back(*std::move(*object));
    found.instants.push_back(now);
  }
  if (Status mapped = Map(source.stream, std::move(found), fetched); !mapped.ok())
    return mapped.error();
  return fetched;
}

Result<Fetched> StreamFetcher::Understand(const core::sync::Stream& stream, const Json& object,
                                          WallTime at) const {
  Objects told;
  told.objects.push_back(object);
  told.instants.push_back(at);
  Fetched fetched;
  if (Status mapped = Map(stream, std::move(told), fetched); !mapped.ok()) return mapped.error();
  return fetched;
}

Status StreamFetcher::Map(const core::sync::Stream& stream, Objects told, Fetched& fetched) const {
  if (told.objects.empty()) return {};
  auto mapped = core::sync::MapObjects(stream, told.objects, expressions_);
  if (!mapped.ok()) return mapped.error();
  std::set<std::size_t> rejected;
  for (const auto& each : mapped->rejected) {
    rejected.insert(each.index);
    fetched.page.keys.push_back(each.key.empty() ? StandIn(told.objects[each.index]) : each.key);
    fetched.rejects.push_back({each.key, each.code, each.reason, told.instants[each.index]});
  }
  std::size_t row = 0;
  for (std::size_t i = 0; i < told.objects.size(); ++i) {
    if (rejected.contains(i)) continue;
    core::sync::MappedRow& each = mapped->rows[row++];
    fetched.page.keys.push_back(ShownKey(stream, core::sync::KeyOf(stream, each.cells)));
    fetched.rows.push_back({std::move(each), told.instants[i]});
    fetched.object_of.push_back(i);
  }
  fetched.objects = std::move(told.objects);
  NoteDrift(stream, mapped->drift);
  return {};
}

}  // namespace sb::accounts
