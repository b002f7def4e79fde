#include "engine/accounts/recording_fetch.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/connector/recordings.h"

namespace sb::accounts {
namespace {

using ports::Recording;
using ports::RecordingState;

constexpr int kMostDue = 100;
constexpr int kMostRedirects = 3;
constexpr Millis kAfterHindrance = std::chrono::minutes(5);
constexpr std::size_t kLongestType = 100;
constexpr const char* kFetched = "switchboard_recordings_total";
constexpr const char* kLinkDead = "RECORDING_LINK_DEAD";
constexpr const char* kMoved = "RECORDING_MOVED";

/// Where the pieces of a file go. The client's thread writes, and the fetch reads what became of
/// it once the client is done.
struct FileSink {
  std::unique_ptr<ports::MediaStore::Writer> writer;
  Sha256Stream digest;
  std::int64_t size = 0;
  Status written;

  bool Take(int status, std::string_view piece) {
    if (status != 200) return true;  // what an error says is not the file
    digest.Add(piece);
    size += static_cast<std::int64_t>(piece.size());
    written = writer->Write(piece);
    return written.ok();
  }
};

bool IsRedirect(int status) {
  constexpr std::array kRedirects = {301, 302, 303, 307, 308};
  return std::ranges::count(kRedirects, status) > 0;
}

/// What object storage says of a link that has died, or of a file that is not there (yet).
bool SaysDead(int status) {
  constexpr std::array kDead = {400, 401, 403, 404, 410};
  return std::ranges::count(kDead, status) > 0;
}

/// A type that may stand in a header of ours: what is not plainly one is not guessed at.
std::string TypeOf(const ports::HttpResponse& response) {
  std::string type = HeaderOf(response, "content-type");
  type = Lower(type.substr(0, type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  const bool plain =
      type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.+-/") == std::string::npos;
  const bool media = type.starts_with("audio/") || type.starts_with("video/");
  return plain && media && type.size() <= kLongestType ? type : "application/octet-stream";
}

bool IsText(const ports::HttpResponse& response) {
  const std::string type = Lower(HeaderOf(response, "content-type"));
  return type.starts_with("text/") || type.starts_with("application/xml") ||
         type.starts_with("application/json");
}

Error TooLarge(std::int64_t most) {
  return Invalid("RECORDING_TOO_LARGE", "the file is larger than the " + std::to_string(most) +
                                            " bytes that the account's policy allows");
}

/// Trouble that says nothing about the file: it uses up no try.
bool IsHindrance(const Error& error) {
  return error.kind == ErrorKind::kUnauthorized || error.kind == ErrorKind::kCancelled ||
         error.code.starts_with("DATABASE_") || error.code == "MEDIA_STORE_UNAVAILABLE" ||
         error.code == "OWNER_UNAVAILABLE" || error.code == "ENGINE_STOPPING";
}

/// This process ends: the next one goes on at once.
bool IsEnding(const Error& error) {
  return error.kind == ErrorKind::kCancelled || error.code == "ENGINE_STOPPING";
}

/// Nothing is to be kept: not any more, or not of this person.
bool IsUnwanted(const Error& error) {
  return error.code == "RECORDING_NOT_WANTED" || error.code == "PERSON_ERASED";
}

bool IsFinal(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.code == "RECORDING_GONE";
}

}  // namespace

RecordingFetch::RecordingFetch(Dependencies dependencies) : deps_(std::move(dependencies)) {
  deps_.metrics.Describe(kFetched, "Recordings and voicemails, by what became of them.");
  deps_.metrics.Describe("switchboard_recording_bytes_total",
                         "Bytes of recordings and voicemails that were put into the media store.");
}

Result<std::vector<Recording>> RecordingFetch::Due() {
  return deps_.recordings.Due(deps_.our_slots(), deps_.clock.Now(), kMostDue);
}

void RecordingFetch::Fetch(Recording recording) {
  const auto scene = SceneOf(recording);
  if (!scene.ok()) return Fail(std::move(recording), scene.error());
  Status done = TakeUp(recording);
  if (done.ok()) done = FetchFile(recording, *scene);
  if (done.ok()) done = KeepAt(recording, *scene);
  if (!done.ok()) Fail(std::move(recording), done.error());
}

Result<RecordingFetch::Scene> RecordingFetch::SceneOf(const Recording& recording) const {
  const auto policy = deps_.recordings.Policy(recording.account);
  if (!policy.ok()) return policy.error();
  if (!policy->rules.Keeps(recording.kind)) {
    return Invalid("RECORDING_NOT_WANTED",
                   "the account's policy does not keep files of this kind any more");
  }
  const auto account = deps_.accounts.Get(recording.account);
  if (!account.ok()) return account.error();
  if (account->state == ports::AccountState::kDisconnected) {
    return Invalid("ACCOUNT_DISCONNECTED",
                   "the account was disconnected before the file could be fetched");
  }
  const connector::Connector* connector = deps_.connectors.FindConnector(account->connector);
  const connector::RecordingRule* rule =
      connector == nullptr ? nullptr : connector::FindRecordingRule(*connector, recording.kind);
  if (rule == nullptr) {
    return Invalid("CONNECTOR_UNKNOWN",
                   "the connector of the account does not know files of this kind any more");
  }
  return Scene{*account, *connector, *rule, policy->rules};
}

// Before anything is fetched: a process that dies of it has used up a try.
Status RecordingFetch::TakeUp(Recording& recording) {
  recording.state = RecordingState::kFetching;
  ++recording.attempts;
  const auto step = deps_.recordings.Save(recording);
  if (!step.ok()) return step.error();
  recording.step = *step;
  return {};
}

Status RecordingFetch::FetchFile(Recording& recording, const Scene& scene) {
  const auto told = LinkOfEvent(recording, scene);
  if (!told.ok()) return told.error();
  if (!told->empty()) {
    Status done = Download(recording, scene, *told);
    if (done.ok() || done.error().code != kLinkDead) return done;
  }
  const auto fresh = FreshLink(recording, scene);
  if (!fresh.ok()) return fresh.error();
  return Download(recording, scene, *fresh);
}

Result<std::string> RecordingFetch::LinkOfEvent(const Recording& recording,
                                                const Scene& scene) const {
  const auto item = deps_.inbox.Get(recording.event);
  if (!item.ok() && item.error().kind == ErrorKind::kNotFound) return std::string();
  if (!item.ok()) return item.error();
  const auto event = connector::ReadWebhook(scene.connector, item->body);
  if (!event.ok()) return std::string();
  const auto news = connector::ReadRecordingNews(scene.rule, event->data, deps_.expressions);
  if (!news.ok()) return std::string();
  if (news->erased)
    return Invalid("PERSON_ERASED", "the person of this call was erased before it was fetched");
  const bool fresh =
      core::recordings::IsFresh(recording.told_at, scene.rule.link_life, deps_.clock.Now());
  return fresh ? news->link : std::string();
}

Result<std::string> RecordingFetch::FreshLink(const Recording& recording,
                                              const Scene& scene) const {
  const auto input = connector::FreshLinkInput(scene.rule, recording.call, deps_.expressions);
  if (!input.ok()) return input.error();
  // What an event started, but nobody waits for: it must not hold up runs.
  const auto perform =
      ForAccount(deps_.actions, scene.connector, recording.account, core::quota::Lane::kSync);
  const auto output = perform(scene.rule.fresh_action, *input);
  if (!output.ok() && output.error().kind == ErrorKind::kNotFound) {
    return NotFound("RECORDING_GONE", "the provider does not know this call any more");
  }
  if (!output.ok()) return output.error();
  auto link = connector::FreshLinkIn(scene.rule, *output, deps_.expressions);
  if (link.ok() && link->empty())
    return Unavailable("RECORDING_MISSING", "the provider has no file of this call now");
  return link;
}

Status RecordingFetch::Download(Recording& recording, const Scene& scene, const std::string& link) {
  std::string url = link;
  for (int hop = 0; hop <= kMostRedirects; ++hop) {
    auto writer = deps_.media.Create(ports::MediaKeyOf(recording.account, recording.id));
    if (!writer.ok()) return writer.error();
    auto sink = std::make_shared<FileSink>();  // shared with the client's thread
    sink->writer = std::move(*writer);
    ports::HttpRequest request;
    request.url = url;
    request.headers.emplace_back("Accept", "audio/*, */*;q=0.5");
    request.most_body = static_cast<std::size_t>(scene.policy.most_bytes);
    request.on_body = [sink](int status, std::string_view piece) {
      return sink->Take(status, piece);
    };
    const auto answer = SendAndWait(deps_.http, std::move(request), deps_.download_timeout);
    if (!sink->written.ok()) return sink->written;
    if (!answer.ok() && answer.error().code == "HTTP_ANSWER_TOO_LARGE")
      return TooLarge(scene.policy.most_bytes);
    if (!answer.ok()) return answer.error();
    if (SaysDead(answer->status))
      return NotFound(kLinkDead, "the link to the file does not work (any more)");
    if (IsRedirect(answer->status)) {
      // Each place is judged by the address policy as the first one was.
      const std::string next = HeaderOf(*answer, "location");
      const bool down = url.starts_with("https://") && !next.starts_with("https://");
      if (down || !next.starts_with("http")) break;
      url = next;
      continue;
    }
    if (answer->status != 200 || IsText(*answer)) break;
    if (sink->size == 0) return Unavailable("RECORDING_MISSING", "the file is empty");
    recording.size = sink->size;
    recording.sha256 = sink->digest.Finish();
    recording.content_type = TypeOf(*answer);
    return sink->writer->Finish();
  }
  return Unavailable("RECORDING_UNREADABLE", "what the link gave is no file of sound");
}

Status RecordingFetch::KeepAt(Recording& recording, const Scene& scene) {
  Recording kept = recording;
  kept.state = RecordingState::kKept;
  kept.reason.clear();
  kept.kept_at = deps_.clock.Now();
  kept.erase_at = core::recordings::EraseAt(scene.policy, *kept.kept_at);
  const auto step = deps_.recordings.Save(kept);
  if (!step.ok()) return step.error();
  deps_.metrics.Count(kFetched, {{"result", "kept"}});
  deps_.metrics.Count("switchboard_recording_bytes_total", {}, static_cast<double>(kept.size));
  Log::Info("recording.kept", {{"recording", ToText(kept.id)},
                               {"account", ToText(kept.account)},
                               {"kind", core::recordings::ToString(kept.kind)},
                               {"bytes", kept.size},
                               {"attempts", kept.attempts}});
  return {};
}

void RecordingFetch::Fail(Recording recording, const Error& error) {
  if (error.code == kMoved) return DropUnlessKept(recording);
  const bool begun = recording.state == RecordingState::kFetching;
  recording.reason = error.code;
  recording.size = 0;
  recording.sha256.clear();
  recording.content_type.clear();
  recording.state = RecordingState::kWanted;
  const WallTime now = deps_.clock.Now();
  const auto wait = core::recordings::WaitAfter(recording.attempts);
  if (IsUnwanted(error)) {
    recording.state = RecordingState::kErased;
    recording.erased_at = now;
    recording.party.clear();
  } else if (IsHindrance(error)) {
    if (begun) --recording.attempts;
    recording.due_at = IsEnding(error) ? now : now + kAfterHindrance;
  } else if (IsFinal(error) || !wait) {
    recording.state = RecordingState::kFailed;
  } else {
    recording.due_at = now + *wait;
  }
  const bool over = recording.state != RecordingState::kWanted;
  const auto saved = deps_.recordings.Save(recording);
  if (!saved.ok() && saved.error().code == kMoved) return DropUnlessKept(recording);
  Log::Info(over ? "recording.given_up" : "recording.postponed",
            {{"recording", ToText(recording.id)},
             {"account", ToText(recording.account)},
             {"code", error.code},
             {"attempts", recording.attempts}});
  if (!over || !saved.ok()) return;
  const bool failed = recording.state == RecordingState::kFailed;
  deps_.metrics.Count(kFetched, {{"result", failed ? "failed" : "unwanted"}});
  DropUnlessKept(recording);
}

/// A fetch of ours may have put a file where none may be any more. One that somebody keeps, or is
/// fetching, has the same name and stays.
void RecordingFetch::DropUnlessKept(const Recording& recording) {
  const auto now = deps_.recordings.Get(recording.id);
  if (!now.ok() && now.error().kind != ErrorKind::kNotFound) return;
  const bool over =
      !now.ok() || now->state == RecordingState::kErased || now->state == RecordingState::kFailed;
  if (!over) return;
  const Status erased = deps_.media.Erase(ports::MediaKeyOf(recording.account, recording.id));
  if (!erased.ok()) {
    Log::Warn("recording.unerased",
              {{"recording", ToText(recording.id)}, {"code", erased.error().code}});
  }
}

}  // namespace sb::accounts
