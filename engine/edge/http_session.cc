#include "engine/edge/http_session.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "engine/base/text.h"

namespace sb::edge {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kMaxDiscarded = 64 * 1024 * 1024;

Request ToRequest(http::request<http::string_body>&& message) {
  Request request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message)
    request.headers.emplace_back(Lower(field.name_string()), std::string(field.value()));
  request.body = std::move(message.body());
  return request;
}

std::size_t SizeOf(const Reply& reply) {
  return reply.stream ? static_cast<std::size_t>(reply.stream->size) : reply.body.size();
}

/// The values of all headers of that name, as if they stood in one: a proxy may add a line of its
/// own behind one that the client sent.
std::string AllOf(const Request& request, const std::string& name) {
  std::string values;
  for (const auto& [each, value] : request.headers) {
    if (each == name) values += (values.empty() ? "" : ", ") + value;
  }
  return values;
}

/// The answer to a request that never became whole, or nothing when the client is simply gone.
std::optional<Reply> RefusalOf(beast::error_code error, const HttpListener::Settings& settings) {
  if (error == http::error::body_limit) {
    return ErrorReply(
        413, "BODY_TOO_LARGE",
        "the body is larger than " + std::to_string(settings.max_body / 1024) + " KiB; send less");
  }
  if (error == http::error::header_limit) {
    return ErrorReply(431, "HEADER_TOO_LARGE",
                      "the header is larger than " + std::to_string(settings.max_header / 1024) +
                          " KiB; send less");
  }
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  if (gone || error.category() != http::make_error_code(http::error::bad_version).category())
    return {};
  return ErrorReply(400, "REQUEST_MALFORMED", "this is not a well-formed HTTP/1.1 request");
}

}  // namespace

/// What the handler holds of a request. The session may end before it is answered.
class HttpSession::Pending : public Exchange {
 public:
  Pending(const std::shared_ptr<HttpSession>& session, Request request)
      : io_(session->io_.lock()), session_(session), request_(std::move(request)) {}

  const Request& request() const override { return request_; }

  void Answer(Reply reply) override {
    if (answered_.exchange(true)) return;
    asio::dispatch(*io_, [session = session_, reply = std::move(reply)]() mutable {
      if (const auto alive = session.lock()) alive->Send(std::move(reply));
    });
  }

  void AnswerWithin(Millis patience, Reply late) override {
    const auto session = session_.lock();
    if (!session) return;
    session->late_.expires_after(patience);
    session->late_.async_wait(
        [self = session->pending_, late = std::move(late)](beast::error_code error) mutable {
          if (!error) self->Answer(std::move(late));
        });
  }

  void SetRoute(std::string route) override { route_ = std::move(route); }

  const std::string& route() const { return route_; }

 private:
  std::shared_ptr<asio::io_context> io_;
  std::weak_ptr<HttpSession> session_;
  const Request request_;
  std::string route_;
  std::atomic<bool> answered_ = false;
};

HttpSession::HttpSession(std::shared_ptr<asio::io_context> io, asio::ip::tcp::socket socket,
                         std::shared_ptr<asio::ssl::context> tls, Handler& handler,
                         const HttpListener::Settings& settings,
                         std::function<void(HttpSession*)> on_end)
    : io_(io),
      stream_(std::move(socket), std::move(tls)),
      late_(stream_.get_executor()),
      handler_(handler),
      settings_(settings),
      on_end_(std::move(on_end)) {
  buffer_.reserve(8192);  // without it a small body costs several reallocations and reads
}

void HttpSession::Run() {
  beast::error_code ignored;
  stream_.tcp().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  peer_ = stream_.tcp().socket().remote_endpoint(ignored).address().to_string();
  stream_.tcp().expires_after(settings_.header_timeout);
  if (stream_.secure()) return ShakeHands();
  ReadHeader();
}

void HttpSession::ShakeHands() {
  stream_.async_handshake([self = shared_from_this()](beast::error_code error) {
    if (error) return self->Close();
    self->ReadHeader();
  });
}

void HttpSession::Drain() {
  draining_ = true;
  if (!pending_ && !response_) Close();
}

void HttpSession::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(settings_.max_header));
  parser_->body_limit(settings_.max_body);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->OnHeader(error); });
}

void HttpSession::OnHeader(beast::error_code error) {
  began_ = std::chrono::steady_clock::now();
  if (error) return Refuse(error);
  stream_.tcp().expires_after(settings_.body_timeout);
  const bool waits = Lower(parser_->get()[http::field::expect]) == "100-continue";
  if (waits && !parser_->is_done()) return SendContinue();
  ReadBody();
}

void HttpSession::SendContinue() {
  continue_line_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(continue_line_),
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      if (error) return self->Close();
                      self->ReadBody();
                    });
}

void HttpSession::ReadBody() {
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->OnBody(error); });
}

void HttpSession::OnBody(beast::error_code error) {
  if (error) return Refuse(error);
  Serve();
}

void HttpSession::Serve() {
  keep_ = parser_->get().keep_alive();
  stream_.tcp().expires_never();  // the handler sets its own limit
  Request request = ToRequest(parser_->release());
  NameSender(request);
  pending_ = std::make_shared<Pending>(shared_from_this(), std::move(request));
  handler_.Serve(pending_);
}

void HttpSession::NameSender(Request& request) const {
  const core::TrustedProxies& proxies = settings_.proxies;
  request.address = proxies.ClientOf(peer_, AllOf(request, "x-forwarded-for"));
  request.secure = stream_.secure() ||
                   (proxies.Trust(peer_) && Lower(AllOf(request, "x-forwarded-proto")) == "https");
}

void HttpSession::Refuse(beast::error_code error) {
  std::optional<Reply> refusal = RefusalOf(error, settings_);
  if (!refusal) return Close();
  keep_ = false;
  refused_ = true;
  Send(std::move(*refusal));
}

void HttpSession::Send(Reply reply) {
  late_.cancel();
  Report(reply);
  const bool head = pending_ && pending_->request().method == "HEAD";
  if (reply.stream && !head) return SendStream(std::move(reply), keep_ && !draining_);
  response_.emplace(static_cast<http::status>(reply.status), 11);
  for (const auto& [name, value] : reply.headers) response_->insert(name, value);
  response_->keep_alive(keep_ && !draining_);
  if (reply.status != 304) response_->content_length(SizeOf(reply));
  if (!head) response_->body() = std::move(reply.body);
  stream_.tcp().expires_after(settings_.write_timeout);
  const bool keep = response_->keep_alive();
  http::async_write(stream_, *response_,
                    [self = shared_from_this(), keep](beast::error_code error, std::size_t) {
                      self->OnSent(error, keep);
                    });
}

void HttpSession::SendStream(Reply reply, bool keep) {
  streaming_ = std::make_unique<Streaming>(std::move(*reply.stream));
  Streaming& streaming = *streaming_;
  streaming.keep = keep;
  streaming.head.result(static_cast<unsigned>(reply.status));
  streaming.head.version(11);
  for (const auto& [name, value] : reply.headers) streaming.head.insert(name, value);
  streaming.head.keep_alive(keep);
  streaming.head.content_length(static_cast<std::uint64_t>(streaming.body.size));
  streaming.serializer.emplace(streaming.head);
  stream_.tcp().expires_after(settings_.write_timeout);
  http::async_write_header(stream_, *streaming.serializer,
                           [self = shared_from_this()](beast::error_code error, std::size_t) {
                             if (error) return self->OnSent(error, false);
                             self->AskForPiece();
                           });
}

void HttpSession::AskForPiece() {
  if (!streaming_) return;  // it was closed meanwhile
  if (streaming_->unsent == 0) return OnSent({}, streaming_->keep);
  stream_.tcp().expires_never();  // how long a piece takes to be read is not the client's doing
  streaming_->body.next(
      [io = io_.lock(), session = weak_from_this()](std::optional<std::string> piece) {
        asio::dispatch(*io, [session, piece = std::move(piece)]() mutable {
          if (const auto alive = session.lock()) alive->SendPiece(std::move(piece));
        });
      });
}

void HttpSession::SendPiece(std::optional<std::string> piece) {
  if (!streaming_) return;
  const bool fits =
      piece && !piece->empty() && static_cast<std::int64_t>(piece->size()) <= streaming_->unsent;
  if (!fits) return Close();
  streaming_->piece = std::move(*piece);
  streaming_->unsent -= static_cast<std::int64_t>(streaming_->piece.size());
  stream_.tcp().expires_after(settings_.write_timeout);
  asio::async_write(stream_, asio::buffer(streaming_->piece),
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      if (error) return self->OnSent(error, false);
                      self->AskForPiece();
                    });
}

void HttpSession::Report(const Reply& reply) {
  static constexpr std::array kMethods = {"GET",    "POST",  "HEAD",   "PUT",
                                          "DELETE", "PATCH", "OPTIONS"};
  Answered answered{.method = "OTHER",
                    .route = pending_ ? pending_->route() : "",
                    .status = reply.status,
                    .outcome = reply.outcome,
                    .address = pending_ ? pending_->request().address : "",
                    .bytes = SizeOf(reply),
                    .took = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::steady_clock::now() - began_)};
  const std::string method =
      pending_ ? pending_->request().method : std::string(parser_->get().method_string());
  if (std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end())
    answered.method = method;
  if (answered.route.empty()) answered.route = "unrouted";
  handler_.OnAnswered(answered);
}

void HttpSession::OnSent(beast::error_code error, bool keep) {
  pending_.reset();
  response_.reset();
  streaming_.reset();
  if (error) return Close();
  if (refused_) return Linger();
  if (!keep) return Close();
  stream_.tcp().expires_after(settings_.idle_timeout);
  ReadHeader();
}

void HttpSession::Linger() {
  // Closing while the client still sends would reset the connection, and the client would never see
  // our answer.
  beast::error_code ignored;
  if (discarded_ == 0) {
    stream_.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.tcp().expires_after(settings_.linger);
  }
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(65536),
                          [self = shared_from_this()](beast::error_code error, std::size_t count) {
                            self->discarded_ += count;
                            if (error || self->discarded_ > kMaxDiscarded) return self->Close();
                            self->Linger();
                          });
}

void HttpSession::Close() {
  late_.cancel();
  beast::error_code ignored;
  stream_.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_.tcp().close();
  on_end_(this);
}

}  // namespace sb::edge
