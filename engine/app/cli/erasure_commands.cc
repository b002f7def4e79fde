#include "engine/app/cli/erasure_commands.h"

#include <utility>

#include "engine/app/cli/text.h"
#include "switchboard/v1/erasure.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using ErasureStub = v1::ErasureService::StubInterface;

constexpr Millis kErasurePollInterval{500};

std::string StateOf(const v1::Erasure& erasure) {
  return Word(v1::Erasure::State_Name(erasure.state()), "STATE_");
}

std::string SubjectOf(const v1::Erasure& erasure) {
  return erasure.subject() == v1::Erasure::SUBJECT_PERSON ? "a person" : "an account";
}

std::int64_t RowsOf(const v1::Erasure& erasure) {
  std::int64_t rows = 0;
  for (const auto& [place, count] : erasure.counts()) rows += count;
  return rows;
}

std::string CardOf(const Session& session, const v1::Erasure& erasure) {
  Card card;
  card.Add("erasure", erasure.id());
  card.Add("of", SubjectOf(erasure));
  card.Add("tenant", erasure.tenant());
  card.Add("account", erasure.account());
  card.Add("state", {StateOf(erasure), ToneOf(StateOf(erasure))});
  card.Add(erasure.validate_only() ? "rows to change" : "rows", std::to_string(RowsOf(erasure)));
  for (const auto& [place, count] : erasure.counts()) card.Add("  " + place, std::to_string(count));
  card.Add("begun", Dated(erasure.create_time(), session.now()));
  card.Add("done", Dated(erasure.finish_time(), session.now()));
  std::string text = card.Text(session.style());
  if (!erasure.live_runs().empty()) {
    text += "\nthese runs hold the person and have not ended; it goes on when they have:\n";
    for (const std::string& run : erasure.live_runs()) text += "  " + run + "\n";
  }
  return text;
}

std::optional<Trouble> Read(Session& session, const std::string& id, v1::Erasure& erasure) {
  v1::GetErasureRequest request;
  request.set_erasure(id);
  v1::GetErasureResponse response;
  auto trouble =
      session.client.Call<v1::ErasureService>(&ErasureStub::GetErasure, request, response);
  if (!trouble) erasure = response.erasure();
  return trouble;
}

void DrawProgress(const Session& session, const v1::Erasure& erasure) {
  if (session.style().width == 0 || !session.WantsTable()) return;
  session.environment().err << "\r" << erasure.id() << "  " << RowsOf(erasure) << " rows"
                            << std::flush;
}

}  // namespace

int FollowErasure(Session& session, v1::Erasure erasure) {
  while (erasure.state() == v1::Erasure::STATE_RUNNING) {
    session.environment().pause(kErasurePollInterval);
    if (auto trouble = Read(session, erasure.id(), erasure)) return session.Fail(*trouble);
    DrawProgress(session, erasure);
  }
  if (session.style().width != 0 && session.WantsTable()) session.environment().err << "\n";
  session.Show(erasure, [&] { return CardOf(session, erasure); });
  return erasure.state() == v1::Erasure::STATE_DONE ? kOk : kRefused;
}

int ErasePerson(Session& session, const ErasePersonOptions& options) {
  if (!options.yes && !options.dry_run) {
    if (!session.WantsTable()) {
      return session.Misuse("-o " + session.options().output + " cannot ask you whether to erase",
                            "add --yes, or --dry-run to see what would be changed");
    }
    if (!Confirmed(session, "erase this person? It cannot be undone.")) return kRefused;
  }
  v1::ErasePersonRequest request;
  request.set_tenant(options.tenant);
  request.set_account(options.account);
  request.set_phone(options.phone);
  request.set_email(options.email);
  request.set_validate_only(options.dry_run);
  v1::ErasePersonResponse response;
  if (auto trouble =
          session.client.Call<v1::ErasureService>(&ErasureStub::ErasePerson, request, response))
    return session.Fail(*trouble);
  if (options.no_wait)
    return session.Show(response.erasure(), [&] { return CardOf(session, response.erasure()); });
  return FollowErasure(session, std::move(*response.mutable_erasure()));
}

int GetErasure(Session& session, const std::string& id) {
  v1::Erasure erasure;
  if (auto trouble = Read(session, id, erasure)) return session.Fail(*trouble);
  return session.Show(erasure, [&] { return CardOf(session, erasure); });
}

int ListErasures(Session& session, const ListErasuresOptions& options) {
  v1::ListErasuresRequest request;
  request.set_tenant(options.tenant);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListErasuresResponse response;
  if (auto trouble =
          session.client.Call<v1::ErasureService>(&ErasureStub::ListErasures, request, response))
    return session.Fail(*trouble);
  session.Show(response, [&]() -> std::string {
    if (response.erasures().empty()) return "no erasures\n";
    Table table({{"ERASURE", true}, {"OF"}, {"TENANT"}, {"STATE"}, {"ROWS"}, {"BEGUN"}});
    for (const v1::Erasure& erasure : response.erasures()) {
      table.Add({erasure.id(),
                 SubjectOf(erasure),
                 erasure.tenant(),
                 {StateOf(erasure), ToneOf(StateOf(erasure))},
                 std::to_string(RowsOf(erasure)),
                 Relative(erasure.create_time(), session.now())});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

}  // namespace sb::app::cli
