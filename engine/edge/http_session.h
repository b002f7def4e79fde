#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>

#include "engine/edge/byte_stream.h"
#include "engine/edge/http.h"
#include "engine/edge/http_listener.h"

namespace sb::edge {

/// One connection: request after request, each answered before the next is read. Lives on the
/// listener's thread; its listener keeps it (shared, because its pending operations do so too)
/// until it says that it has ended. Plain callbacks, no coroutines.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  /// `io` is shared with the exchanges, which may be answered after the listener has gone.
  /// `tls` null: in clear text.
  HttpSession(std::shared_ptr<boost::asio::io_context> io, boost::asio::ip::tcp::socket socket,
              std::shared_ptr<boost::asio::ssl::context> tls, Handler& handler,
              const HttpListener::Settings& settings, std::function<void(HttpSession*)> on_end);
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void Run();
  /// Ends after the answer under way, or now if there is none.
  void Drain();
  /// Ends now. Safe twice.
  void Close();

 private:
  class Pending;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void ShakeHands();
  void ReadHeader();
  void OnHeader(boost::beast::error_code error);
  void ReadBody();
  void OnBody(boost::beast::error_code error);
  void Serve();
  /// Says whose request it is, and how it came.
  void NameSender(Request& request) const;
  void Refuse(boost::beast::error_code error);
  void Send(Reply reply);
  /// Sends the head of an answer whose body comes in pieces, and then these.
  void SendStream(Reply reply, bool keep);
  void AskForPiece();
  void SendPiece(std::optional<std::string> piece);
  void OnSent(boost::beast::error_code error, bool keep);
  void Linger();
  void SendContinue();
  void Report(const Reply& reply);

  std::weak_ptr<boost::asio::io_context> io_;
  ByteStream stream_;
  std::string peer_;  ///< Its address.
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer late_;
  Handler& handler_;
  const HttpListener::Settings& settings_;
  std::function<void(HttpSession*)> on_end_;

  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::shared_ptr<Pending>
      pending_;  // shared with the handler, which may answer after this connection is gone
  std::optional<Response> response_;

  /// An answer under way whose body comes in pieces.
  struct Streaming {
    explicit Streaming(BodyStream stream) : body(std::move(stream)), unsent(body.size) {}

    BodyStream body;
    std::int64_t unsent;
    std::string piece;  ///< The one that is being sent.
    bool keep = false;
    boost::beast::http::response<boost::beast::http::empty_body> head;
    std::optional<boost::beast::http::response_serializer<boost::beast::http::empty_body>>
        serializer;
  };

  std::unique_ptr<Streaming> streaming_;
  std::string continue_line_;
  std::size_t discarded_ = 0;
  std::chrono::steady_clock::time_point began_;
  bool keep_ = true;
  bool draining_ = false;
  bool refused_ = false;
};

}  // namespace sb::edge
