#pragma once

#include <ostream>
#include <string>

#include <grpcpp/client_context.h>

#include "engine/app/cli/session.h"

namespace sb::app::cli {

/// Follows a stream whose messages have a resume token, until `count` things were told (0: until it
/// ends). `open` begins the call with a client context, `things_of` gives those of a message, and
/// `text_of` the text of one for a terminal. What to go on with is told at the end. Blocking.
template <typename Message, typename Open, typename ThingsOf, typename TextOf>
int Follow(Session& session, int count, std::string token, const Open& open,
           const ThingsOf& things_of, const TextOf& text_of) {
  if (auto trouble = session.client.Open()) return session.Fail(*trouble);
  grpc::ClientContext context;
  session.client.Prepare(context, false);
  const auto stream = open(context);
  Message message;
  int told = 0;
  bool enough = false;
  while (!enough && stream->Read(&message)) {
    token = message.resume_token();
    told += things_of(message).size();
    if (!session.WantsTable()) {
      if (!things_of(message).empty()) session.ShowLine(message);
    } else {
      for (const auto& thing : things_of(message))
        session.environment().out << text_of(thing) << std::flush;
    }
    enough = count > 0 && told >= count;
  }
  if (enough) context.TryCancel();
  const auto status = stream->Finish();
  if (session.WantsTable() && !token.empty())
    session.environment().err << "to go on behind this: --resume-token " << token << "\n";
  if (enough) return kOk;
  if (auto trouble = session.client.Judge(status)) return session.Fail(*trouble);
  return kOk;
}

}  // namespace sb::app::cli
