#include "engine/app/cli/recording_commands.h"

#include <algorithm>
#include <optional>

#include "engine/app/cli/text.h"
#include "switchboard/v1/recording.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Service = v1::RecordingService;
using RecordingStub = v1::RecordingService::StubInterface;

std::string InLower(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return word;
}

std::string InUpper(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return word;
}

std::string KeepWord(const v1::RecordingPolicy& policy) {
  return InLower(Word(v1::RecordingPolicy::Keep_Name(policy.keep()), "KEEP_"));
}

std::string KindWord(const v1::Recording& recording) {
  return InLower(Word(v1::Recording::Kind_Name(recording.kind()), "KIND_"));
}

Cell StateCell(const v1::Recording& recording) {
  const std::string state = Word(v1::Recording::State_Name(recording.state()), "STATE_");
  switch (recording.state()) {
    case v1::Recording::STATE_KEPT:
      return {state, Tone::kGood};
    case v1::Recording::STATE_FAILED:
      return {state, Tone::kBad};
    case v1::Recording::STATE_WANTED:
    case v1::Recording::STATE_FETCHING:
      return {state, Tone::kBusy};
    default:
      return {state, Tone::kPlain};
  }
}

std::string PolicyCard(const Session& session, const v1::RecordingPolicy& policy) {
  Card card;
  card.Add("account", policy.account());
  card.Add("keeps", KeepWord(policy));
  card.Add("for", policy.retain_days() == 0 ? "until they are erased"
                                            : std::to_string(policy.retain_days()) + " days");
  card.Add("up to", std::to_string(policy.max_bytes()) + " bytes each");
  return card.Text(session.style());
}

std::string RecordingCard(const Session& session, const v1::Recording& recording) {
  Card card;
  card.Add("recording", recording.id());
  card.Add("account", recording.account());
  card.Add("call", recording.call());
  card.Add("kind", KindWord(recording));
  card.Add("state", StateCell(recording));
  card.Add("reason", recording.reason());
  card.Add("fetches", std::to_string(recording.attempts()));
  if (recording.has_due_time()) card.Add("next", Dated(recording.due_time(), session.now()));
  if (recording.size() > 0) card.Add("bytes", std::to_string(recording.size()));
  card.Add("type", recording.content_type());
  card.Add("sha256", recording.sha256());
  card.Add("told", Dated(recording.create_time(), session.now()));
  if (recording.has_keep_time()) card.Add("kept", Dated(recording.keep_time(), session.now()));
  if (recording.has_expire_time()) card.Add("until", Dated(recording.expire_time(), session.now()));
  if (recording.has_erase_time()) card.Add("erased", Dated(recording.erase_time(), session.now()));
  return card.Text(session.style());
}

std::optional<Trouble> ReadPolicy(Session& session, const std::string& account,
                                  v1::RecordingPolicy& policy) {
  v1::GetRecordingPolicyRequest request;
  request.set_account(account);
  v1::GetRecordingPolicyResponse response;
  auto trouble =
      session.client.Call<Service>(&RecordingStub::GetRecordingPolicy, request, response);
  if (!trouble) policy = response.policy();
  return trouble;
}

}  // namespace

int RecordingPolicy(Session& session, const RecordingPolicyOptions& options) {
  v1::RecordingPolicy policy;
  if (auto trouble = ReadPolicy(session, options.account, policy)) return session.Fail(*trouble);
  const bool changes = !options.keep.empty() || options.retain_days >= 0 || options.max_bytes >= 0;
  if (!changes) return session.Show(policy, [&] { return PolicyCard(session, policy); });
  if (!options.keep.empty()) {
    v1::RecordingPolicy::Keep keep = v1::RecordingPolicy::KEEP_UNSPECIFIED;
    v1::RecordingPolicy::Keep_Parse("KEEP_" + InUpper(options.keep), &keep);
    policy.set_keep(keep);
  }
  if (options.retain_days >= 0) policy.set_retain_days(options.retain_days);
  if (options.max_bytes >= 0) policy.set_max_bytes(options.max_bytes);
  v1::SetRecordingPolicyRequest request;
  *request.mutable_policy() = policy;
  v1::SetRecordingPolicyResponse response;
  if (auto trouble =
          session.client.Call<Service>(&RecordingStub::SetRecordingPolicy, request, response))
    return session.Fail(*trouble);
  return session.Show(response.policy(), [&] { return PolicyCard(session, response.policy()); });
}

int ListRecordings(Session& session, const ListRecordingsOptions& options) {
  v1::ListRecordingsRequest request;
  request.set_account(options.account);
  request.set_call(options.call);
  if (!options.state.empty()) {
    v1::Recording::State state = v1::Recording::STATE_UNSPECIFIED;
    v1::Recording::State_Parse("STATE_" + InUpper(options.state), &state);
    request.set_state(state);
  }
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListRecordingsResponse response;
  if (auto trouble =
          session.client.Call<Service>(&RecordingStub::ListRecordings, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.recordings().empty()) return "no recordings\n";
    Table table(
        {{"RECORDING", true}, {"CALL"}, {"KIND"}, {"STATE"}, {"BYTES"}, {"TOLD"}, {"REASON"}});
    for (const v1::Recording& recording : response.recordings()) {
      table.Add({recording.id(), recording.call(), KindWord(recording), StateCell(recording),
                 std::to_string(recording.size()), Relative(recording.create_time(), session.now()),
                 recording.reason()});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int GetRecording(Session& session, const std::string& recording) {
  v1::GetRecordingRequest request;
  request.set_recording(recording);
  v1::GetRecordingResponse response;
  if (auto trouble = session.client.Call<Service>(&RecordingStub::GetRecording, request, response))
    return session.Fail(*trouble);
  return session.Show(response.recording(),
                      [&] { return RecordingCard(session, response.recording()); });
}

int LinkRecording(Session& session, const RecordingLinkOptions& options) {
  v1::CreateRecordingLinkRequest request;
  request.set_recording(options.recording);
  request.set_life_seconds(options.life_seconds);
  v1::CreateRecordingLinkResponse response;
  if (auto trouble =
          session.client.Call<Service>(&RecordingStub::CreateRecordingLink, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] { return response.url() + "\n"; });
}

}  // namespace sb::app::cli
