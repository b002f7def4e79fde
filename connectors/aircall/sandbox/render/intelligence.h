#pragma once

#include "connectors/aircall/sandbox/render/render.h"

// What conversation intelligence says of a call, on the wire. Envelopes and the keys named by the
// facts sheet are documented; what it calls "not collected" is chosen by us and says so.
namespace sb::aircall::sandbox {

Doc TranscriptionDoc(const World& world, const Call& call, std::int64_t id);
Doc RealtimeTranscriptionDoc(const World& world, const Call& call, std::int64_t id);
Doc SentimentsDoc(const World& world, const Call& call, std::int64_t id);
Doc TopicsDoc(const World& world, const Call& call, std::int64_t id);
Doc SummaryDoc(const World& world, const Call& call, std::int64_t id);
Doc ActionItemsDoc(const World& world, const Call& call, std::int64_t id);
Doc PlaybookResultDoc(const World& world, const Call& call, std::int64_t id);
Doc PredictedCsatDoc(const World& world, const Call& call, std::int64_t id);
Doc CustomSummaryDoc(const World& world, const Call& call, std::int64_t id);
Doc EvaluationsDoc(const World& world, const Call& call, std::int64_t id);
Doc TrackerDoc(const World& world, const Call& call, std::int64_t id);

/// The definition that `fetch_playbook=true` adds.
Doc PlaybookDoc();

/// The light body of the events: ids, no text (doc).
Doc IntelligenceEventDoc(const World& world, const Call& call, std::int64_t id);
/// The body of realtime_transcription.utterances_received, which does carry the text (doc).
Doc UtterancesEventDoc(const Call& call, const Doc& transcription, std::int64_t id);

}  // namespace sb::aircall::sandbox
