#include "engine/adapters/s3/s3_media_store.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <future>
#include <string_view>
#include <utility>

#include "engine/adapters/s3/spool_file.h"
#include "engine/base/encoding.h"

namespace sb::adapters::s3 {
namespace {

constexpr int kMostTries = 3;
constexpr Millis kFirstRest{200};
constexpr int kLongerEachTime = 4;
/// For what a store says when it refuses.
constexpr std::size_t kLongestExplanation = 64UL * 1024;
constexpr std::size_t kLongestCode = 64;
constexpr const char* kRefused = "MEDIA_STORE_REFUSED";
constexpr std::string_view kProbeBytes = "may be erased";

Error Unusable(const std::string& why) {
  return Unavailable("MEDIA_STORE_UNAVAILABLE", "the bucket of recordings cannot be used: " + why);
}

Error NotInBucket() {
  return NotFound("MEDIA_NOT_FOUND", "there is no such file");
}

Error NoKeyOfBucket() {
  return Invalid("MEDIA_KEY_INVALID", "this is no name of a stored file");
}

/// What the store calls the trouble: "NoSuchBucket". Empty when it does not say.
std::string CodeIn(const std::string& body) {
  constexpr std::string_view kOpening = "<Code>";
  const std::size_t at = body.find(kOpening);
  if (at == std::string::npos) return {};
  const std::size_t start = at + kOpening.size();
  const std::size_t end = body.find('<', start);
  const std::string code = body.substr(start, std::min(end - start, kLongestCode));
  const bool word = std::ranges::all_of(code, [](unsigned char c) { return std::isalnum(c) != 0; });
  return word ? code : std::string();
}

bool Succeeded(const ports::HttpResponse& answer) {
  return answer.status >= 200 && answer.status < 300;
}

/// A store that is busy, or a request whose fate is not known: every request here may be repeated.
bool IsWorthAnotherTry(const Result<ports::HttpResponse>& answer) {
  constexpr std::array kBusy = {429, 500, 502, 503, 504};
  if (answer.ok()) return std::ranges::count(kBusy, answer->status) > 0;
  const ErrorKind kind = answer.error().kind;
  return kind == ErrorKind::kTimeout ||
         (kind == ErrorKind::kUnavailable && answer.error().code.starts_with("HTTP_")) ||
         (kind == ErrorKind::kInDoubt && answer.error().code != "HTTP_ANSWER_TOO_LARGE");
}

bool IsMissing(const ports::HttpResponse& answer) {
  return answer.status == 404 && CodeIn(answer.body) != "NoSuchBucket";
}

/// The length of the whole file: what follows the slash of "bytes 0-0/1234".
std::optional<std::int64_t> WholeLength(const ports::HttpResponse& answer) {
  const std::string range = ports::HeaderOf(answer, "content-range");
  const std::size_t slash = range.rfind('/');
  if (slash == std::string::npos) return {};
  std::int64_t length = 0;
  const char* end = range.data() + range.size();
  const auto [rest, error] = std::from_chars(range.data() + slash + 1, end, length);
  if (error != std::errc() || rest != end) return {};
  return length;
}

std::string RangeOf(std::int64_t offset, std::size_t most) {
  return "bytes=" + std::to_string(offset) + "-" +
         std::to_string(offset + static_cast<std::int64_t>(most) - 1);
}

bool KeepsVersions(const ports::HttpResponse& answer) {
  const std::string version = ports::HeaderOf(answer, "x-amz-version-id");
  return (!version.empty() && version != "null") ||
         ports::HeaderOf(answer, "x-amz-delete-marker") == "true";
}

Error NotFit(const std::string& why) {
  return Invalid("MEDIA_STORE_REFUSED", "the bucket of recordings is not fit for them: " + why);
}

/// For the port: a recording must not be given up because an operator has something to change.
Error ForCaller(Error error) {
  if (error.code != kRefused) return error;
  return Unavailable("MEDIA_STORE_UNAVAILABLE", std::move(error.message));
}

ports::HttpUpload UploadOf(std::string bytes) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  return {size, [bytes = std::move(bytes)](std::int64_t offset, char* into, std::size_t most) {
            return bytes.copy(into, most, static_cast<std::size_t>(offset));
          }};
}

}  // namespace

class S3MediaStore::FileWriter : public ports::MediaStore::Writer {
 public:
  FileWriter(S3MediaStore& store, std::string key, std::unique_ptr<SpoolFile> file)
      : store_(store), key_(std::move(key)), file_(std::move(file)) {}

  Status Write(std::string_view piece) override {
    digest_.Add(piece);
    return file_->Append(piece);
  }

  Status Finish() override {
    const ports::HttpUpload upload{file_->size(),
                                   [this](std::int64_t offset, char* into, std::size_t most) {
                                     return file_->Read(offset, into, most);
                                   }};
    const Status put = store_.PutFile(key_, upload, digest_.Finish());
    return put.ok() ? put : Status(ForCaller(put.error()));
  }

 private:
  S3MediaStore& store_;
  const std::string key_;
  const std::unique_ptr<SpoolFile> file_;
  Sha256Stream digest_;
};

S3MediaStore::S3MediaStore(Settings settings, Dependencies dependencies)
    : settings_(std::move(settings)), deps_(std::move(dependencies)), of_nothing_(Sha256("")) {}

Result<std::unique_ptr<ports::MediaStore::Writer>> S3MediaStore::Create(const std::string& key) {
  if (!ports::IsMediaKey(key)) return NoKeyOfBucket();
  auto file = SpoolFile::Open(settings_.spool);
  if (!file.ok()) return file.error();
  return std::unique_ptr<Writer>(std::make_unique<FileWriter>(*this, key, std::move(*file)));
}

Result<std::int64_t> S3MediaStore::Size(const std::string& key) {
  if (!ports::IsMediaKey(key)) return NoKeyOfBucket();
  const auto size = SizeOf(key);
  if (!size.ok()) return ForCaller(size.error());
  return size;
}

Result<std::string> S3MediaStore::Read(const std::string& key, std::int64_t offset,
                                       std::size_t most) {
  if (!ports::IsMediaKey(key)) return NoKeyOfBucket();
  if (most == 0) return std::string();
  auto part = ReadPart(key, offset, most);
  if (!part.ok()) return ForCaller(part.error());
  return part;
}

Status S3MediaStore::Erase(const std::string& key) {
  if (!ports::IsMediaKey(key)) return NoKeyOfBucket();
  const Status erased = EraseFile(key);
  return erased.ok() ? erased : Status(ForCaller(erased.error()));
}

Status S3MediaStore::Probe(const std::string& mark) {
  const std::string key = "probe/" + mark;
  const std::string bytes(kProbeBytes);
  if (Status put = PutFile(key, UploadOf(bytes), Sha256(bytes)); !put.ok()) return put;
  const auto read = ReadPart(key, 0, bytes.size());
  if (!read.ok()) return read.error();
  if (*read != bytes) return NotFit("it did not give back what was put into it");
  if (Status erased = EraseFile(key); !erased.ok()) return erased;
  const auto gone = SizeOf(key);
  if (gone.ok()) return NotFit("it still gives what was erased");
  return gone.error().kind == ErrorKind::kNotFound ? Status() : Status(gone.error());
}

Status S3MediaStore::PutFile(const std::string& key, const ports::HttpUpload& upload,
                             const std::string& payload_sha256) {
  Ask ask = AskFor("PUT", key);
  ask.headers.emplace_back("Content-Type", "application/octet-stream");
  const Place& place = settings_.place;
  if (!place.encryption.empty())
    ask.headers.emplace_back("X-Amz-Server-Side-Encryption", place.encryption);
  if (!place.encryption_key.empty()) {
    ask.headers.emplace_back("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", place.encryption_key);
  }
  ask.payload_sha256 = payload_sha256;
  ask.upload = upload;
  ask.timeout = settings_.upload_timeout;
  const auto answer = Exchange(ask);
  if (!answer.ok()) return answer.error();
  return Succeeded(*answer) ? Status() : Status(Refusal(*answer));
}

// Asked for by its first byte rather than with HEAD, whose refusals have no body that says why.
Result<std::int64_t> S3MediaStore::SizeOf(const std::string& key) {
  const auto answer = GetRange(key, 0, 1);
  if (!answer.ok()) return answer.error();
  if (answer->status == 416) return std::int64_t{0};
  const auto length = WholeLength(*answer);
  if (!length) return NotFit("it does not say how long a file is");
  return *length;
}

Result<std::string> S3MediaStore::ReadPart(const std::string& key, std::int64_t offset,
                                           std::size_t most) {
  auto answer = GetRange(key, offset, most);
  if (!answer.ok()) return answer.error();
  if (answer->status == 416) return std::string();
  return std::move(answer->body);
}

Status S3MediaStore::EraseFile(const std::string& key) {
  const auto answer = Exchange(AskFor("DELETE", key));
  if (!answer.ok()) return answer.error();
  if (IsMissing(*answer)) return {};
  if (!Succeeded(*answer)) return Refusal(*answer);
  if (KeepsVersions(*answer)) return NotFit("it keeps versions of files that were erased");
  return {};
}

S3MediaStore::Ask S3MediaStore::AskFor(const std::string& method, const std::string& key) const {
  Ask ask;
  ask.method = method;
  ask.key = key;
  ask.payload_sha256 = of_nothing_;
  ask.most_body = kLongestExplanation;
  ask.timeout = settings_.answer_timeout;
  return ask;
}

Result<ports::HttpResponse> S3MediaStore::GetRange(const std::string& key, std::int64_t offset,
                                                   std::size_t most) {
  Ask ask = AskFor("GET", key);
  ask.headers.emplace_back("Range", RangeOf(offset, most));
  ask.most_body = std::max(most, kLongestExplanation);
  auto answer = Exchange(ask);
  if (!answer.ok() || answer->status == 416) return answer;
  if (IsMissing(*answer)) return NotInBucket();
  if (!Succeeded(*answer)) return Refusal(*answer);
  const std::string begins = "bytes " + std::to_string(offset) + "-";
  const bool as_asked = answer->status == 206 && answer->body.size() <= most &&
                        ports::HeaderOf(*answer, "content-range").starts_with(begins);
  if (!as_asked) return NotFit("it does not give parts of files as they are asked for");
  return answer;
}

Result<ports::HttpResponse> S3MediaStore::Exchange(const Ask& ask) {
  auto answer = SendOnce(ask);
  Millis rest = kFirstRest;
  for (int tries = 1; tries < kMostTries && IsWorthAnotherTry(answer); ++tries) {
    deps_.rest(rest);
    rest *= kLongerEachTime;
    answer = SendOnce(ask);
  }
  if (answer.ok() || answer.error().code == "MEDIA_STORE_UNAVAILABLE") return answer;
  return Unusable(answer.error().message);
}

Result<ports::HttpResponse> S3MediaStore::SendOnce(const Ask& ask) {
  const auto credentials = deps_.credentials();
  if (!credentials.ok()) return Unusable(credentials.error().message);
  ports::HttpRequest request;
  request.method = ask.method;
  request.url = UrlOf(settings_.place, ask.key);
  request.headers = ask.headers;
  request.upload = ask.upload;
  request.most_body = ask.most_body;
  Sign(request, *credentials, settings_.place.region, ask.payload_sha256, deps_.clock.Now());
  // A part of a file in another coding would be another part. Not signed: proxies rewrite it.
  request.headers.emplace_back("Accept-Encoding", "identity");
  auto promise = std::make_shared<std::promise<Result<ports::HttpResponse>>>();
  auto answer = promise->get_future();
  deps_.http.Send(std::move(request), ask.timeout, [promise](Result<ports::HttpResponse> result) {
    promise->set_value(std::move(result));
  });
  return answer.get();
}

/// Says what the store said; never the request, which holds a signature.
Error S3MediaStore::Refusal(const ports::HttpResponse& answer) const {
  const std::string code = CodeIn(answer.body);
  const std::string said = settings_.place.endpoint + " answered " + std::to_string(answer.status) +
                           (code.empty() ? "" : " " + code);
  const bool outage = answer.status >= 500 || answer.status == 429;
  return outage ? Unusable(said) : NotFit(said);
}

}  // namespace sb::adapters::s3
