#include "engine/adapters/postgres/personal_places.h"

namespace sb::adapters::postgres {
namespace {

using Type = PlaceColumn::Type;

constexpr const char* kOfLiveRun =
    "exists (select from eng.run r where r.slot = t.slot and r.account_id = t.account_id and "
    "r.run_id = t.run_id)";

}  // namespace

const std::vector<Place>& Places() {
  static const std::vector<Place> kPlaces = {
      {.table = "account",
       .key = {"account_id"},
       .columns = {{"profile", Type::kJson}, {"display_name"}, {"state_reason"}},
       .also_set = "revision = t.revision + 1",
       .survives_account = true},
      {.table = "account_change", .key = {"revision"}, .columns = {{"reason"}}, .has_slot = false},
      {.table = "connect_session",
       .key = {"session_id"},
       .columns = {{"error"}},
       .has_slot = false},
      {.table = "inbox_pending", .key = {"event_id"}},
      {.table = "dead_letter", .key = {"event_id"}, .columns = {{"reason"}}},
      {.table = "inbox", .key = {"event_id"}, .columns = {{"body", Type::kBytes}, {"entity_id"}}},
      {.table = "inbox_key", .key = {"dedupe"}},
      // After the inbox, from which it comes. Whose number it is, theirs is the file: a trigger
      // sees to that (migration 0023).
      {.table = "recording",
       .key = {"recording_id"},
       .columns = {{"party"}},
       .also_set = "state = 5, erased_at = coalesce(t.erased_at, eng.now_()), erase_at = null, "
                   "sha256 = null, reason = 'PERSON_ERASED', step = t.step + 1"},
      {.table = "recording_policy", .key = {"account_id"}},
      {.table = "command",
       .key = {"command_id"},
       .columns = {{"body", Type::kJson}, {"answer", Type::kJson}}},
      {.table = "schedule", .key = {"workspace", "name"}},
      {.table = "gap", .key = {"gap_id"}},
      {.table = "webhook_watch", .key = {"account_id"}},
      {.table = "settling", .key = {"settling_id"}, .columns = {{"record_id"}}},
      // Nothing of an event is in its delivery but its id and its type.
      {.table = "destination", .key = {"destination_id"}},
      {.table = "onward_delivery", .key = {"destination_id", "event_id"}},
      // The tables that a sync keeps are elsewhere: persons are taken out of them by
      // Replications::Forget, and they stay when the account goes.
      {.table = "sync", .key = {"sync_id"}},
      {.table = "sync_stream", .key = {"sync_id", "stream"}},
      {.table = "sync_receipt", .key = {"sync_id", "stream", "window_from", "window_to"}},
      {.table = "sync_named", .key = {"sync_id", "stream", "object_key"}},
      {.table = "sync_suspect", .key = {"sync_id", "stream", "object_key"}},
      {.table = "sync_reject", .key = {"sync_id", "stream", "object_key", "code"}},
      // The reason may name the agent whose address is not known.
      {.table = "sync_skip", .key = {"entry_id"}, .columns = {{"reason"}}},
      {.table = "sync_first_import", .key = {"sync_id", "stream"}},
      {.table = "sync_proof", .key = {"sync_id", "proof_id"}},
      // Two-way syncs. A link in which the person stands ends with nothing of its content, and
      // takes its keys, hints, conflicts and history along; a conflict is closed, so that it cannot
      // be put back; a tombstone loses its content. Triggers see to that (migration 0031): a link
      // that went on with what is written over would carry that into the customer's systems. The
      // link comes last, so that what goes with it is counted before.
      {.table = "link_conflict",
       .key = {"sync_id", "conflict_id"},
       .columns = {{"object_key"},
                   {"base", Type::kJson},
                   {"a", Type::kJson},
                   {"b", Type::kJson},
                   {"rivals", Type::kJson}},
       .also_set = "code = 'LINK_ERASED'"},
      {.table = "link_entry",
       .key = {"entry_id"},
       .columns = {{"reason"}, {"detail", Type::kJson}}},
      {.table = "link_tombstone",
       .key = {"tombstone_id"},
       .columns = {{"base", Type::kJson}},
       .also_set = "erased = true"},
      {.table = "link",
       .key = {"sync_id", "link_id"},
       .columns = {{"key_a"},
                   {"key_b"},
                   {"agreed", Type::kJson},
                   {"choices", Type::kJson},
                   {"intent", Type::kJson}},
       .also_set = "code = 'LINK_ERASED'"},
      // By which a link can be found, as hashes.
      {.table = "link_key", .key = {"sync_id", "digest"}},
      // That a record is to be looked at, by its key; gone once it was.
      {.table = "link_hint", .key = {"sync_id", "side", "object_key"}},
      {.table = "link_seen", .key = {"sync_id", "side", "link_id"}},
      {.table = "link_delete", .key = {"delete_id"}},
      {.table = "link_progress", .key = {"sync_id"}},
      // What a platform pushed, and what syncs changed for it. A record in which the person stands
      // is empty afterwards, and neither there nor gone; a change is not told any more. Triggers
      // see to that (migration 0032).
      {.table = "platform_record",
       .key = {"record_id"},
       .columns = {{"object_key"}, {"own_key"}, {"fields", Type::kJson}, {"reason"}},
       .also_set = "standing = 4"},
      {.table = "platform_change",
       .key = {"change_id"},
       .columns = {{"object_key"},
                   {"fields", Type::kJson},
                   {"before", Type::kJson},
                   {"whole", Type::kJson},
                   {"reason"}},
       .also_set = "state = 4, op_key = 'erased/' || t.change_id"},
      {.table = "platform_book", .key = {"object"}},
      {.table = "platform_push", .key = {"object", "request_id"}},
      {.table = "turn", .key = {"run_id"}},
      {.table = "journal",
       .key = {"run_id", "seq"},
       .columns = {{"facts", Type::kJson}},
       .live = kOfLiveRun},
      {.table = "run", .key = {"run_id"}, .columns = {{"note"}}, .live = "true"},
      {.table = "run_done", .key = {"run_id"}, .columns = {{"note"}}},
      {.table = "run_trigger", .key = {"workflow_id", "trigger_key"}},
      {.table = "workflow_enabled", .key = {"workspace", "name"}, .has_slot = false},
      {.table = "credential", .key = {"account_id"}, .has_slot = false}};
  return kPlaces;
}

const std::vector<Exempt>& ExemptTables() {
  static const std::vector<Exempt> kExempt = {
      {"api_key", "the platform's own keys, as hashes"},
      {"budget", "what companies have used of their quota, by a number made of a hash"},
      {"change", "counters"},
      {"data_key", "wrapped keys of accounts, tenants and the installation"},
      {"erasure", "the tombstones: no content, and the person only sealed while it is looked for"},
      {"erasure_key", "a sealed key for each tenant"},
      {"former_application", "former applications that accounts are renewed with, secrets sealed"},
      {"instance", "our own processes"},
      {"migration", "our own schema"},
      {"oauth_application", "applications of the platform and its tenants, their secrets sealed"},
      {"onward_feed", "how far events were looked at"},
      {"recording_feed", "how far events were looked at"},
      {"recording_waste", "ids of files that are to be erased; each row goes with its file"},
      {"secret", "named secrets of a tenant, sealed"},
      {"slot", "who owns which share"},
      {"token_key", "the sealed key that signs tenant tokens"},
      {"vault_key_holder", "which instance holds which vault key"},
      {"workflow", "definitions that the platform wrote"},
      {"writer", "our own processes"}};
  return kExempt;
}

}  // namespace sb::adapters::postgres
