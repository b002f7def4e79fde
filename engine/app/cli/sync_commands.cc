#include "engine/app/cli/sync_commands.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "engine/app/cli/definition_file.h"
#include "engine/app/cli/link_text.h"
#include "engine/app/cli/progress_bar.h"
#include "engine/app/cli/sync_progress.h"
#include "engine/app/cli/sync_verdict.h"
#include "engine/app/cli/text.h"
#include "engine/base/yaml.h"
#include "switchboard/v1/link.grpc.pb.h"
#include "switchboard/v1/quota.grpc.pb.h"
#include "switchboard/v1/sync.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Syncs = v1::SyncService;
using SyncStub = v1::SyncService::StubInterface;

std::string SyncTitleOf(const v1::Sync& sync) {
  return sync.namespace_() + "/" + sync.name();
}

std::string SyncStateWord(const v1::Sync& sync) {
  return Word(v1::Sync::State_Name(sync.state()), "STATE_");
}

Card SyncCard(const Session& session, const v1::Sync& sync) {
  Card card;
  card.Add("sync", SyncTitleOf(sync) + ":" + sync.version());
  card.Add("account", sync.account());
  if (sync.state() != v1::Sync::STATE_UNSPECIFIED)
    card.Add("state", {SyncStateWord(sync), ToneOf(SyncStateWord(sync))});
  card.Add("reason", sync.reason());
  if (!sync.schema().empty()) {
    card.Add("tables in",
             sync.schema() + (sync.connection().empty() ? "" : " at " + sync.connection()));
  }
  if (sync.has_create_time()) card.Add("deployed", Dated(sync.create_time(), session.now()));
  return card;
}

/// A request about one sync, as most are.
template <typename Request>
Request AboutSync(const std::string& account, const std::string& sync) {
  Request request;
  request.set_account(account);
  request.set_sync(sync);
  return request;
}

/// ... about one stream of it.
template <typename Request>
Request AboutStream(const SyncFindingsOptions& options) {
  auto request = AboutSync<Request>(options.account, options.sync);
  request.set_stream(options.stream);
  request.set_limit(options.limit);
  return request;
}

// ---- Plans

std::string KindsOf(const v1::SyncTablePlan& plan) {
  if (plan.conflicts_size() > 0) return "";
  const bool nothing = plan.new_tables_size() + plan.new_columns_size() +
                           plan.new_references_size() + plan.new_views_size() ==
                       0;
  if (nothing) return "the tables are as they should be; nothing would be made\n";
  return "would make " + Grouped(plan.new_tables_size()) + " tables, " +
         Grouped(plan.new_columns_size()) + " columns of others, " +
         Grouped(plan.new_references_size()) + " foreign keys and " +
         Grouped(plan.new_views_size()) + " views\n";
}

std::string TablesOf(const Session& session, const v1::SyncTablePlan& plan) {
  std::string text = KindsOf(plan);
  Table tables({{"NEW TABLE", true}, {"COLUMNS"}, {"KEY"}, {"WHAT"}});
  for (const v1::SyncTable& table : plan.new_tables()) {
    std::string key;
    for (const std::string& column : table.key()) key += (key.empty() ? "" : ", ") + column;
    tables.Add({table.name(), Grouped(table.columns_size()), key, table.comment()});
  }
  if (!tables.empty()) text += "\n" + tables.Text(session.style());
  Table columns({{"NEW COLUMN", true}, {"TYPE"}, {"WHAT"}});
  for (const v1::SyncColumn& column : plan.new_columns())
    columns.Add({column.table() + "." + column.name(), column.type(), column.comment()});
  if (!columns.empty()) text += "\n" + columns.Text(session.style());
  for (const v1::SyncTableConflict& conflict : plan.conflicts()) {
    std::string line = "in the way: " + conflict.table();
    if (!conflict.column().empty()) line += "." + conflict.column();
    line += ": " + conflict.reason();
    text += Paint(Printable(line), Tone::kBad, session.style()) + "\n";
  }
  return text;
}

bool CanBeDeployed(const v1::PlanSyncResponse& plan) {
  return plan.diagnostics().empty() && plan.plan().conflicts().empty() &&
         !IsHindered(plan.two_way());
}

/// The word that tells a two-way sync. What is no YAML is for the server to refuse.
bool SaysBetween(const std::string& source) {
  const YamlOutcome outcome = ParseYaml(source);
  return outcome.document && outcome.document->value.is_object() &&
         outcome.document->value.contains("between");
}

std::string TwoWayPlanPage(const Session& session, const SyncFileOptions& options,
                           const v1::PlanSyncResponse& plan) {
  Card card;
  card.Add("sync", SyncTitleOf(plan.sync()) + ":" + plan.sync().version());
  card.Add("account", plan.sync().account());
  card.Add("between", plan.two_way().side_a() + " and " + plan.two_way().side_b());
  const std::string head = card.Text(session.style()) + "\n";
  if (IsHindered(plan.two_way())) return head + ProblemsText(plan.two_way(), session.style());
  const bool from_file = options.file != "-";
  return head + TwoWayPlanText(plan.two_way(), session.style()) +
         ProblemsText(plan.two_way(), session.style()) +
         Printable("deploy and start it: switchboard sync deploy " +
                   (from_file ? options.file : std::string("FILE")) + " --account " +
                   plan.sync().account() + " --start") +
         "\n";
}

std::string PlanText(const Session& session, const SyncFileOptions& options,
                     const v1::PlanSyncResponse& plan) {
  if (!plan.diagnostics().empty()) return LinesOf(options.file, plan.diagnostics());
  if (plan.has_two_way()) return TwoWayPlanPage(session, options, plan);
  return SyncCard(session, plan.sync()).Text(session.style()) + "\n" +
         TablesOf(session, plan.plan());
}

/// Asks what would be done; nothing when that went well.
std::optional<Trouble> AskForPlan(Session& session, const SyncFileOptions& options,
                                  const std::string& source, v1::PlanSyncResponse& plan) {
  v1::PlanSyncRequest request;
  request.set_account(options.account);
  request.set_source(source);
  if (!SaysBetween(source)) return session.client.Call<Syncs>(&SyncStub::PlanSync, request, plan);
  // Both sides are read whole, which may take many minutes: no deadline.
  if (auto trouble = session.client.Open()) return trouble;
  if (session.WantsTable())
    session.environment().err << "reading both sides; with many records this takes minutes\n";
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  const auto stub = Syncs::NewStub(session.client.channel());
  return session.client.Judge(stub->PlanSync(&context, request, &plan));
}

/// The sync as it was deployed, and what to type next.
std::string DeployedText(const Session& session, const v1::Sync& sync) {
  std::string text = SyncCard(session, sync).Text(session.style());
  const std::string about = SyncTitleOf(sync) + " --account " + sync.account();
  if (sync.state() == v1::Sync::STATE_PAUSED)
    text += Printable("start it: switchboard sync start " + about) + "\n";
  if (sync.state() == v1::Sync::STATE_RUNNING && sync.kind() == v1::Sync::KIND_TWO_WAY)
    text += Printable("follow it: switchboard sync watch " + about + " --until live") + "\n";
  return text;
}

/// Stores what was read of the file.
int SendDefinition(Session& session, const SyncFileOptions& options, const std::string& source) {
  v1::DeploySyncRequest request;
  request.set_account(options.account);
  request.set_source(source);
  request.set_start(options.start);
  request.set_validate_only(options.validate_only);
  v1::DeploySyncResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::DeploySync, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] { return DeployedText(session, response.sync()); });
}

// ---- States

template <typename Request, typename Response>
int ChangeSync(Session& session, const SyncOptions& options,
               grpc::Status (SyncStub::*method)(grpc::ClientContext*, const Request&, Response*),
               const std::string& done) {
  Response response;
  const auto request = AboutSync<Request>(options.account, options.sync);
  if (auto trouble = session.client.Call<Syncs>(method, request, response))
    return session.Fail(*trouble);
  return session.Show(response.sync(),
                      [&] { return Printable(SyncTitleOf(response.sync()) + " " + done) + "\n"; });
}

/// "97 of 100 requests a minute are used; 412 of this account wait" or, where it cannot be told,
/// nothing.
std::string QuotaOfAccount(Session& session, const std::string& account) {
  v1::GetQuotaRequest request;
  request.set_account(account);
  v1::GetQuotaResponse response;
  const auto trouble = session.client.Call<v1::QuotaService>(
      &v1::QuotaService::StubInterface::GetQuota, request, response);
  if (trouble) return "";
  std::int64_t waiting = 0;
  for (const v1::LaneQueue& lane : response.quota().lanes()) waiting += lane.waiting();
  return Grouped(response.quota().used()) + " of " + Grouped(response.quota().limit()) +
         " requests a minute are used, " + Grouped(waiting) + " wait";
}

/// Deletes of a side of a two-way sync.
int ApproveSideDeletes(Session& session, const SyncFindingsOptions& options) {
  auto request = AboutSync<v1::ApproveLinkDeletesRequest>(options.account, options.sync);
  request.set_side(options.stream);
  v1::ApproveLinkDeletesResponse response;
  if (auto trouble = session.client.Call<v1::LinkService>(
          &v1::LinkService::StubInterface::ApproveLinkDeletes, request, response))
    return session.Fail(*trouble);
  return session.Show(response.progress(), [&] {
    return Printable("deletes in " + options.stream +
                     " that were held go now, each once it is confirmed") +
           "\n";
  });
}

// ---- Watching

/// Draws a sync over what it drew before, or tells line by line what has changed.
class SyncScreen {
 public:
  explicit SyncScreen(const Session& session) : session_(session) {}

  void Show(const v1::WatchSyncResponse& message) {
    if (!session_.WantsTable()) return session_.ShowLine(message);
    if (message.sync().has_two_way()) return ShowTwoWay(message.sync().two_way());
    if (session_.style().width == 0) return ShowLines(message.sync());
    std::ostream& out = session_.environment().out;
    if (drawn_ > 0) out << "\x1b[" << drawn_ << "A\r\x1b[J";
    const std::string bars = SyncBars(message.sync(), session_.now(), session_.style());
    out << bars << std::flush;
    drawn_ = std::count(bars.begin(), bars.end(), '\n');
  }

 private:
  /// One line: over the one before on a terminal.
  void ShowTwoWay(const v1::TwoWayProgress& progress) {
    std::ostream& out = session_.environment().out;
    const std::string line = TwoWayLine(progress, session_.now());
    if (session_.style().width > 0) {
      if (std::exchange(drawn_, 1) > 0) out << "\x1b[1A\r\x1b[J";
      out << Shorten(line, session_.style().width) << "\n" << std::flush;
    } else if (std::exchange(told_["two-way"], line) != line) {
      out << TimeOfDay(session_.now()) << "  " << line << "\n" << std::flush;
    }
  }

  void ShowLines(const v1::Sync& sync) {
    for (const v1::SyncStreamProgress& stream : sync.streams()) {
      const std::string line = SyncStreamLine(stream, session_.now());
      if (std::exchange(told_[stream.stream()], line) == line) continue;
      session_.environment().out << TimeOfDay(session_.now()) << "  " << line << "\n" << std::flush;
    }
  }

  const Session& session_;
  std::ptrdiff_t drawn_ = 0;
  std::map<std::string, std::string> told_;
};

// ---- Comparing

/// A day ("2026-06-01") or an instant of RFC 3339.
std::optional<WallTime> ReadInstant(const std::string& text) {
  constexpr std::size_t kDay = 10;
  return ParseRfc3339(text.size() == kDay ? text + "T00:00:00Z" : text);
}

void SetTime(WallTime when, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count());
}

std::optional<Trouble> ReadVerifyRequest(const VerifySyncOptions& options,
                                         v1::VerifySyncRequest& request) {
  request = AboutSync<v1::VerifySyncRequest>(options.account, options.sync);
  for (const std::string& stream : options.streams) request.add_streams(stream);
  request.set_depth(options.all          ? v1::SyncVerification::DEPTH_ALL
                    : options.sample > 0 ? v1::SyncVerification::DEPTH_SAMPLE
                                         : v1::SyncVerification::DEPTH_COUNTS);
  request.set_sample(options.sample);
  const auto wrong = [](const std::string& option) {
    return Trouble{
        kUsage, option + " takes a day, such as 2026-06-01, or an instant of RFC 3339", {}, {}, {}};
  };
  if (!options.from.empty()) {
    const auto from = ReadInstant(options.from);
    if (!from) return wrong("--from");
    SetTime(*from, *request.mutable_from_time());
  }
  if (!options.until.empty()) {
    const auto until = ReadInstant(options.until);
    if (!until) return wrong("--until");
    SetTime(*until, *request.mutable_until_time());
  }
  return {};
}

int ExitOf(const v1::SyncVerification& receipt) {
  return receipt.verdict() == v1::SyncVerification::VERDICT_COMPLETE ? kOk : kRefused;
}

// ---- Windows

std::string WindowText(const v1::SyncReceipt& receipt) {
  return ToRfc3339(ToWallTime(receipt.from_time())).substr(0, 16) + " to " +
         ToRfc3339(ToWallTime(receipt.to_time())).substr(0, 16);
}

Cell ProofCell(const v1::SyncReceipt& receipt) {
  if (receipt.behind_wall() > 0)
    return {Grouped(receipt.behind_wall()) + " out of reach", Tone::kBad};
  return receipt.proven() ? Cell("proven", Tone::kGood) : Cell("not proven", Tone::kBusy);
}

}  // namespace

// ---- Definitions

int PlanSync(Session& session, const SyncFileOptions& options) {
  const auto definition = ReadDefinition(session, options.file);
  if (definition.trouble) return session.Fail(*definition.trouble);
  v1::PlanSyncResponse plan;
  if (auto trouble = AskForPlan(session, options, definition.text, plan))
    return session.Fail(*trouble);
  session.Show(plan, [&] { return PlanText(session, options, plan); });
  return CanBeDeployed(plan) ? kOk : kRefused;
}

int DeploySync(Session& session, const SyncFileOptions& options) {
  auto definition = ReadDefinition(session, options.file);
  if (definition.trouble) return session.Fail(*definition.trouble);
  // Planning reads both sides of a two-way sync whole: that is for `sync plan`.
  if (SaysBetween(definition.text)) return SendDefinition(session, options, definition.text);
  v1::PlanSyncResponse plan;
  if (auto trouble = AskForPlan(session, options, definition.text, plan))
    return session.Fail(*trouble);
  if (!CanBeDeployed(plan)) {
    session.Show(plan, [&] { return PlanText(session, options, plan); });
    return kRefused;
  }
  return SendDefinition(session, options, definition.text);
}

int ShowSyncSchema(Session& session, const std::string& file) {
  v1::GetSyncSchemaResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::GetSyncSchema,
                                                v1::GetSyncSchemaRequest(), response))
    return session.Fail(*trouble);
  return GiveSchema(session, response.schema(), file);
}

// ---- Syncs

int StartSync(Session& session, const SyncOptions& options) {
  return ChangeSync<v1::StartSyncRequest, v1::StartSyncResponse>(session, options,
                                                                 &SyncStub::StartSync, "runs");
}

int PauseSync(Session& session, const SyncOptions& options) {
  return ChangeSync<v1::PauseSyncRequest, v1::PauseSyncResponse>(
      session, options, &SyncStub::PauseSync, "is paused; what was read or written stays as it is");
}

int ResumeSync(Session& session, const SyncOptions& options) {
  return ChangeSync<v1::ResumeSyncRequest, v1::ResumeSyncResponse>(session, options,
                                                                   &SyncStub::ResumeSync, "runs");
}

int DeleteSync(Session& session, const SyncOptions& options) {
  if (!options.yes) {
    if (!session.WantsTable())
      return session.Misuse("-o " + session.options().output + " cannot ask you whether to go on",
                            "add --yes");
    if (!Confirmed(session, "end " + options.sync + "? Its tables and records stay"))
      return kRefused;
  }
  return ChangeSync<v1::DeleteSyncRequest, v1::DeleteSyncResponse>(
      session, options, &SyncStub::DeleteSync, "has ended; its tables stay, and so do records");
}

int ListSyncs(Session& session, const std::string& account) {
  v1::ListSyncsRequest request;
  request.set_account(account);
  v1::ListSyncsResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::ListSyncs, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.syncs().empty())
      return "no syncs; deploy one with `switchboard sync deploy FILE --account ACCOUNT`\n";
    Table table({{"SYNC", true},
                 {"VERSION"},
                 {"STATE"},
                 {"KIND"},
                 {"TABLES IN"},
                 {"DEPLOYED"},
                 {"REASON"}});
    for (const v1::Sync& sync : response.syncs()) {
      table.Add({SyncTitleOf(sync),
                 sync.version(),
                 {SyncStateWord(sync), ToneOf(SyncStateWord(sync))},
                 sync.kind() == v1::Sync::KIND_TWO_WAY ? "two-way" : "tables",
                 sync.schema(),
                 Relative(sync.create_time(), session.now()),
                 sync.reason()});
    }
    return table.Text(session.style());
  });
}

int SyncStatus(Session& session, const SyncOptions& options) {
  v1::GetSyncResponse response;
  const auto request = AboutSync<v1::GetSyncRequest>(options.account, options.sync);
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::GetSync, request, response))
    return session.Fail(*trouble);
  return session.Show(response.sync(), [&] {
    Card card = SyncCard(session, response.sync());
    card.Add("quota", QuotaOfAccount(session, options.account));
    if (response.sync().has_two_way()) {
      const v1::TwoWayProgress& progress = response.sync().two_way();
      AddTwoWayProgress(progress, session.now(), card);
      return card.Text(session.style()) +
             TwoWayHints(progress, SyncTitleOf(response.sync()), options.account, session.style());
    }
    return card.Text(session.style()) + "\n" +
           SyncStreamsTable(response.sync(), session.now(), session.style());
  });
}

int WatchSync(Session& session, const WatchSyncOptions& options) {
  if (auto trouble = session.client.Open()) return session.Fail(*trouble);
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  auto request = AboutSync<v1::WatchSyncRequest>(options.account, options.sync);
  request.set_until_live(options.until == "live");
  const auto stub = Syncs::NewStub(session.client.channel());
  const auto stream = stub->WatchSync(&context, request);
  SyncScreen screen(session);
  v1::WatchSyncResponse message;
  while (stream->Read(&message)) screen.Show(message);
  if (auto trouble = session.client.Judge(stream->Finish())) return session.Fail(*trouble);
  return kOk;
}

int ApproveDeletes(Session& session, const SyncFindingsOptions& options) {
  v1::GetSyncResponse sync;
  const auto about = AboutSync<v1::GetSyncRequest>(options.account, options.sync);
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::GetSync, about, sync))
    return session.Fail(*trouble);
  if (sync.sync().kind() == v1::Sync::KIND_TWO_WAY) return ApproveSideDeletes(session, options);
  auto request = AboutSync<v1::ApproveDeletesRequest>(options.account, options.sync);
  request.set_stream(options.stream);
  v1::ApproveDeletesResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::ApproveDeletes, request, response))
    return session.Fail(*trouble);
  return session.Show(response.stream(), [&] {
    return Printable(options.stream +
                     " is read again, and what is gone then is marked, however much it is") +
           "\n";
  });
}

// ---- Proof

int VerifySync(Session& session, const VerifySyncOptions& options) {
  v1::VerifySyncRequest request;
  if (auto trouble = ReadVerifyRequest(options, request)) return session.Fail(*trouble);
  if (auto trouble = session.client.Open()) return session.Fail(*trouble);
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  const auto stub = Syncs::NewStub(session.client.channel());
  const auto stream = stub->VerifySync(&context, request);
  v1::VerifySyncResponse message;
  v1::SyncVerification receipt;
  std::int64_t total = 0;
  while (stream->Read(&message)) {
    if (message.has_receipt()) receipt = message.receipt();
    if (!message.has_progress()) continue;
    const v1::SyncVerificationProgress& progress = message.progress();
    total = std::max<std::int64_t>(0, progress.total());
    const std::int64_t done = std::max(progress.so_far().counted(), progress.so_far().shown());
    DrawProgress(session, std::min(done, total), total, false);
  }
  if (total > 0) DrawProgress(session, total, total, true);
  if (auto trouble = session.client.Judge(stream->Finish())) return session.Fail(*trouble);
  session.Show(receipt, [&] { return SyncReceiptText(receipt, session.now(), session.style()); });
  return ExitOf(receipt);
}

int ListSyncProofs(Session& session, const SyncFindingsOptions& options) {
  auto request = AboutSync<v1::ListSyncVerificationsRequest>(options.account, options.sync);
  request.set_limit(options.limit);
  v1::ListSyncVerificationsResponse response;
  if (auto trouble =
          session.client.Call<Syncs>(&SyncStub::ListSyncVerifications, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.verifications().empty())
      return "never compared; do it with `switchboard sync verify`\n";
    Table table({{"RECEIPT", true}, {"VERDICT"}, {"ENDED"}, {"REASON"}});
    for (const v1::SyncVerification& each : response.verifications()) {
      table.Add({each.id(), SyncVerdictCell(each), Relative(each.end_time(), session.now()),
                 each.reason()});
    }
    return table.Text(session.style());
  });
}

int ShowSyncProof(Session& session, const SyncReceiptOptions& options) {
  v1::GetSyncVerificationRequest request;
  request.set_account(options.account);
  request.set_verification(options.receipt);
  v1::GetSyncVerificationResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::GetSyncVerification, request, response))
    return session.Fail(*trouble);
  return session.Show(response.verification(), [&] {
    return SyncReceiptText(response.verification(), session.now(), session.style());
  });
}

int ListSyncWindows(Session& session, const SyncFindingsOptions& options) {
  v1::ListSyncReceiptsResponse response;
  const auto request = AboutStream<v1::ListSyncReceiptsRequest>(options);
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::ListSyncReceipts, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.receipts().empty()) return "no window of this stream was read yet\n";
    Table table({{"WINDOW", true}, {"COUNTED"}, {"READ"}, {"PROOF"}, {"READINGS"}, {"READ AT"}});
    for (const v1::SyncReceipt& each : response.receipts()) {
      table.Add({WindowText(each), each.counted() < 0 ? "" : Grouped(each.counted()),
                 Grouped(each.read()), ProofCell(each), std::to_string(each.attempts()),
                 Relative(each.read_time(), session.now())});
    }
    return table.Text(session.style());
  });
}

int ListSyncRejects(Session& session, const SyncFindingsOptions& options) {
  v1::ListSyncRejectsResponse response;
  const auto request = AboutStream<v1::ListSyncRejectsRequest>(options);
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::ListSyncRejects, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&]() -> std::string {
    if (response.rejects().empty()) return "nothing of this stream is quarantined\n";
    Table table({{"RECORD", true}, {"CODE", true}, {"FOUND"}, {"REASON"}});
    for (const v1::SyncReject& each : response.rejects()) {
      table.Add(
          {each.record(), each.code(), Relative(each.find_time(), session.now()), each.reason()});
    }
    return table.Text(session.style());
  });
}

// ---- Rules

int ListSkips(Session& session, const SkipsOptions& options) {
  v1::ListSkipsRequest request;
  request.set_account(options.account);
  request.set_code(options.code);
  request.set_rule(options.rule);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListSkipsResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::ListSkips, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.skips().empty()) return "no rule left anything out\n";
    Table table({{"RECORD", true}, {"STREAM"}, {"RULE"}, {"LOOKS"}, {"LAST"}, {"REASON"}});
    for (const v1::Skip& each : response.skips()) {
      table.Add({each.record(), each.stream(), each.rule(), Grouped(each.looks()),
                 Relative(each.skip_time(), session.now()), each.reason()});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int ExplainRecord(Session& session, const RecordOptions& options) {
  v1::ExplainRecordRequest request;
  request.set_account(options.account);
  request.set_record(options.record);
  v1::ExplainRecordResponse response;
  if (auto trouble = session.client.Call<Syncs>(&SyncStub::ExplainRecord, request, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    std::string text;
    for (const v1::RecordExplanation& each : response.explanations())
      text += Printable(each.sentence()) + "\n";
    return text;
  });
}

}  // namespace sb::app::cli
