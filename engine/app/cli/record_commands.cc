#include "engine/app/cli/record_commands.h"

#include <memory>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "engine/app/cli/following.h"
#include "engine/app/cli/table.h"
#include "engine/app/cli/text.h"
#include "engine/base/json.h"
#include "switchboard/v1/record.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using RecordCalls = v1::RecordService;
using RecordStub = v1::RecordService::StubInterface;

std::string FieldsText(const google::protobuf::Struct& fields) {
  google::protobuf::Value value;
  *value.mutable_struct_value() = fields;
  std::string text = ToJsonText(value, false);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return Printable(text);
}

std::string RecordText(const v1::Record& record) {
  std::string text = Printable(record.key()) + "  version " + std::to_string(record.version());
  if (!record.own_key().empty() && record.own_key() != record.key())
    text += "  yours: " + Printable(record.own_key());
  if (record.waiting_changes() > 0)
    text += "  " + std::to_string(record.waiting_changes()) + " changes wait for you";
  return text + "\n" + FieldsText(record.fields()) + "\n";
}

/// "rch_...  UPDATE  c-42  {...}"
std::string ChangeText(const v1::RecordChange& change) {
  const std::string& key = change.own_key().empty() ? change.key() : change.own_key();
  return change.id() + "  " + Word(v1::RecordChange::Kind_Name(change.kind()), "KIND_") + "  " +
         Printable(key) + "  " + FieldsText(change.fields()) + "\n";
}

std::string PushedText(const v1::PushRecordsResponse& response) {
  std::string text;
  for (const v1::RecordPushResult& result : response.results()) {
    text += Printable(result.key()) + "  " +
            Word(v1::RecordPushResult::Outcome_Name(result.outcome()), "OUTCOME_");
    if (!result.error_code().empty())
      text += "  " + result.error_code() + ": " + Printable(result.error_message());
    text += "\n";
  }
  if (response.repeated_request()) text += "it had been pushed before: nothing was done\n";
  return text;
}

bool WasRefused(const v1::RecordPushResult& result) {
  return result.outcome() == v1::RecordPushResult::OUTCOME_REFUSED ||
         result.outcome() == v1::RecordPushResult::OUTCOME_MOVED;
}

}  // namespace

int PushRecords(Session& session, const PushRecordsOptions& options) {
  const auto given = session.Read(options.records);
  if (given.trouble) return session.Fail(*given.trouble);
  v1::PushRecordsRequest request;
  const auto list = ParseJson(given.text);  // a lone object would be taken for a list of one
  const bool is_read =
      list.ok() && list->is_array() &&
      google::protobuf::util::JsonStringToMessage("{\"records\": " + given.text + "}", &request)
          .ok();
  if (!is_read) {
    return session.Misuse(
        "--records is no JSON array of records",
        "write --records '[{\"key\": \"c-42\", \"fields\": {\"name\": \"Ada\"}}]', or @file");
  }
  request.set_account(options.account);
  request.set_object(options.object);
  request.set_request_id(options.request_id);
  v1::PushRecordsResponse response;
  if (auto trouble = session.client.Call<RecordCalls>(&RecordStub::PushRecords, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&] { return PushedText(response); });
  for (const v1::RecordPushResult& result : response.results()) {
    if (WasRefused(result)) return kRefused;
  }
  return kOk;
}

int GetRecord(Session& session, const GetRecordOptions& options) {
  v1::GetRecordRequest request;
  request.set_account(options.account);
  request.set_object(options.object);
  request.set_key(options.key);
  v1::GetRecordResponse response;
  if (auto trouble = session.client.Call<RecordCalls>(&RecordStub::GetRecord, request, response))
    return session.Fail(*trouble);
  return session.Show(response.record(), [&] { return RecordText(response.record()); });
}

int ListRecords(Session& session, const ListRecordsOptions& options) {
  v1::ListRecordsRequest request;
  request.set_account(options.account);
  request.set_object(options.object);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListRecordsResponse response;
  if (auto trouble = session.client.Call<RecordCalls>(&RecordStub::ListRecords, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.records().empty()) return "no records\n";
    Table table({{"KEY", true}, {"YOURS"}, {"VERSION"}, {"FIELDS"}});
    for (const v1::Record& record : response.records()) {
      table.Add({record.key(), record.own_key(), std::to_string(record.version()),
                 FieldsText(record.fields())});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int WatchRecords(Session& session, const WatchRecordsOptions& options) {
  v1::WatchRecordChangesRequest request;
  request.set_account(options.account);
  request.set_object(options.object);
  request.set_resume_token(options.resume_token);
  std::unique_ptr<RecordCalls::StubInterface> stub;
  return Follow<v1::WatchRecordChangesResponse>(
      session, options.count, options.resume_token,
      [&](grpc::ClientContext& context) {
        stub = RecordCalls::NewStub(session.client.channel());
        return stub->WatchRecordChanges(&context, request);
      },
      [](const v1::WatchRecordChangesResponse& message) -> const auto& {
        return message.changes();
      },
      [](const v1::RecordChange& change) { return ChangeText(change); });
}

int AcknowledgeRecordChange(Session& session, const AcknowledgeOptions& options) {
  v1::AcknowledgeRecordChangeRequest request;
  request.set_account(options.account);
  request.set_object(options.object);
  request.set_change(options.change);
  if (options.refused.empty()) {
    request.mutable_done()->set_key(options.key);
  } else {
    request.mutable_refused()->set_reason(options.refused);
  }
  v1::AcknowledgeRecordChangeResponse response;
  if (auto trouble =
          session.client.Call<RecordCalls>(&RecordStub::AcknowledgeRecordChange, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    return response.change().id() + " is " +
           Word(v1::RecordChange::State_Name(response.change().state()), "STATE_") + "\n";
  });
}

}  // namespace sb::app::cli
