#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/core/sync/proof.h"

namespace sb::core::sync {
namespace {

Json TimeJson(const std::optional<WallTime>& when) {
  return when ? Json(when->time_since_epoch().count()) : Json();
}

std::optional<WallTime> TimeFrom(const Json& json) {
  if (!json.is_number_integer()) return {};
  return WallTime(std::chrono::microseconds(json.get<std::int64_t>()));
}

Json RangeJson(const Window& window) {
  return {{"from", TimeJson(window.from)}, {"to", TimeJson(window.to)}};
}

std::optional<Window> RangeFrom(const Json& json) {
  const auto from = TimeFrom(Member(json, "from"));
  const auto to = TimeFrom(Member(json, "to"));
  if (!from || !to) return {};
  return Window{*from, *to};
}

std::int64_t NumberIn(const Json& json, const char* member) {
  const Json& value = Member(json, member);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool FlagIn(const Json& json, const char* member) {
  return Member(json, member) == Json(true);
}

Json WindowJson(const WindowProof& window) {
  Json json = {{"window", RangeJson(window.window)},
               {"counted", window.counted ? Json(*window.counted) : Json()},
               {"proven", window.proven}};
  for (const auto& [name, number] : kProofNumbers) json[name] = window.*number;
  return json;
}

std::optional<WindowProof> WindowFrom(const Json& json) {
  const auto range = RangeFrom(Member(json, "window"));
  if (!range) return {};
  WindowProof window;
  window.window = *range;
  if (Member(json, "counted").is_number_integer()) window.counted = NumberIn(json, "counted");
  window.proven = FlagIn(json, "proven");
  for (const auto& [name, number] : kProofNumbers) window.*number = NumberIn(json, name);
  return window;
}

std::vector<std::string> TextsFrom(const Json& json) {
  std::vector<std::string> texts;
  if (!json.is_array()) return texts;
  for (const Json& each : json) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

Json StreamJson(const StreamProof& proof) {
  Json windows = Json::array();
  for (const WindowProof& each : proof.windows) windows.push_back(WindowJson(each));
  Json differing = Json::array();
  for (const DifferingRow& each : proof.differing)
    differing.push_back({{"key", each.key}, {"columns", each.columns}});
  Json miscounted = Json::array();
  for (const Window& each : proof.miscounted) miscounted.push_back(RangeJson(each));
  return {{"stream", proof.stream},
          {"windows", std::move(windows)},
          {"sum", WindowJson(proof.sum)},
          {"missing", proof.missing},
          {"surplus", proof.surplus},
          {"differing", std::move(differing)},
          {"miscounted", std::move(miscounted)},
          {"miscounts", proof.miscounts},
          {"unreachable", proof.unreachable ? RangeJson(*proof.unreachable) : Json()},
          {"error", proof.error},
          {"requests", proof.requests}};
}

std::optional<StreamProof> StreamFrom(const Json& json) {
  const auto sum = WindowFrom(Member(json, "sum"));
  const bool lists = Member(json, "windows").is_array() && Member(json, "differing").is_array() &&
                     Member(json, "miscounted").is_array();
  if (!sum || !lists) return {};
  StreamProof proof;
  proof.stream = TextMember(json, "stream");
  for (const Json& each : Member(json, "windows")) {
    const auto window = WindowFrom(each);
    if (!window) return {};
    proof.windows.push_back(*window);
  }
  proof.sum = *sum;
  proof.missing = TextsFrom(Member(json, "missing"));
  proof.surplus = TextsFrom(Member(json, "surplus"));
  for (const Json& each : Member(json, "differing"))
    proof.differing.push_back({TextMember(each, "key"), TextsFrom(Member(each, "columns"))});
  for (const Json& each : Member(json, "miscounted")) {
    if (const auto window = RangeFrom(each)) proof.miscounted.push_back(*window);
  }
  proof.miscounts = NumberIn(json, "miscounts");
  proof.unreachable = RangeFrom(Member(json, "unreachable"));
  proof.error = TextMember(json, "error");
  proof.requests = NumberIn(json, "requests");
  return proof;
}

std::optional<Verdict> VerdictFrom(const std::string& name) {
  for (const Verdict each : {Verdict::kComplete, Verdict::kDiffers, Verdict::kInconclusive}) {
    if (name == ToString(each)) return each;
  }
  return {};
}

}  // namespace

const char* ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kComplete:
      return "COMPLETE";
    case Verdict::kDiffers:
      return "DIFFERS";
    case Verdict::kInconclusive:
      return "INCONCLUSIVE";
  }
  return "INCONCLUSIVE";
}

const char* ToString(ProofDepth depth) {
  switch (depth) {
    case ProofDepth::kCounts:
      return "counts";
    case ProofDepth::kSample:
      return "sample";
    case ProofDepth::kAll:
      return "all";
  }
  return "counts";
}

std::optional<ProofDepth> ProofDepthFrom(const std::string& name) {
  for (const ProofDepth each : {ProofDepth::kCounts, ProofDepth::kSample, ProofDepth::kAll}) {
    if (name == ToString(each)) return each;
  }
  return {};
}

Json ToJson(const VerifyReceipt& receipt) {
  Json streams = Json::array();
  for (const StreamProof& each : receipt.streams) streams.push_back(StreamJson(each));
  return {{"sync", receipt.sync},
          {"version", receipt.version},
          {"schema", receipt.schema},
          {"depth", ToString(receipt.depth)},
          {"sample", receipt.sample},
          {"from", TimeJson(receipt.from)},
          {"until", TimeJson(receipt.until)},
          {"begun_at", TimeJson(receipt.begun_at)},
          {"ended_at", TimeJson(receipt.ended_at)},
          {"stopped", receipt.stopped},
          {"streams", std::move(streams)},
          {"verdict", ToString(receipt.verdict)},
          {"reason", receipt.reason},
          {"digest", receipt.digest}};
}

std::optional<VerifyReceipt> VerifyReceiptFrom(const Json& json) {
  const auto depth = ProofDepthFrom(TextMember(json, "depth"));
  const auto verdict = VerdictFrom(TextMember(json, "verdict"));
  const auto begun_at = TimeFrom(Member(json, "begun_at"));
  const auto ended_at = TimeFrom(Member(json, "ended_at"));
  if (!depth || !verdict || !begun_at || !ended_at || !Member(json, "streams").is_array())
    return {};
  VerifyReceipt receipt;
  receipt.sync = TextMember(json, "sync");
  receipt.version = TextMember(json, "version");
  receipt.schema = TextMember(json, "schema");
  receipt.depth = *depth;
  receipt.sample = NumberIn(json, "sample");
  receipt.from = TimeFrom(Member(json, "from"));
  receipt.until = TimeFrom(Member(json, "until"));
  receipt.begun_at = *begun_at;
  receipt.ended_at = *ended_at;
  receipt.stopped = FlagIn(json, "stopped");
  for (const Json& each : Member(json, "streams")) {
    auto proof = StreamFrom(each);
    if (!proof) return {};
    receipt.streams.push_back(*std::move(proof));
  }
  receipt.verdict = *verdict;
  receipt.reason = TextMember(json, "reason");
  receipt.digest = TextMember(json, "digest");
  return receipt;
}

std::string DigestOf(const VerifyReceipt& receipt) {
  Json json = ToJson(receipt);
  for (const char* member : {"begun_at", "ended_at", "reason", "digest"}) json.erase(member);
  for (Json& stream : json["streams"]) {
    stream.erase("requests");
    stream.erase("unreachable");
  }
  return ToHex(Sha256(DumpJson(json)));
}

}  // namespace sb::core::sync
