#include "engine/adapters/curl/transfer.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include "engine/base/text.h"

namespace sb::adapters::curl {
namespace {

constexpr std::size_t kMaxHeaders = 256UL * 1024;

bool IsToken(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool IsHeaderValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; });
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Error BadRequest(const std::string& what) {
  return Invalid("HTTP_BAD_REQUEST", what);
}

}  // namespace

Transfer::Transfer(ports::HttpRequest request, Millis timeout, Done done,
                   const CurlHttpClient::Settings& settings)
    : request_(std::move(request)),
      destination_(Route(settings.hosts, request_.url)),
      timeout_(std::max(timeout, Millis(1))),  // zero would mean "for ever" to libcurl
      done_(std::move(done)),
      settings_(settings),
      handle_(curl_easy_init()) {}

template <typename Value>
void Transfer::Set(CURLoption option, Value value) {
  curl_easy_setopt(handle_.get(), option, value);
}

Status Transfer::Prepare() {
  if (!handle_) return Internal("HTTP_UNREACHABLE", "libcurl gave no handle");
  if (!IsToken(request_.method)) return BadRequest("the HTTP method is not a single word");
  if (!IsHeaderValue(request_.url) || request_.url.find(' ') != std::string::npos) {
    return BadRequest("the URL contains a space or a control character");
  }
  if (curl_easy_setopt(handle_.get(), CURLOPT_URL, destination_.url.c_str()) != CURLE_OK) {
    return BadRequest("the URL cannot be used");
  }
  if (Status added = AddHeaders(); !added.ok()) return added;
  SetMethod();
  SetLimits();
  if (request_.digest) {
    Set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_DIGEST));
    Set(CURLOPT_USERNAME, request_.digest->username.c_str());
    Set(CURLOPT_PASSWORD, request_.digest->password.Reveal().c_str());
  }
  Set(CURLOPT_PRIVATE, this);
  Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(CURLOPT_HEADERDATA, this);
  Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(CURLOPT_WRITEDATA, this);
  Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OpenSocket);
  Set(CURLOPT_OPENSOCKETDATA, this);
  Set(CURLOPT_PREREQFUNCTION, &Transfer::BeforeFirstByte);
  Set(CURLOPT_PREREQDATA, this);
  return {};
}

void Transfer::AddHeader(const std::string& line) {
  if (curl_slist* longer = curl_slist_append(headers_.get(), line.c_str())) {
    (void)headers_.release();
    headers_.reset(longer);
  }
}

Status Transfer::AddHeaders() {
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (!IsToken(name) || !IsHeaderValue(value)) {
      return BadRequest("the header '" + std::string(IsToken(name) ? name : "?") +
                        "' contains a character that no header may have");
    }
    has_type = has_type || Lower(name) == "content-type";
    AddHeader(value.empty() ? name + ";"
                            : name + ": " + value);  // ';' is libcurl's way to send an empty one
  }
  if (!destination_.host.empty()) AddHeader("Host: " + destination_.host);
  AddHeader("Expect:");  // waiting for "100 Continue" costs a second with servers that ignore it
  if (!has_type) AddHeader("Content-Type:");  // else libcurl calls every body a form
  Set(CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

void Transfer::SetMethod() {
  const std::string& method = request_.method;
  const bool safe = method == "GET" || method == "HEAD";
  if (method == "HEAD") {
    Set(CURLOPT_NOBODY, 1L);
  } else if (request_.upload) {
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.upload->size));
    Set(CURLOPT_READFUNCTION, &Transfer::OnUpload);
    Set(CURLOPT_READDATA, this);
    Set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    Set(CURLOPT_POSTFIELDS, request_.body.c_str());
    Set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method != "GET") {
    Set(CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  if (!safe) Set(CURLOPT_FRESH_CONNECT, 1L);  // see CurlHttpClient: never repeated behind our back
}

void Transfer::SetLimits() {
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_USERAGENT, "switchboard/" SB_VERSION);
  Set(CURLOPT_ACCEPT_ENCODING, "");
  Set(CURLOPT_PROXY, settings_.proxy.c_str());
  Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  Set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  Set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::min(timeout_, settings_.connect_timeout).count()));
}

std::size_t Transfer::OnHeader(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view line(bytes, size * count);
  if (line.starts_with(
          "HTTP/")) {  // each answer begins so; an interim "100 Continue" is not the one
    transfer.response_.headers.clear();
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  transfer.response_.headers.emplace_back(Lower(Trim(line.substr(0, colon))),
                                          Trim(line.substr(colon + 1)));
  transfer.header_bytes_ +=
      line.size();  // libcurl bounds a line, but not how many of them a server sends
  return transfer.header_bytes_ > kMaxHeaders ? 0 : line.size();
}

std::size_t Transfer::OnBody(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t length = size * count;
  if (transfer.body_bytes_ + length > transfer.request_.most_body) {
    transfer.too_large_ = true;
    return 0;
  }
  transfer.body_bytes_ += length;
  if (transfer.request_.on_body) return transfer.HandOn({bytes, length}) ? length : 0;
  transfer.response_.body.append(bytes, length);
  return length;
}

bool Transfer::HandOn(std::string_view piece) {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  return piece.empty() || request_.on_body(static_cast<int>(status), piece);
}

std::size_t Transfer::OnUpload(char* into, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const ports::HttpUpload& upload = *transfer.request_.upload;
  const auto left = static_cast<std::size_t>(upload.size - transfer.uploaded_);
  const std::size_t most = std::min(size * count, left);
  if (most == 0) return 0;  // the end
  const std::size_t given = upload.read(transfer.uploaded_, into, most);
  if (given == 0 || given > most) return CURL_READFUNC_ABORT;
  transfer.uploaded_ += static_cast<std::int64_t>(given);
  return given;
}

curl_socket_t Transfer::OpenSocket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.MayReach(address->addr)) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool Transfer::MayReach(const sockaddr& address) {
  address_refused_ = !destination_.trusted && !Allows(settings_.addresses, address);
  return !address_refused_;
}

bool Transfer::MayReach(const char* address, int port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
    return MayReach(reinterpret_cast<const sockaddr&>(v4));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  inet_pton(AF_INET6, address, &v6.sin6_addr);  // what is neither is ::, which is no public address
  return MayReach(reinterpret_cast<const sockaddr&>(v6));
}

// The connection stands and nothing has been sent: a process that was suspended until now finds
// out here. A kept connection may have been opened by a request that the operator lets go further
// than this one.
int Transfer::BeforeFirstByte(void* self, char* their_address, char* /*our_address*/,
                              int their_port, int /*our_port*/) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.MayReach(their_address, their_port)) return CURL_PREREQFUNC_ABORT;
  transfer.held_back_ = transfer.request_.may_leave && !transfer.request_.may_leave();
  return transfer.held_back_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

bool Transfer::WasSent() const {
  long head_bytes = 0;
  curl_off_t body_bytes = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &head_bytes);
  curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_UPLOAD_T, &body_bytes);
  return head_bytes > 0 || body_bytes > 0;
}

std::string Transfer::Host() const {
  // Enough of the URL to act on, and nothing of its path or query, which may hold secrets.
  const std::size_t scheme = request_.url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  std::string host = request_.url.substr(start, request_.url.find_first_of("/?#", start) - start);
  return host.substr(host.rfind('@') + 1);
}

Error Transfer::Judge(CURLcode code) const {
  const std::string why = curl_easy_strerror(code);
  if (held_back_) {
    return Unavailable("HTTP_NOT_STARTED", "its time had passed before " + Host() +
                                               " could be reached; nothing was sent");
  }
  if (WasSent()) {
    if (too_large_) {
      return InDoubt(
          "HTTP_ANSWER_TOO_LARGE",
          Host() + " answered with more than " + std::to_string(request_.most_body >> 20) + " MiB");
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return InDoubt("HTTP_ANSWER_TIMEOUT",
                     Host() + " was sent the request and did not answer in time");
    }
    return InDoubt("HTTP_NO_ANSWER",
                   Host() + " was sent the request and gave no complete answer: " + why);
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return BadRequest("the URL cannot be used: " + why +
                      "; say http://host/... or https://host/...");
  }
  if (address_refused_) {
    return BadRequest(
        Host() +
        " is an internal address, which requests may not reach here; name a public host, "
        "or allow internal addresses in the configuration");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return TimedOut("HTTP_TIMEOUT", Host() + " could not be reached in time; nothing was sent");
  }
  return Unavailable("HTTP_UNREACHABLE",
                     Host() + " could not be reached: " + why + "; nothing was sent");
}

void Transfer::Finish(CURLcode code) {
  if (code != CURLE_OK) return done_(Judge(code));
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  done_(std::move(response_));
}

void Transfer::Abandon() {
  if (WasSent()) {
    return done_(InDoubt("HTTP_NO_ANSWER",
                         "the program is stopping and did not wait for the answer of " + Host()));
  }
  done_(Cancelled("HTTP_STOPPED", "the program is stopping; nothing was sent"));
}

}  // namespace sb::adapters::curl
