#include "engine/api/sync_mapping.h"

#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/api/json_mapping.h"
#include "engine/connector/event_rows.h"
#include "engine/ports/prefixed_id.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace cs = core::sync;

constexpr const char* kProofPrefix = "prf";

v1::SyncStreamProgress::State StateOfStream(const accounts::StreamStanding& standing,
                                            ports::SyncState state) {
  using Progress = v1::SyncStreamProgress;
  if (state != ports::SyncState::kRunning) return Progress::STATE_WAITING;
  const std::string& error = standing.at.error;
  if (error == accounts::kDeletesBraked) return Progress::STATE_HELD;
  if (!error.empty() && error != accounts::kDeletesApproved) return Progress::STATE_FAILING;
  // Events are never read as a list: what the inbox has is there at once.
  if (standing.lag || standing.unlisted) return Progress::STATE_LIVE;
  return standing.reading ? Progress::STATE_READING : Progress::STATE_WAITING;
}

v1::SyncReadingProgress ReadingProto(const ports::SyncReading& reading,
                                     const cs::ReadingProgress& progress) {
  v1::SyncReadingProgress proto;
  *proto.mutable_start_time() = ToTimestamp(reading.begun_at);
  proto.set_done_permille(static_cast<std::int32_t>(std::lround(progress.done * 1000)));
  proto.set_windows_left(static_cast<std::int64_t>(reading.position.windows.size()));
  proto.set_rows_read(progress.read);
  proto.set_rows_left(progress.items_left.value_or(-1));
  proto.set_rows_per_second(progress.rows_per_second);
  proto.set_requests_left(progress.requests_left.value_or(-1));
  if (progress.ends_at) *proto.mutable_estimated_end_time() = ToTimestamp(*progress.ends_at);
  return proto;
}

v1::SyncColumn ColumnProto(const std::string& table, const cs::TableColumn& column) {
  v1::SyncColumn proto;
  proto.set_table(table);
  proto.set_name(column.name);
  proto.set_type(cs::ToString(column.type));
  proto.set_comment(column.comment);
  return proto;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

v1::SyncWindowProof WindowProto(const cs::WindowProof& window) {
  v1::SyncWindowProof proto;
  *proto.mutable_from_time() = ToTimestamp(window.window.from);
  *proto.mutable_to_time() = ToTimestamp(window.window.to);
  proto.set_counted(window.counted.value_or(-1));
  proto.set_shown(window.shown);
  proto.set_rows(window.rows);
  proto.set_proven(window.proven);
  proto.set_missing(window.missing);
  proto.set_surplus(window.surplus);
  proto.set_compared(window.compared);
  proto.set_differing(window.differing);
  proto.set_changed(window.changed);
  proto.set_quarantined(window.quarantined);
  proto.set_kept(window.kept);
  proto.set_behind_wall(window.behind_wall);
  proto.set_left_out(window.left_out);
  proto.set_gone(window.gone);
  return proto;
}

void AddExamples(const cs::StreamProof& proof, v1::SyncStreamProof& proto) {
  for (const auto& window : proof.windows) *proto.add_windows() = WindowProto(window);
  for (const std::string& key : proof.missing) proto.add_missing(key);
  for (const std::string& key : proof.surplus) proto.add_surplus(key);
  for (const auto& row : proof.differing) {
    v1::SyncDifferingRow& differing = *proto.add_differing();
    differing.set_key(row.key);
    for (const std::string& column : row.columns) differing.add_columns(column);
  }
}

v1::SyncStreamProof StreamProofProto(const cs::StreamProof& proof, bool whole) {
  v1::SyncStreamProof proto;
  proto.set_stream(proof.stream);
  *proto.mutable_sum() = WindowProto(proof.sum);
  if (whole) AddExamples(proof, proto);
  proto.set_miscounted_windows(proof.miscounts);
  if (proof.unreachable) {
    *proto.mutable_unreachable_from_time() = ToTimestamp(proof.unreachable->from);
    *proto.mutable_unreachable_to_time() = ToTimestamp(proof.unreachable->to);
  }
  proto.set_error_code(proof.error);
  proto.set_requests(proof.requests);
  proto.set_differs(proof.sum.missing + proof.sum.surplus + proof.sum.differing + proof.miscounts >
                    0);
  return proto;
}

/// The parts that a schema refers to, and its references to them, with a word before their names,
/// so that two schemas can be one.
void SetBefore(const std::string& word, Json& schema) {
  constexpr std::string_view kParts = "#/$defs/";
  if (schema.is_array()) {
    for (Json& item : schema) SetBefore(word, item);
  }
  if (!schema.is_object()) return;
  for (auto& [key, value] : schema.items()) {
    const bool refers = key == "$ref" && value.is_string();
    if (refers && value.get_ref<const std::string&>().starts_with(kParts))
      value = std::string(kParts) + word + value.get<std::string>().substr(kParts.size());
    SetBefore(word, value);
  }
}

/// Moves the parts of a schema to those of the whole; gives what is left of it.
Json WithoutParts(const std::string& word, Json schema, Json& parts) {
  SetBefore(word, schema);
  if (schema.contains("$defs")) {
    for (auto& [name, part] : schema["$defs"].items()) parts[word + name] = part;
  }
  schema.erase("$defs");
  schema.erase("$schema");
  return schema;
}

}  // namespace

// ---- Syncs

Json SyncSchemaOf(v1::Sync::Kind kind, Json replication, Json two_way) {
  if (kind == v1::Sync::KIND_REPLICATION) return replication;
  if (kind == v1::Sync::KIND_TWO_WAY) return two_way;
  Json parts = Json::object();
  Json both = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", "A sync of Switchboard"},
               {"if", {{"required", Json::array({"between"})}}}};
  both["then"] = WithoutParts("two_way_", std::move(two_way), parts);
  both["else"] = WithoutParts("replication_", std::move(replication), parts);
  both["$defs"] = std::move(parts);
  return both;
}

// The numbers of the states and the kinds are the same on both sides.
v1::Sync ToProto(const ports::Sync& sync) {
  v1::Sync proto;
  proto.set_account(ToText(sync.account));
  proto.set_namespace_(sync.workspace);
  proto.set_name(sync.name);
  proto.set_version(sync.version);
  proto.set_state(static_cast<v1::Sync::State>(sync.state));
  proto.set_reason(sync.reason);
  proto.set_connection(sync.connection);
  proto.set_kind(static_cast<v1::Sync::Kind>(sync.kind));
  if (sync.kind == ports::SyncKind::kReplication) proto.set_schema(sync.schema);
  *proto.mutable_create_time() = ToTimestamp(sync.created_at);
  return proto;
}

std::string SyncTitle(const ports::Sync& sync) {
  return sync.workspace + "/" + sync.name;
}

v1::SyncStreamProgress ToProto(const accounts::StreamStanding& standing, ports::SyncState state,
                               std::int64_t held) {
  const ports::SyncStream& at = standing.at;
  v1::SyncStreamProgress proto;
  proto.set_stream(at.stream);
  proto.set_state(StateOfStream(standing, state));
  proto.set_told_by_events(standing.live);
  proto.set_rows_written(at.written);
  proto.set_rows_rejected(at.rejected);
  proto.set_requests(at.requests);
  if (at.known_until) *proto.mutable_known_until_time() = ToTimestamp(*at.known_until);
  proto.set_lag_ms(standing.lag ? standing.lag->count() : -1);
  if (standing.reading && at.reading)
    *proto.mutable_reading() = ReadingProto(*at.reading, *standing.reading);
  *proto.mutable_due_time() = ToTimestamp(at.due_at);
  if (at.error != accounts::kDeletesApproved) {
    proto.set_error_code(at.error);
    proto.set_error_help(SyncErrorHelp(at.error));
  }
  if (proto.state() == v1::SyncStreamProgress::STATE_HELD) proto.set_held_deletes(held);
  return proto;
}

std::string SyncErrorHelp(const std::string& code) {
  static const std::map<std::string, std::string> kHelp = {
      {"ACCOUNT_NEEDS_REAUTH", "connect the account again; the sync goes on by itself then"},
      {"ACCOUNT_DISCONNECTED", "the account was disconnected: delete the sync"},
      {"DATABASE_UNAVAILABLE", "the database does not answer; it is tried again every minute"},
      {"SYNC_DELETES_BRAKED",
       "look whether so many are really gone at the provider, and let them through: "
       "`switchboard sync approve-deletes`"},
      {"SYNC_DESTINATION_FULL", "make room in the destination; it is tried again every minute"},
      {"SYNC_DESTINATION_FORBIDDEN",
       "let the database user write into the schema; it is tried again every minute"},
      {"SYNC_TABLES_CHANGED", "somebody changed the tables: plan and deploy the sync again"},
      {"SYNC_NOT_ENTITLED",
       "the provider does not give this to the company: leave the stream out of the definition, or "
       "buy the add-on"},
      {"SYNC_ROW_REFUSED",
       "a constraint or a trigger of the table refuses too many rows: `switchboard sync rejects`"},
      {"SYNC_CONNECTION_NOT_FOUND", "give the server the connection that the definition names"},
      {"LINK_SIDE_CHANGED",
       "a field of a side is not what it was: put it back, or deploy a version that fits"},
      {"LINK_PRIVILEGE_MISSING",
       "grant the privilege that `switchboard sync plan` names; it goes on by itself then"},
      {"SYNC_UNREADABLE", "deploy a version of the sync that this server can read"}};
  if (code.empty()) return "";
  const auto found = kHelp.find(code);
  if (found != kHelp.end()) return found->second;
  return "it is tried again by itself; docs/errors.md says more about " + code;
}

// ---- Tables

v1::SyncTablePlan ToProto(const cs::TablePlan& plan) {
  v1::SyncTablePlan proto;
  for (const cs::WantedTable& table : plan.create) {
    v1::SyncTable& made = *proto.add_new_tables();
    made.set_name(table.name);
    made.set_comment(table.comment);
    for (const auto& column : table.columns) *made.add_columns() = ColumnProto(table.name, column);
    for (const std::string& column : table.key) made.add_key(column);
  }
  for (const cs::AddedColumn& added : plan.add)
    *proto.add_new_columns() = ColumnProto(added.table, added.column);
  for (const cs::AddedReference& added : plan.refer) {
    proto.add_new_references(added.table + "(" + Joined(added.reference.columns) + ") -> " +
                             added.reference.table + "(" + Joined(added.reference.key) + ")");
  }
  for (const cs::WantedView& view : plan.views) proto.add_new_views(view.name);
  for (const cs::TableConflict& conflict : plan.conflicts) {
    v1::SyncTableConflict& in_the_way = *proto.add_conflicts();
    in_the_way.set_table(conflict.table);
    in_the_way.set_column(conflict.column);
    in_the_way.set_reason(conflict.reason);
  }
  return proto;
}

// ---- Findings

v1::SyncReceipt ToProto(const ports::SyncReceipt& receipt) {
  v1::SyncReceipt proto;
  *proto.mutable_from_time() = ToTimestamp(receipt.window.from);
  *proto.mutable_to_time() = ToTimestamp(receipt.window.to);
  proto.set_counted(receipt.counted.value_or(-1));
  proto.set_read(receipt.read);
  proto.set_proven(receipt.proven);
  proto.set_behind_wall(receipt.behind_wall);
  proto.set_attempts(receipt.attempts);
  *proto.mutable_read_time() = ToTimestamp(receipt.read_at);
  return proto;
}

v1::SyncReject ToProto(const ports::SyncReject& reject) {
  v1::SyncReject proto;
  proto.set_record(reject.key);
  proto.set_code(reject.code);
  proto.set_reason(reject.reason);
  *proto.mutable_find_time() = ToTimestamp(reject.at);
  return proto;
}

v1::Skip ToProto(const ports::SkippedRecord& record, const std::string& sync) {
  v1::Skip proto;
  proto.set_sync(sync);
  proto.set_stream(record.stream);
  proto.set_record(record.skip.key);
  proto.set_code(record.skip.code);
  proto.set_rule(record.skip.rule);
  proto.set_reason(record.skip.reason);
  *proto.mutable_skip_time() = ToTimestamp(record.skip.at);
  *proto.mutable_first_skip_time() = ToTimestamp(record.first_at);
  proto.set_looks(record.looks);
  return proto;
}

v1::RecordExplanation ToProto(const core::sync::ImportAnswer& answer) {
  using Kind = core::sync::ImportAnswer::Kind;
  static const std::map<Kind, v1::RecordExplanation::Kind> kKinds = {
      {Kind::kImported, v1::RecordExplanation::KIND_IMPORTED},
      {Kind::kDeleted, v1::RecordExplanation::KIND_DELETED},
      {Kind::kSkipped, v1::RecordExplanation::KIND_SKIPPED},
      {Kind::kRejected, v1::RecordExplanation::KIND_REJECTED},
      {Kind::kNeverSeen, v1::RecordExplanation::KIND_NEVER_SEEN}};
  v1::RecordExplanation proto;
  proto.set_kind(kKinds.at(answer.kind));
  proto.set_sync(answer.sync);
  proto.set_stream(answer.stream);
  proto.set_record(answer.key);
  proto.set_code(answer.code);
  proto.set_rule(answer.rule);
  proto.set_reason(answer.reason);
  proto.set_sentence(core::sync::Sentence(answer));
  return proto;
}

// ---- Comparisons

std::string ToText(ports::SyncProofId id) {
  return ports::PrefixedText(kProofPrefix, id);
}

std::optional<ports::SyncProofId> ParseSyncProofId(const std::string& text) {
  return ports::ParsePrefixed<ports::SyncProofId>(kProofPrefix, text);
}

// The numbers of verdicts and depths are the same on both sides.
v1::SyncVerification ToProto(const ports::SyncProof& proof, bool whole) {
  const cs::VerifyReceipt& receipt = proof.receipt;
  v1::SyncVerification proto;
  proto.set_id(ToText(proof.id));
  proto.set_verdict(static_cast<v1::SyncVerification::Verdict>(receipt.verdict));
  proto.set_reason(receipt.reason);
  proto.set_depth(static_cast<v1::SyncVerification::Depth>(receipt.depth));
  proto.set_sample(receipt.sample);
  if (receipt.from) *proto.mutable_from_time() = ToTimestamp(*receipt.from);
  if (receipt.until) *proto.mutable_until_time() = ToTimestamp(*receipt.until);
  *proto.mutable_start_time() = ToTimestamp(receipt.begun_at);
  *proto.mutable_end_time() = ToTimestamp(receipt.ended_at);
  proto.set_stopped(receipt.stopped);
  proto.set_version(receipt.version);
  proto.set_schema(receipt.schema);
  for (const auto& stream : receipt.streams) *proto.add_streams() = StreamProofProto(stream, whole);
  proto.set_digest(receipt.digest);
  return proto;
}

v1::SyncVerificationProgress ToProto(const accounts::VerifyProgress& progress) {
  v1::SyncVerificationProgress proto;
  proto.set_stream(progress.stream);
  proto.set_stream_index(progress.stream_index);
  proto.set_streams(progress.streams);
  proto.set_total(progress.total.value_or(-1));
  *proto.mutable_so_far() = WindowProto(progress.so_far);
  proto.set_requests(progress.requests);
  return proto;
}

}  // namespace sb::api
