#include "engine/app/cli/key_commands.h"

#include <string>

#include "engine/app/cli/progress_bar.h"
#include "switchboard/v1/encryption.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Encryption = v1::EncryptionService;
using EncryptionStub = v1::EncryptionService::StubInterface;

std::string UseOf(const v1::EncryptionKey& key, bool newest) {
  if (key.current()) return key.loaded() ? "wraps what is new" : "wraps what is new; not loaded";
  if (!key.loaded()) return "needed, but not loaded";
  if (newest) return "new: keys rotate puts all under it";
  return key.data_keys() + key.early_values() > 0 ? "still needed" : "not needed";
}

std::string WordsOf(const v1::RotateEncryptionResponse& last, const std::string& failures) {
  std::string words = std::to_string(last.done() - last.failed()) + " of " +
                      std::to_string(last.total()) + " re-wrapped; all new data keys are under " +
                      last.key_id() + "\n";
  if (last.failed() > 0)
    words += std::to_string(last.failed()) + " cannot be opened and stay as they are:\n" + failures;
  for (const std::string& id : last.unused_key_ids())
    words += "nothing needs key " + id + " any more: take it away from every instance\n";
  return words;
}

}  // namespace

int ListKeys(Session& session) {
  v1::ListEncryptionKeysResponse response;
  if (auto trouble =
          session.client.Call<Encryption>(&EncryptionStub::ListEncryptionKeys, {}, response))
    return session.Fail(*trouble);
  return session.Show(response, [&] {
    Table table({{"KEY", true}, {"USE"}, {"DATA KEYS"}, {"EARLY VALUES"}});
    for (const v1::EncryptionKey& key : response.keys()) {
      const bool newest = &key == &response.keys(0);
      table.Add({key.id(), UseOf(key, newest), std::to_string(key.data_keys()),
                 std::to_string(key.early_values())});
    }
    return table.Text(session.style());
  });
}

int RotateKeys(Session& session) {
  if (auto trouble = session.client.Open()) return session.Fail(*trouble);
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  const auto stub = Encryption::NewStub(session.client.channel());
  const auto stream = stub->RotateEncryption(&context, {});
  v1::RotateEncryptionResponse last;
  std::string failures;
  while (stream->Read(&last)) {
    for (const v1::EncryptionFailure& failure : last.failures())
      failures +=
          "  " + failure.subject() + "  " + failure.code() + ": " + failure.message() + "\n";
    if (session.WantsTable()) {
      DrawProgress(session, last.done(), last.total(), last.finished());
    } else {
      session.ShowLine(last);
    }
  }
  if (auto trouble = session.client.Judge(stream->Finish())) return session.Fail(*trouble);
  if (session.WantsTable()) session.environment().out << WordsOf(last, failures);
  return last.failed() == 0 ? kOk : kRefused;
}

}  // namespace sb::app::cli
