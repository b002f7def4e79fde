#include "engine/api/recording_service.h"

#include <algorithm>
#include <variant>

#include "engine/accounts/recording_links.h"
#include "engine/api/account_reach.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/api/recording_mapping.h"
#include "engine/connector/connector.h"
#include "engine/ports/clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Account;
using ports::Role;

constexpr int kUsualLinkSeconds = 3600;
constexpr std::size_t kLongestCallId = 128;

Outcome ReadRules(const v1::RecordingPolicy& wanted, core::recordings::Policy& rules) {
  using Policy = v1::RecordingPolicy;
  if (wanted.keep() == Policy::KEEP_UNSPECIFIED || !Policy::Keep_IsValid(wanted.keep()))
    return WrongField("policy.keep",
                      "say what is kept: KEEP_NONE, KEEP_RECORDINGS, "
                      "KEEP_VOICEMAILS or KEEP_BOTH");
  if (wanted.retain_days() < 0 || wanted.retain_days() > core::recordings::kMostRetainDays)
    return WrongField("policy.retain_days", "takes 1 to 3650 days, or 0: until they are erased");
  if (wanted.max_bytes() < 0 || wanted.max_bytes() > core::recordings::kUtmostBytes)
    return WrongField("policy.max_bytes", "takes 1 to 2147483648 bytes, or 0: 209715200");
  const bool both = wanted.keep() == Policy::KEEP_BOTH;
  rules.recordings = both || wanted.keep() == Policy::KEEP_RECORDINGS;
  rules.voicemails = both || wanted.keep() == Policy::KEEP_VOICEMAILS;
  rules.retain_days = wanted.retain_days();
  rules.most_bytes =
      wanted.max_bytes() == 0 ? core::recordings::kUsualMostBytes : wanted.max_bytes();
  return {};
}

/// That calls of its provider leave such files at all.
Outcome CheckSupport(const Dependencies& deps, const Account& account,
                     const core::recordings::Policy& rules) {
  const connector::Connector* connector = deps.connectors.FindConnector(account.connector);
  for (const auto kind : {core::recordings::Kind::kRecording, core::recordings::Kind::kVoicemail}) {
    const bool known =
        connector != nullptr &&
        std::ranges::count(connector->recordings, kind, &connector::RecordingRule::kind) > 0;
    if (!rules.Keeps(kind) || known) continue;
    return WrongField("policy.keep",
                      std::string("the connector ") + account.connector + " knows no " +
                          core::recordings::ToString(kind) + " of a call",
                      "RECORDINGS_UNSUPPORTED");
  }
  return {};
}

Outcome SetPolicy(const Dependencies& deps, const Caller& caller, const v1::RecordingPolicy& wanted,
                  v1::RecordingPolicy& response) {
  auto found = AccountReach(deps.accounts, caller).Find("policy.account", wanted.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& account = std::get<Account>(found);
  ports::RecordingPolicy policy;
  policy.slot = account.slot;
  policy.account = account.id;
  policy.since = deps.clock.Now();
  if (auto wrong = ReadRules(wanted, policy.rules)) return wrong;
  if (auto wrong = CheckSupport(deps, account, policy.rules)) return wrong;
  if (const Status stored = deps.recordings.SetPolicy(policy); !stored.ok()) return stored.error();
  deps.on_enablement_changed();
  response = ToProto(policy);
  return {};
}

Outcome GetPolicy(const Dependencies& deps, const Caller& caller, const std::string& text,
                  v1::RecordingPolicy& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto policy = deps.recordings.Policy(std::get<Account>(found).id);
  if (!policy.ok()) return policy.error();
  response = ToProto(*policy);
  return {};
}

/// What the caller may not see looks exactly like what does not exist.
std::variant<ports::Recording, Failure> FindRecording(const Dependencies& deps,
                                                      const Caller& caller,
                                                      const std::string& text) {
  const auto id = ports::ParseRecordingId(text);
  if (!id) {
    return WrongField("recording", "must be the id of a recording, such as rec_01hv3k7q8s0g");
  }
  auto recording = deps.recordings.Get(*id);
  if (!recording.ok() && recording.error().kind != ErrorKind::kNotFound)
    return Failure(recording.error());
  if (recording.ok()) {
    const auto reached = AccountReach(deps.accounts, caller).Includes(recording->account);
    if (!reached.ok()) return Failure(reached.error());
    if (*reached) return std::move(*recording);
  }
  return Failure(NotFound(
      "RECORDING_NOT_FOUND",
      "there is no recording " + text + ": list those of an account to see which there are"));
}

Outcome ReadRecording(const Dependencies& deps, const Caller& caller, const std::string& text,
                      v1::GetRecordingResponse& response) {
  auto found = FindRecording(deps, caller, text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  *response.mutable_recording() = ToProto(std::get<ports::Recording>(found));
  return {};
}

Outcome ListRecordingsInto(const Dependencies& deps, const Caller& caller,
                           const v1::ListRecordingsRequest& request,
                           v1::ListRecordingsResponse& response) {
  auto found = AccountReach(deps.accounts, caller).Find("account", request.account());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  if (request.call().size() > kLongestCallId)
    return WrongField("call", "must be the provider's id of a call");
  ports::RecordingFilter filter;
  filter.account = std::get<Account>(found).id;
  filter.call = request.call();
  filter.state = ToState(request.state());
  const std::string scope = "recordings\n" + request.account() + "\n" + request.call() + "\n" +
                            std::to_string(request.state());
  auto page = ReadPage(request.page_size(), request.page_token(), scope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto listed = deps.recordings.List(filter, std::get<ports::PageRequest>(page));
  if (!listed.ok()) return listed.error();
  for (const ports::Recording& recording : listed->items)
    *response.add_recordings() = ToProto(recording);
  response.set_next_page_token(MakePageToken(listed->next_before, scope));
  return {};
}

Outcome MakeLink(const Dependencies& deps, const Caller& caller,
                 const v1::CreateRecordingLinkRequest& request,
                 v1::CreateRecordingLinkResponse& response) {
  auto found = FindRecording(deps, caller, request.recording());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& recording = std::get<ports::Recording>(found);
  const std::chrono::seconds life(request.life_seconds() == 0 ? kUsualLinkSeconds
                                                              : request.life_seconds());
  if (life < std::chrono::seconds(1) || life > accounts::RecordingLinks::kLongestLife)
    return WrongField("life_seconds", "takes 1 to 604800 seconds (seven days), or 0: 3600");
  if (recording.state != ports::RecordingState::kKept) {
    return Conflict("RECORDING_NOT_KEPT",
                    "the file of this recording is not here: GetRecording says how it stands");
  }
  // Whole seconds, as the link counts them.
  const WallTime expires_at =
      WallTime(std::chrono::floor<std::chrono::seconds>(deps.clock.Now())) + life;
  response.set_url(deps.public_url() + deps.recording_links.PathFor(recording.id, expires_at));
  *response.mutable_expire_time() = ToTimestamp(expires_at);
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* RecordingService::SetRecordingPolicy(
    grpc::CallbackServerContext* context, const v1::SetRecordingPolicyRequest* request,
    v1::SetRecordingPolicyResponse* response) {
  return gate_.Answer(context, {"RecordingService/SetRecordingPolicy", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetPolicy(deps_, caller, request->policy(),
                                         *response->mutable_policy());
                      });
}

grpc::ServerUnaryReactor* RecordingService::GetRecordingPolicy(
    grpc::CallbackServerContext* context, const v1::GetRecordingPolicyRequest* request,
    v1::GetRecordingPolicyResponse* response) {
  return gate_.Answer(context, {"RecordingService/GetRecordingPolicy", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetPolicy(deps_, caller, request->account(),
                                         *response->mutable_policy());
                      });
}

grpc::ServerUnaryReactor* RecordingService::GetRecording(grpc::CallbackServerContext* context,
                                                         const v1::GetRecordingRequest* request,
                                                         v1::GetRecordingResponse* response) {
  return gate_.Answer(context, {"RecordingService/GetRecording", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ReadRecording(deps_, caller, request->recording(), *response);
                      });
}

grpc::ServerUnaryReactor* RecordingService::ListRecordings(grpc::CallbackServerContext* context,
                                                           const v1::ListRecordingsRequest* request,
                                                           v1::ListRecordingsResponse* response) {
  return gate_.Answer(context, {"RecordingService/ListRecordings", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListRecordingsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* RecordingService::CreateRecordingLink(
    grpc::CallbackServerContext* context, const v1::CreateRecordingLinkRequest* request,
    v1::CreateRecordingLinkResponse* response) {
  return gate_.Answer(context, {"RecordingService/CreateRecordingLink", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return MakeLink(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
