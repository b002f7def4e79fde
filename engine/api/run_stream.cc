#include "engine/api/run_stream.h"

#include <utility>

#include "engine/api/run_mapping.h"

namespace sb::api {

std::shared_ptr<RunStream> RunStream::Make(switchboard::v1::RunView view) {
  std::shared_ptr<RunStream> stream(new RunStream(view));  // NOLINT: the constructor is private
  stream->self_ = stream;
  return stream;
}

void RunStream::Attach(std::shared_ptr<Call> call) {
  const std::lock_guard lock(mutex_);
  call_ = std::move(call);
}

void RunStream::Hold(std::unique_ptr<runtime::Watch> watch) {
  const std::lock_guard lock(mutex_);
  if (!done_) watch_.swap(watch);
}

void RunStream::Take(const core::workflow::Run& run) {
  if (last_ && IsEarlier(run, *last_))
    return;  // told by the engine before, read from the store after
  last_ = run;
  newest_ = run;
}

void RunStream::RememberAll(const Requests& requests) {
  for (const auto& [ref, request] : requests) {
    const auto known = requests_.find(ref);
    if (known == requests_.end() || known->second.attempt < request.attempt)
      requests_[ref] = request;
  }
}

void RunStream::Offer(const runtime::RunNews& news) {
  std::optional<Outcome> end;
  {
    const std::lock_guard lock(mutex_);
    if (concluded_) return;
    Remember(news.facts, requests_);
    Take(news.run);
    end = Advance();
  }
  Conclude(end);
}

void RunStream::Open(const ports::RunSummary& summary, std::string workflow_name,
                     const RunHistory& history) {
  std::optional<Outcome> end;
  {
    const std::lock_guard lock(mutex_);
    summary_ = summary;
    workflow_name_ = std::move(workflow_name);
    open_ = true;
    RememberAll(history.requests);
    Take(history.run);
    end = Advance();
  }
  Conclude(end);
}

void RunStream::Fail(Failure failure) {
  std::optional<Outcome> end;
  {
    const std::lock_guard lock(mutex_);
    if (concluded_) return;
    failure_ = std::move(failure);
    end = Advance();
  }
  Conclude(end);
}

std::optional<Outcome> RunStream::Advance() {
  if (writing_ || concluded_ || call_ == nullptr) return {};
  if (failure_) {
    concluded_ = true;
    return Outcome(std::move(failure_));
  }
  if (!open_) return {};
  if (newest_) {
    *written_.mutable_run() = ToProto(summary_, workflow_name_, *newest_, requests_, view_);
    newest_.reset();
    writing_ = true;
    StartWrite(&written_);
    return {};
  }
  if (!last_ || !IsFinal(last_->status)) return {};
  concluded_ = true;
  return Outcome();
}

void RunStream::Conclude(const std::optional<Outcome>& outcome) {
  if (!outcome) return;
  std::shared_ptr<Call> call;  // shared: OnDone lets go of ours, perhaps before Finish returns
  {
    const std::lock_guard lock(mutex_);
    call = call_;
  }
  call->Finish(*outcome);  // outside the lock: it ends in OnDone, which lets go of this object
}

void RunStream::OnWriteDone(bool ok) {
  const auto self = shared_from_this();
  std::optional<Outcome> end;
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok && !failure_) failure_ = Cancelled("CALL_ABANDONED", "the watching client went away");
    end = Advance();
  }
  Conclude(end);
}

void RunStream::OnCancel() {
  const auto self = shared_from_this();
  Fail(Cancelled("CALL_ABANDONED", "the watching client went away"));
}

void RunStream::OnDone() {
  std::shared_ptr<RunStream>
      self;  // destroys this object at the end, unless somebody else holds on
  std::unique_ptr<runtime::Watch> watch;
  std::shared_ptr<Call> call;  // which holds on to this object, so each must let go of the other
  const std::lock_guard lock(mutex_);
  done_ = true;
  concluded_ = true;
  watch.swap(watch_);
  call.swap(call_);
  self.swap(self_);
}

}  // namespace sb::api
