#include "engine/adapters/postgres/postgres_command_store.h"

#include <algorithm>

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

ports::Command ReadCommand(const pqxx::row& row) {
  ports::Command command;
  command.slot = static_cast<Slot>(NumberOf(row, "slot"));
  command.id = ports::CommandId(NumberOf(row, "command_id"));
  command.account = AccountId(NumberOf(row, "account_id"));
  command.kind = static_cast<ports::CommandKind>(NumberOf(row, "kind"));
  command.asker = InstanceId(NumberOf(row, "asker"));
  command.body = JsonOf(row, "body");
  command.asked_at = TimeOf(row, "asked_at");
  command.expires_at = TimeOf(row, "expires_at");
  command.takes = static_cast<int>(NumberOf(row, "takes"));
  return command;
}

}  // namespace

Status PostgresCommandStore::Ask(const std::vector<ports::Command>& commands) {
  ArrayText slots, ids, accounts, kinds, askers, bodies, asked, expires;
  for (const ports::Command& command : commands) {
    slots.AddNumber(command.slot);
    ids.AddNumber(command.id.number());
    accounts.AddNumber(command.account.number());
    kinds.AddNumber(static_cast<std::int64_t>(command.kind));
    askers.AddNumber(command.asker.number());
    bodies.AddText(DumpJson(command.body));
    asked.AddTime(command.asked_at);
    expires.AddTime(command.expires_at);
  }
  Params params;
  for (const ArrayText* array :
       {&slots, &ids, &accounts, &kinds, &askers, &bodies, &asked, &expires}) {
    params.Array(*array);
  }
  const auto rows = database_.Write(kCommandAsk, params);
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::vector<ports::Command>> PostgresCommandStore::Take(InstanceId taker,
                                                               std::int64_t incarnation,
                                                               const std::vector<Slot>& slots,
                                                               WallTime now, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Write(
      kCommandTake,
      Params().Number(taker.number()).Number(incarnation).Array(mine).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<ports::Command> taken;
  for (const pqxx::row& row : *rows) taken.push_back(ReadCommand(row));
  std::ranges::sort(taken, {}, &ports::Command::id);
  return taken;
}

Status PostgresCommandStore::PutBack(InstanceId taker, std::int64_t incarnation, Slot slot,
                                     ports::CommandId id) {
  const auto rows = database_.Write(
      kCommandPutBack,
      Params().Number(slot).Number(id.number()).Number(taker.number()).Number(incarnation));
  return rows.ok() ? Status() : Status(rows.error());
}

Status PostgresCommandStore::Answer(const ports::CommandAnswer& answer) {
  const auto rows = database_.Write(
      kCommandAnswer,
      Params().Number(answer.slot).Number(answer.id.number()).Text(DumpJson(answer.answer)));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::vector<ports::CommandAnswer>> PostgresCommandStore::Answers(InstanceId asker) {
  const auto rows = database_.Read(kCommandAnswers, Params().Number(asker.number()));
  if (!rows.ok()) return rows.error();
  std::vector<ports::CommandAnswer> answers;
  for (const pqxx::row& row : *rows) {
    answers.push_back({static_cast<Slot>(NumberOf(row, "slot")),
                       ports::CommandId(NumberOf(row, "command_id")), JsonOf(row, "answer")});
  }
  return answers;
}

Status PostgresCommandStore::Discard(const std::vector<ports::CommandAnswer>& answered) {
  ArrayText slots, ids;
  for (const ports::CommandAnswer& each : answered) {
    slots.AddNumber(each.slot);
    ids.AddNumber(each.id.number());
  }
  const auto rows = database_.Write(kCommandDiscard, Params().Array(slots).Array(ids));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<bool> PostgresCommandStore::Withdraw(Slot slot, ports::CommandId id) {
  const auto rows = database_.Write(kCommandWithdraw, Params().Number(slot).Number(id.number()));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<int> PostgresCommandStore::RemoveExpired(WallTime when) {
  const auto rows = database_.Write(kCommandRemoveExpired, Params().Time(when));
  if (!rows.ok()) return rows.error();
  return static_cast<int>(rows->size());
}

}  // namespace sb::adapters::postgres
