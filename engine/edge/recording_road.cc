#include "engine/edge/recording_road.h"

#include <algorithm>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/core/recordings/plan.h"
#include "engine/edge/pages.h"

namespace sb::edge {
namespace {

using core::recordings::RangeVerdict;
using core::recordings::Span;

constexpr std::size_t kPieceBytes = 256UL * 1024;

Reply Refuse(const Request& request, int status, const Error& error, const std::string& title) {
  if (!WantsHtml(request)) return ErrorReply(status, error.code, error.message);
  return Pages::Say({.status = status,
                     .tone = "bad",
                     .title = title,
                     .text = error.message,
                     .link = "",
                     .link_label = ""});
}

Reply TooBusy() {
  return ErrorReply(503, "TRY_AGAIN", "all workers are busy; ask again");
}

Error NotThere() {
  return NotFound("RECORDING_NOT_FOUND",
                  "this recording is not kept (any more): its time was over, or it was erased");
}

std::string EndingOf(const std::string& content_type) {
  if (content_type == "audio/mpeg") return ".mp3";
  if (content_type == "audio/wav" || content_type == "audio/x-wav") return ".wav";
  if (content_type == "audio/ogg") return ".ogg";
  if (content_type == "audio/mp4") return ".m4a";
  return ".bin";
}

/// "voicemail-4190000017.mp3": only plain characters, since it stands in a header.
std::string FileNameOf(const ports::Recording& recording) {
  std::string call;
  for (const char c : recording.call) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    call += plain ? c : '-';
  }
  return std::string(core::recordings::ToString(recording.kind)) + "-" + call.substr(0, 64) +
         EndingOf(recording.content_type);
}

ports::HttpHeaders HeadersOf(const ports::Recording& recording, const std::string& etag) {
  return {{"Content-Type", recording.content_type},
          {"Content-Disposition", "attachment; filename=\"" + FileNameOf(recording) + "\""},
          {"X-Content-Type-Options", "nosniff"},
          {"Content-Security-Policy", "sandbox; default-src 'none'"},
          {"Referrer-Policy", "no-referrer"},
          {"Cache-Control", "private, max-age=300"},
          {"Accept-Ranges", "bytes"},
          {"ETag", etag}};
}

/// The pieces of one file, read one after the other by whichever worker is free.
class PieceReader : public std::enable_shared_from_this<PieceReader> {
 public:
  PieceReader(ports::MediaStore& media, BoundedExecutor& workers, std::string key, Span span)
      : media_(media),
        workers_(workers),
        key_(std::move(key)),
        next_(span.first),
        end_(span.first + span.length) {}

  /// One call at a time, as BodyStream promises.
  void Next(const BodyStream::Given& given) {
    const bool taken =
        workers_.TryPost([self = shared_from_this(), given] { given(self->Read()); });
    if (!taken) given({});
  }

 private:
  std::optional<std::string> Read() {
    const auto left = static_cast<std::size_t>(end_ - next_);
    auto piece = media_.Read(key_, next_, std::min(kPieceBytes, left));
    if (!piece.ok() || piece->empty()) return {};
    next_ += static_cast<std::int64_t>(piece->size());
    return std::move(*piece);
  }

  ports::MediaStore& media_;
  BoundedExecutor& workers_;
  const std::string key_;
  std::int64_t next_;
  const std::int64_t end_;
};

}  // namespace

void RecordingRoad::Serve(const std::shared_ptr<Exchange>& exchange, const std::string& recording) {
  exchange->AnswerWithin(deps_.patience, TooBusy());
  const bool taken = deps_.workers.TryPost(
      [this, exchange, recording] { exchange->Answer(Answer(exchange->request(), recording)); });
  if (!taken) exchange->Answer(TooBusy());
}

Reply RecordingRoad::Answer(const Request& request, const std::string& text) {
  const auto fields = ParseFields(request.query);
  const auto field = [&](const char* name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  const Status good =
      deps_.links->Check(text, field("expires"), field("signature"), deps_.clock.Now());
  if (!good.ok()) return Refuse(request, 403, good.error(), "This link does not hold");
  const auto id = ports::ParseRecordingId(text);
  if (!id) return Refuse(request, 404, NotThere(), "There is no such recording");
  const auto recording = deps_.recordings->Get(*id);
  if (!recording.ok() && recording.error().kind != ErrorKind::kNotFound) return TooBusy();
  if (!recording.ok() || recording->state != ports::RecordingState::kKept)
    return Refuse(request, 404, NotThere(), "There is no such recording");
  const auto size = deps_.media->Size(ports::MediaKeyOf(recording->account, recording->id));
  if (!size.ok() && size.error().kind == ErrorKind::kNotFound)
    return Refuse(request, 404, NotThere(), "There is no such recording");
  if (!size.ok()) return TooBusy();
  return FileReply(request, *recording, *size);
}

Reply RecordingRoad::FileReply(const Request& request, const ports::Recording& recording,
                               std::int64_t size) {
  const std::string etag = "\"" + ToHex(recording.sha256) + "\"";
  const std::string only_if = HeaderOf(request, "if-range");
  const bool in_parts = only_if.empty() || only_if == etag;
  const auto range = core::recordings::ReadRange(in_parts ? HeaderOf(request, "range") : "", size);
  Reply reply;
  reply.headers = HeadersOf(recording, etag);
  const std::string whole = std::to_string(size);
  if (range.verdict == RangeVerdict::kOutside) {
    reply = ErrorReply(416, "RANGE_INVALID", "the file has " + whole + " bytes");
    reply.headers.emplace_back("Content-Range", "bytes */" + whole);
    return reply;
  }
  Span span{0, size};
  if (range.verdict == RangeVerdict::kPart) {
    span = range.span;
    reply.status = 206;
    reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(span.first) + "-" +
                                                    std::to_string(span.first + span.length - 1) +
                                                    "/" + whole);
  }
  auto reader = std::make_shared<PieceReader>(
      *deps_.media, deps_.workers, ports::MediaKeyOf(recording.account, recording.id), span);
  reply.stream =
      BodyStream{span.length, [reader](const BodyStream::Given& given) { reader->Next(given); }};
  return reply;
}

}  // namespace sb::edge
