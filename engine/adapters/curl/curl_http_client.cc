#include "engine/adapters/curl/curl_http_client.h"

#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "engine/adapters/curl/transfer.h"

namespace sb::adapters::curl {
namespace {

constexpr int kIdlePollMs =
    60'000;  // a wakeup ends the wait at once; this is only how long an idle one lasts

void InitialiseLibraryOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

/// The thread and everything it owns.
class CurlHttpClient::Loop {
 public:
  explicit Loop(Settings settings) : settings_(std::move(settings)) {
    InitialiseLibraryOnce();
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, settings_.max_connections);
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    Stop();
    curl_multi_cleanup(multi_);
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Send(ports::HttpRequest request, Millis timeout, Done done) {
    auto transfer =
        std::make_unique<Transfer>(std::move(request), timeout, std::move(done), settings_);
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_) {
        arriving_.push_back(std::move(transfer));
        curl_multi_wakeup(multi_);
        return;
      }
    }
    transfer->Abandon();
  }

  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      curl_multi_wakeup(multi_);
    }
    const std::lock_guard joining(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() {
    while (TakeArrivals()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      FinishDone();
      curl_multi_poll(multi_, nullptr, 0, kIdlePollMs, nullptr);
    }
    AbandonAll();
  }

  /// False once the loop is to end.
  bool TakeArrivals() {
    std::vector<std::unique_ptr<Transfer>> arrived;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      arrived.swap(arriving_);
    }
    for (std::unique_ptr<Transfer>& transfer : arrived) Start(std::move(transfer));
    return true;
  }

  void Start(std::unique_ptr<Transfer> transfer) {
    if (Status ready = transfer->Prepare(); !ready.ok()) return transfer->Fail(ready.error());
    CURL* handle = transfer->handle();
    curl_multi_add_handle(multi_, handle);
    active_.emplace(handle, std::move(transfer));
  }

  void FinishDone() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message is gone once the handle is removed
      const std::unique_ptr<Transfer> transfer = Remove(message->easy_handle);
      transfer->Finish(code);
    }
  }

  std::unique_ptr<Transfer> Remove(CURL* handle) {
    curl_multi_remove_handle(multi_, handle);
    auto node = active_.extract(handle);
    return std::move(node.mapped());
  }

  void AbandonAll() {
    while (!active_.empty()) Remove(active_.begin()->first)->Abandon();
    std::vector<std::unique_ptr<Transfer>> never_started;
    {
      const std::lock_guard lock(mutex_);
      never_started.swap(arriving_);
    }
    for (const std::unique_ptr<Transfer>& transfer : never_started) transfer->Abandon();
  }

  const Settings settings_;
  CURLM* multi_ = nullptr;
  std::map<CURL*, std::unique_ptr<Transfer>> active_;  // the thread's own

  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Transfer>> arriving_;

  std::mutex join_mutex_;
  std::thread thread_;
};

CurlHttpClient::CurlHttpClient(Settings settings)
    : loop_(std::make_unique<Loop>(std::move(settings))) {}

CurlHttpClient::~CurlHttpClient() = default;

void CurlHttpClient::Send(ports::HttpRequest request, Millis timeout, Done done) {
  loop_->Send(std::move(request), timeout, std::move(done));
}

void CurlHttpClient::Stop() {
  loop_->Stop();
}

}  // namespace sb::adapters::curl
