// What an object and its row say of each other, and what a comparison of many comes to.
#include "engine/core/sync/proof.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr WallTime kProofNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);

Column ProofColumn(const std::string& name, ColumnType type) {
  Column column;
  column.name = name;
  column.type = type;
  return column;
}

Stream CratesStream() {
  Stream stream;
  stream.name = "crates";
  stream.singular = "crate";
  stream.key = {"id"};
  stream.columns = {
      ProofColumn("id", ColumnType::kBigint), ProofColumn("weight", ColumnType::kNumeric),
      ProofColumn("sent_at", ColumnType::kTimestamp), ProofColumn("fragile", ColumnType::kBoolean),
      ProofColumn("labels", ColumnType::kJson)};
  ChildTable stamps;
  stamps.table = "stamps";
  stamps.key = {"code"};
  stamps.columns = {ProofColumn("code", ColumnType::kText)};
  stream.children = {stamps};
  return stream;
}

/// As the provider tells it ...
MappedRow ToldCrate() {
  MappedRow row;
  row.cells = {"7", "12.5", "2026-06-01T12:00:00.000Z", "true", R"({"a":1.0,"b":[]})"};
  row.children = {{Cells{"x"}, Cells{"y"}}};
  return row;
}

/// ... and as a database gives it back.
StoredRow KeptCrate() {
  StoredRow row;
  row.cells = {"7", "12.50", "2026-06-01T12:00:00.000000Z", "t", R"({"b": [], "a": 1})"};
  row.children = {{Cells{"y"}, Cells{"x"}}};
  row.synced_at = kProofNoon;
  row.read_at = kProofNoon;
  return row;
}

TEST(CanonicalCell, TakesEveryWayToWriteAValueForTheSame) {
  const auto same = [](ColumnType type, const char* a, const char* b) {
    return CanonicalCell(type, a) == CanonicalCell(type, b);
  };
  EXPECT_TRUE(same(ColumnType::kNumeric, "12.50", "12.5"));
  EXPECT_TRUE(same(ColumnType::kNumeric, "1e+22", "10000000000000000000000"));
  EXPECT_TRUE(same(ColumnType::kNumeric, "-0.0", "0"));
  EXPECT_TRUE(same(ColumnType::kNumeric, "0.00125", "1.25e-3"));
  EXPECT_FALSE(same(ColumnType::kNumeric, "12.5", "125"));
  EXPECT_FALSE(same(ColumnType::kNumeric, "-1", "1"));
  EXPECT_TRUE(same(ColumnType::kBoolean, "t", "true"));
  EXPECT_FALSE(same(ColumnType::kBoolean, "f", "true"));
  EXPECT_TRUE(
      same(ColumnType::kTimestamp, "2026-06-01T12:00:00.250Z", "2026-06-01T14:00:00.250000+02:00"));
  EXPECT_TRUE(same(ColumnType::kJson, R"({"a":1e3,"b":null})", R"({"b": null, "a": 1000})"));
  EXPECT_FALSE(same(ColumnType::kJson, R"(["1"])", "[1]"));
  EXPECT_FALSE(same(ColumnType::kText, "12.50", "12.5")) << "texts are what they are";
  EXPECT_EQ(CanonicalCell(ColumnType::kText, Cell()), Cell());
}

TEST(Match, FindsARowThatSaysTheSameInOtherWords) {
  EXPECT_EQ(Match(CratesStream(), ToldCrate(), kProofNoon, KeptCrate()), RowMatch::kSame);
  EXPECT_THAT(DifferingColumns(CratesStream(), ToldCrate(), KeptCrate()), IsEmpty());
}

TEST(Match, NamesTheColumnsAndPartsThatDiffer) {
  StoredRow kept = KeptCrate();
  kept.cells[1] = "13";
  kept.cells[3].reset();
  kept.children[0].pop_back();
  EXPECT_EQ(Match(CratesStream(), ToldCrate(), kProofNoon, kept), RowMatch::kDiffers);
  EXPECT_THAT(DifferingColumns(CratesStream(), ToldCrate(), kept),
              ElementsAre("weight", "fragile", "stamps"));
}

TEST(Match, BlamesNoRowThatIsNewerThanTheReading) {
  StoredRow kept = KeptCrate();
  kept.cells[1] = "13";
  kept.synced_at = kProofNoon + seconds(1);
  EXPECT_EQ(Match(CratesStream(), ToldCrate(), kProofNoon, kept), RowMatch::kNewer);
}

TEST(Match, MissesWhatIsNotThereOrWasTakenForGone) {
  const Stream stream = CratesStream();
  EXPECT_EQ(Match(stream, ToldCrate(), kProofNoon, {}), RowMatch::kMissing);
  EXPECT_EQ(Match(stream, ToldCrate(), kProofNoon, StoredRow()), RowMatch::kMissing)
      << "known by reference only";
  StoredRow gone = KeptCrate();
  gone.deleted_at = kProofNoon - minutes(1);
  EXPECT_EQ(Match(stream, ToldCrate(), kProofNoon, gone), RowMatch::kMissing);
  gone.deleted_at = kProofNoon + minutes(1);
  EXPECT_EQ(Match(stream, ToldCrate(), kProofNoon, gone), RowMatch::kNewer)
      << "it went away after it was read";
}

// ---- Windows

WindowFindings ProofHour(int hour, std::int64_t counted, std::int64_t rows) {
  WindowFindings findings;
  findings.counts.window = {kProofNoon + hours(hour), kProofNoon + hours(hour + 1) - seconds(1)};
  findings.counts.counted = counted;
  findings.counts.rows = rows;
  return findings;
}

TEST(AddWindow, SumsUpAndKeepsSomeExamples) {
  StreamProof proof;
  WindowFindings first = ProofHour(0, 50, 20);
  for (int key = 0; key < 30; ++key) first.Missing(std::to_string(key));
  AddWindow(proof, first, true);
  AddWindow(proof, ProofHour(1, 5, 5), true);
  EXPECT_EQ(proof.sum.counted, 55);
  EXPECT_EQ(proof.sum.rows, 25);
  EXPECT_EQ(proof.sum.missing, 30);
  EXPECT_THAT(proof.missing, SizeIs(kMostProofExamples));
  EXPECT_EQ(proof.sum.window.to, kProofNoon + hours(2) - seconds(1));
  EXPECT_THAT(proof.windows, SizeIs(2));
}

TEST(AddWindow, NamesWindowsWhoseCountsDifferWhereNoKeysWereRead) {
  StreamProof proof;
  AddWindow(proof, ProofHour(0, 5, 4), false);
  AddWindow(proof, ProofHour(1, 5, 5), false);
  EXPECT_EQ(proof.miscounts, 1);
  EXPECT_THAT(proof.miscounted, ElementsAre(proof.windows[0].window));
}

TEST(AddWindow, JoinsWindowsThatAgreeWhereThereAreTooMany) {
  StreamProof proof;
  constexpr int kHours = 2 * static_cast<int>(kMostProofWindows);
  for (int hour = 0; hour < kHours; ++hour)
    AddWindow(proof, ProofHour(hour, 2, hour == 77 ? 1 : 2), false);
  EXPECT_LE(proof.windows.size(), kMostProofWindows);
  EXPECT_EQ(proof.sum.counted, 2 * kHours);
  std::int64_t counted = 0;
  std::int64_t alone = 0;
  for (const WindowProof& window : proof.windows) {
    counted += window.counted.value_or(0);
    if (window.rows == 1) ++alone;
  }
  EXPECT_EQ(counted, 2 * kHours);
  EXPECT_EQ(alone, 1) << "what differs stands by itself";
}

// ---- The verdict

VerifyReceipt ReceiptOver(StreamProof proof) {
  proof.stream = "crates";
  VerifyReceipt receipt;
  receipt.begun_at = kProofNoon;
  receipt.ended_at = kProofNoon + hours(1);
  receipt.streams = {std::move(proof)};
  Conclude(receipt);
  return receipt;
}

StreamProof ProofWith(WindowFindings findings) {
  StreamProof proof;
  AddWindow(proof, std::move(findings), true);
  return proof;
}

TEST(Verdict, IsCompleteWhereEverythingAgrees) {
  StreamProof proof = ProofWith(ProofHour(0, 5, 5));
  proof.unreachable = Window{WallTime(), kProofNoon};
  const VerifyReceipt receipt = ReceiptOver(proof);
  EXPECT_EQ(receipt.verdict, Verdict::kComplete);
  EXPECT_THAT(receipt.reason, HasSubstr("5 rows"));
  EXPECT_THAT(receipt.reason, HasSubstr("older")) << "what could not be reached is said";
}

TEST(Verdict, DiffersWhereAnythingDoes) {
  WindowFindings missing = ProofHour(0, 5, 4);
  missing.Missing("7");
  WindowFindings surplus = ProofHour(0, 5, 6);
  surplus.Surplus("7");
  WindowFindings other = ProofHour(0, 5, 5);
  other.Differs("7", {"weight"});
  WindowFindings poisoned = ProofHour(0, 5, 4);
  poisoned.counts.quarantined = 1;
  for (const WindowFindings& findings : {missing, surplus, other, poisoned})
    EXPECT_EQ(ReceiptOver(ProofWith(findings)).verdict, Verdict::kDiffers);
  StreamProof proof;
  AddWindow(proof, ProofHour(0, 5, 4), false);
  proof.error = "DATABASE_UNAVAILABLE";
  EXPECT_EQ(ReceiptOver(proof).verdict, Verdict::kDiffers) << "doubts do not hide it";
}

TEST(Verdict, IsInconclusiveWhereItWasNotLookedAtAll) {
  StreamProof hindered = ProofWith(ProofHour(0, 5, 5));
  hindered.error = "DATABASE_UNAVAILABLE";
  EXPECT_EQ(ReceiptOver(hindered).verdict, Verdict::kInconclusive);
  EXPECT_THAT(ReceiptOver(hindered).reason, HasSubstr("DATABASE_UNAVAILABLE"));
  WindowFindings moving = ProofHour(0, 5, 5);
  moving.counts.proven = false;
  EXPECT_EQ(ReceiptOver(ProofWith(moving)).verdict, Verdict::kInconclusive);
  WindowFindings wall = ProofHour(0, 10'007, 10'000);
  wall.counts.behind_wall = 7;
  EXPECT_EQ(ReceiptOver(ProofWith(wall)).verdict, Verdict::kInconclusive);
  VerifyReceipt stopped;
  stopped.stopped = true;
  Conclude(stopped);
  EXPECT_EQ(stopped.verdict, Verdict::kInconclusive);
}

TEST(Verdict, IgnoresWhatChangedMeanwhile) {
  WindowFindings busy = ProofHour(0, 5, 6);
  busy.counts.changed = 1;
  EXPECT_EQ(ReceiptOver(ProofWith(busy)).verdict, Verdict::kComplete);
}

// ---- The receipt as text

TEST(VerifyReceipt, SurvivesJson) {
  WindowFindings findings = ProofHour(0, 5, 5);
  findings.Differs("7", {"weight"});
  findings.Missing("8");
  findings.Surplus("9");
  StreamProof proof = ProofWith(findings);
  proof.unreachable = Window{WallTime(), kProofNoon};
  proof.miscounted = {Window{kProofNoon, kProofNoon}};
  proof.miscounts = 1;
  proof.requests = 12;
  VerifyReceipt receipt = ReceiptOver(proof);
  receipt.from = kProofNoon;
  EXPECT_EQ(VerifyReceiptFrom(ToJson(receipt)), receipt);
  EXPECT_EQ(VerifyReceiptFrom(Json::object()), std::nullopt);
  EXPECT_EQ(VerifyReceiptFrom(Json("receipt")), std::nullopt);
}

TEST(VerifyReceipt, HasTheSameDigestForTheSameFindings) {
  VerifyReceipt receipt = ReceiptOver(ProofWith(ProofHour(0, 5, 5)));
  VerifyReceipt later = receipt;
  later.begun_at += hours(5);
  later.ended_at += hours(5);
  later.streams[0].requests = 77;
  EXPECT_EQ(DigestOf(later), receipt.digest);
  later.streams[0].windows[0].rows = 4;
  EXPECT_NE(DigestOf(later), receipt.digest);
  EXPECT_THAT(receipt.digest, SizeIs(64));
}

// ---- Samples

TEST(PlanSample, SharesOutTheRowsAndStaysWithinTheList) {
  ScanShape shape;
  shape.per_page = 50;
  shape.most = 10'000;
  for (int hour = 0; hour < 50; ++hour) {
    const Window window = ProofHour(hour, 0, 0).counts.window;
    const SamplePlan plan = PlanSample(shape, window, 2'000, 100'000, 1'000);
    EXPECT_EQ(plan.rows, 20);
    EXPECT_EQ(plan.last, 40);
    EXPECT_GE(plan.page, 1);
    EXPECT_LE(plan.page, 40);
    EXPECT_EQ(PlanSample(shape, window, 2'000, 100'000, 1'000), plan) << "the same next time";
  }
  EXPECT_EQ(PlanSample(shape, {}, 3, 3, 1'000).rows, 3);
  EXPECT_EQ(PlanSample(shape, {}, 20'000, 20'000, 20'000).rows, 10'000) << "up to the wall";
  EXPECT_EQ(PlanSample(shape, {}, 0, 100, 10).last, 0);
}

}  // namespace
}  // namespace sb::core::sync
