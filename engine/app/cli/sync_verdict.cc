#include "engine/app/cli/sync_verdict.h"

#include <cstddef>
#include <cstdint>

#include <google/protobuf/repeated_ptr_field.h>

#include "engine/app/cli/sync_progress.h"
#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Verification = v1::SyncVerification;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

std::string VerdictWord(const Verification& verification) {
  return Word(Verification::Verdict_Name(verification.verdict()), "VERDICT_");
}

std::string DepthText(const Verification& verification) {
  switch (verification.depth()) {
    case Verification::DEPTH_SAMPLE:
      return "counts, and " + Grouped(verification.sample()) + " rows of each stream";
    case Verification::DEPTH_ALL:
      return "every row";
    default:
      return "counts";
  }
}

/// Red where it is more than nothing.
Cell Fault(std::int64_t number) {
  return {Grouped(number), number > 0 ? Tone::kBad : Tone::kPlain};
}

std::string Listed(const Texts& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  return list;
}

std::string RemarkOf(const v1::SyncStreamProof& stream) {
  std::string remark;
  const auto add = [&](const std::string& text) { remark += (remark.empty() ? "" : "; ") + text; };
  if (!stream.error_code().empty()) add("ended early: " + stream.error_code());
  if (stream.miscounted_windows() > 0)
    add(Grouped(stream.miscounted_windows()) + " windows count differently");
  if (stream.sum().changed() > 0) add(Grouped(stream.sum().changed()) + " changed meanwhile");
  if (stream.sum().gone() > 0)
    add(Grouped(stream.sum().gone()) + " listed but gone at the provider");
  if (stream.sum().quarantined() > 0) add(Grouped(stream.sum().quarantined()) + " quarantined");
  if (stream.sum().left_out() > 0) add(Grouped(stream.sum().left_out()) + " left out by rules");
  if (stream.sum().kept() > 0) add(Grouped(stream.sum().kept()) + " kept that are gone");
  if (stream.sum().behind_wall() > 0) add(Grouped(stream.sum().behind_wall()) + " out of reach");
  if (stream.has_unreachable_to_time()) {
    add("before " + ToRfc3339(ToWallTime(stream.unreachable_to_time())).substr(0, 10) +
        " the provider tells nothing");
  }
  return remark;
}

std::string ExamplesOf(const v1::SyncStreamProof& stream) {
  std::string text;
  if (!stream.missing().empty())
    text += "  " + stream.stream() + " missing: " + Listed(stream.missing()) + "\n";
  if (!stream.surplus().empty())
    text += "  " + stream.stream() + " too many: " + Listed(stream.surplus()) + "\n";
  for (const v1::SyncDifferingRow& row : stream.differing()) {
    text +=
        "  " + stream.stream() + " " + row.key() + " differs in " + Listed(row.columns()) + "\n";
  }
  return text;
}

}  // namespace

Cell SyncVerdictCell(const Verification& verification) {
  switch (verification.verdict()) {
    case Verification::VERDICT_COMPLETE:
      return {VerdictWord(verification), Tone::kGood};
    case Verification::VERDICT_DIFFERS:
      return {VerdictWord(verification), Tone::kBad};
    default:
      return {VerdictWord(verification), Tone::kBusy};
  }
}

std::string SyncReceiptText(const Verification& verification, WallTime now, const Style& style) {
  Card card;
  card.Add("receipt", verification.id());
  card.Add("verdict", SyncVerdictCell(verification));
  card.Add("reason", verification.reason());
  card.Add("compared", DepthText(verification));
  card.Add("schema", verification.schema());
  card.Add("ended", Dated(verification.end_time(), now));
  std::int64_t requests = 0;
  Table table({{"STREAM", true},
               {"PROVIDER"},
               {"ROWS"},
               {"MISSING"},
               {"TOO MANY"},
               {"COMPARED"},
               {"DIFFERING"},
               {"REMARK"}});
  std::string examples;
  for (const v1::SyncStreamProof& stream : verification.streams()) {
    const v1::SyncWindowProof& sum = stream.sum();
    table.Add({stream.stream(), Grouped(sum.counted() < 0 ? sum.shown() : sum.counted()),
               Grouped(sum.rows()), Fault(sum.missing()), Fault(sum.surplus()),
               Grouped(sum.compared()), Fault(sum.differing()), RemarkOf(stream)});
    examples += ExamplesOf(stream);
    requests += stream.requests();
  }
  card.Add("requests", Grouped(requests));
  card.Add("digest", verification.digest());
  // Keys come from the provider: nothing of them may steer the terminal.
  std::string shown;
  for (std::size_t at = 0; at < examples.size();) {
    const std::size_t end = examples.find('\n', at);
    shown += Printable(examples.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return card.Text(style) + "\n" + table.Text(style) + shown;
}

}  // namespace sb::app::cli
