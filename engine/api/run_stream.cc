#include "engine/api/run_stream.h"

#include <charconv>
#include <utility>

#include "engine/api/json_mapping.h"
#include "engine/api/run_mapping.h"
#include "engine/base/encoding.h"
#include "engine/core/workflow/lifecycle.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

constexpr int kMostChanges = 500;
constexpr std::size_t kRunCheckDigits = 8;

// Finds tokens that were cut or belong to another run; whoever forges one only skips changes of a
// run that they may read anyway.
std::string CheckOf(RunId run, const std::string& numbers) {
  return ToHex(Sha256(ToText(run) + " " + numbers)).substr(0, kRunCheckDigits);
}

std::string NumbersOf(const Told& told) {
  return std::to_string(told.seq) + "." + std::to_string(told.facts);
}

std::optional<int> ReadNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

core::workflow::LifecycleSubject SubjectOf(const ports::RunSummary& summary,
                                           const WorkflowFace& face) {
  return {ToText(summary.key.run), ToText(summary.key.account), face.workspace, face.name,
          face.version};
}

}  // namespace

std::string MakeResumeToken(RunId run, const Told& told) {
  const std::string numbers = NumbersOf(told);
  return numbers + "." + CheckOf(run, numbers);
}

std::optional<Told> ReadResumeToken(RunId run, const std::string& token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos) return std::nullopt;
  if (token.substr(second + 1) != CheckOf(run, token.substr(0, second))) return std::nullopt;
  const auto seq = ReadNumber(std::string_view(token).substr(0, first));
  const auto facts = ReadNumber(std::string_view(token).substr(first + 1, second - first - 1));
  if (!seq || !facts) return std::nullopt;
  return Told{*seq, *facts};
}

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

void RunStream::AddFact(const core::workflow::Fact& fact) {
  std::vector<v1::RunChange>& changes = untold_.emplace_back();
  for (const auto& event : LifecycleOf(fact, SubjectOf(summary_, *face_))) {
    v1::RunChange& change = changes.emplace_back();
    change.set_type(event.type);
    *change.mutable_time() = ToTimestamp(event.time);
    change.set_task(event.task);
  }
}

void RunStream::Take(const runtime::RunNews& news) {
  if (news.seq <= history_.seq) return;  // read from the store already
  if (news.whole && !news.facts.empty() && news.facts.front().at != history_.begins_at)
    return StartOver(news);
  const std::size_t known = news.whole ? history_.facts : 0;
  for (std::size_t i = known; i < news.facts.size(); ++i) {
    history_.Tell(news.facts[i]);
    AddFact(news.facts[i]);
  }
  history_.run = news.run;
  history_.seq = news.seq;
  unwritten_ = true;
}

// Its journal was cut by a snapshot: which of these facts were told nobody knows, and the message
// holds the whole state anyway.
void RunStream::StartOver(const runtime::RunNews& news) {
  history_ = {};
  for (const core::workflow::Fact& fact : news.facts) history_.Tell(fact);
  history_.run = news.run;
  history_.seq = news.seq;
  unwritten_ = true;
}

void RunStream::Offer(const runtime::RunNews& news) {
  std::optional<Outcome> end;
  {
    const std::lock_guard lock(mutex_);
    if (concluded_) return;
    if (open_) {
      Take(news);
    } else {
      early_.push_back(news);
    }
    end = Advance();
  }
  Conclude(end);
}

Status RunStream::Open(const ports::StoredRun& stored, SharedFace face, std::optional<Told> told) {
  auto history = ReadHistory(stored.journal);
  if (!history.ok()) return history.error();
  const bool cut = told && !stored.journal.empty() && told->seq + 1 < stored.journal.front().seq;
  if (cut) told = Told{stored.journal.front().seq - 1, 0};
  const auto unseen = FactsAfter(stored.journal, told ? told->seq : history->seq);
  if (!unseen.ok()) return unseen.error();
  std::optional<Outcome> end;
  {
    const std::lock_guard lock(mutex_);
    summary_ = stored.summary;
    face_ = std::move(face);
    history_ = std::move(history).value();
    told_ = told.value_or(Told{history_.seq, 0});
    for (std::size_t i = static_cast<std::size_t>(told_.facts); i < unseen->size(); ++i)
      AddFact((*unseen)[i]);
    unwritten_ = !told || !untold_.empty();
    for (const runtime::RunNews& news : std::exchange(early_, {})) Take(news);
    open_ = true;
    end = Advance();
  }
  Conclude(end);
  return {};
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

void RunStream::FillMessage() {
  written_.Clear();
  *written_.mutable_run() = ToProto(summary_, *face_, history_, view_);
  while (!untold_.empty() && written_.changes_size() < kMostChanges) {
    for (v1::RunChange& change : untold_.front()) written_.add_changes()->Swap(&change);
    untold_.pop_front();
    ++told_.facts;
  }
  unwritten_ = !untold_.empty();
  if (!unwritten_) told_ = {history_.seq, 0};
  written_.set_resume_token(MakeResumeToken(summary_.key.run, told_));
}

std::optional<Outcome> RunStream::Advance() {
  if (writing_ || concluded_ || call_ == nullptr) return {};
  if (failure_) {
    concluded_ = true;
    return Outcome(std::move(failure_));
  }
  if (!open_) return {};
  if (unwritten_) {
    FillMessage();
    writing_ = true;
    StartWrite(&written_);
    return {};
  }
  if (!IsFinal(history_.run.status)) return {};
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
