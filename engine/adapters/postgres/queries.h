#pragma once

#include "engine/adapters/postgres/database.h"

// Every SQL statement of the stores. Each is one round trip and one transaction. What must be
// atomic over several tables is a function of the schema (migrations/), so that it can be read and
// tested beside the tables.
namespace sb::adapters::postgres {

// ---- account
// ---------------------------------------------------------------------------------------------------

inline constexpr Statement kAccountInsert = {"account.insert", R"sql(
  with made as (
    insert into eng.account (account_id, slot, tenant, connector, external_id, display_name, state, state_reason,
                             state_code, state_by, method, hook_id, hook_remote_id, hook_token_hash, hook_events,
                             profile, revision, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    on conflict (tenant, connector, external_id) where state <> 6 and external_id <> '' do nothing
    returning *
  ), noted as (
    insert into eng.account_change (account_id, revision, at, to_state, code, reason, by)
    select account_id, revision, created_at, state, state_code, state_reason, state_by from made
  )
  select account_id from made)sql"};

#define SB_ACCOUNT_COLUMNS                                                                    \
  "account_id, slot, tenant, connector, external_id, display_name, state, state_reason, "     \
  "state_code, state_by, method, hook_id, "                                                   \
  "hook_remote_id, hook_token_hash, to_json(hook_events) as hook_events, profile, revision, " \
  "created_at, updated_at"

inline constexpr Statement kAccountGet = {
    "account.get", "select " SB_ACCOUNT_COLUMNS " from eng.account where account_id = $1"};

inline constexpr Statement kAccountByHook = {
    "account.by_hook",
    "select " SB_ACCOUNT_COLUMNS " from eng.account where hook_id = $1 and hook_id <> ''"};

inline constexpr Statement kAccountByExternal = {
    "account.by_external", "select " SB_ACCOUNT_COLUMNS
                           " from eng.account where tenant = $1 and connector = $2 and "
                           "external_id = $3 and external_id <> '' and state <> 6"};

inline constexpr Statement kAccountSlots = {
    "account.slots_of_company",
    "select distinct slot from eng.account where connector = $1 and external_id = $2 and "
    "external_id <> '' and state <> 6 order by slot"};

inline constexpr Statement kAccountList = {
    "account.list",
    "select " SB_ACCOUNT_COLUMNS
    " from eng.account where account_id < $1 and ($2 = '' or tenant = $2) "
    "and ($3 = '' or connector = $3) and ($4::boolean or state <> 6) order by account_id desc "
    "limit $5",
    Planning::kEachTime};

#undef SB_ACCOUNT_COLUMNS

// Answers one row: the new revision, if the update took place, and whether there is such an account
// at all.
inline constexpr Statement kAccountUpdate = {"account.update", R"sql(
  with before as (
    select state from eng.account where account_id = $1 and revision = $2
  ), updated as (
    update eng.account
       set tenant = $3, connector = $4, external_id = $5, display_name = $6, state = $7, state_reason = $8,
           state_code = $9, state_by = $10, method = $11, hook_id = $12, hook_remote_id = $13, hook_token_hash = $14,
           hook_events = $15, profile = $16, revision = revision + 1, updated_at = $17
     where account_id = $1 and revision = $2
    returning *
  ), noted as (
    insert into eng.account_change (account_id, revision, at, from_state, to_state, code, reason, by)
    select u.account_id, u.revision, u.updated_at, b.state, u.state, u.state_code, u.state_reason, u.state_by
      from updated u, before b where b.state <> u.state
  )
  select (select revision from updated) as revision,
         exists (select from eng.account where account_id = $1) as known)sql"};

#define SB_CHANGE_COLUMNS                                                                     \
  "c.account_id, a.slot, c.revision, c.at, c.from_state, c.to_state, c.code, c.reason, c.by " \
  "from eng.account_change c join eng.account a on a.account_id = c.account_id "

inline constexpr Statement kAccountHistory = {
    "account.history", "select " SB_CHANGE_COLUMNS
                       "where c.account_id = $1 and c.revision < $2 order by c.revision desc "
                       "limit $3"};

inline constexpr Statement kAccountUntold = {
    "account.untold", "select " SB_CHANGE_COLUMNS
                      "where not c.told and a.slot = any($1::smallint[]) order by c.at limit $2"};

#undef SB_CHANGE_COLUMNS

inline constexpr Statement kAccountMarkTold = {
    "account.mark_told",
    "update eng.account_change set told = true where account_id = $1 and revision = $2"};

// One snapshot: the number and the accounts up to it belong together.
inline constexpr Statement kAccountChanges = {"account.changes", R"sql(
  select c.number, a.account_id from eng.change c left join eng.account a on a.change_number > $1
   where c.topic = 'accounts')sql"};

inline constexpr Statement kCredentialGet = {
    "credential.get",
    "select generation, sealed, expires_at, due_at, application_tenant, client_id "
    "from eng.credential where account_id = $1"};

inline constexpr Statement kCredentialPut = {"credential.put", R"sql(
  insert into eng.credential as c (account_id, generation, sealed, expires_at, due_at, application_tenant, client_id,
                                   updated_at)
  select $1::bigint, $2::bigint, $3::bytea, $4::timestamptz, $5::timestamptz, $6::text, $7::text, eng.now_()
   where $2::bigint = 1 or exists (select from eng.credential where account_id = $1)
  on conflict (account_id) do update
     set generation = excluded.generation, sealed = excluded.sealed, expires_at = excluded.expires_at,
         due_at = excluded.due_at, application_tenant = excluded.application_tenant,
         client_id = excluded.client_id, previous = '', previous_until = null, refresh_by = null, refresh_nonce = null,
         refresh_deadline = null, updated_at = excluded.updated_at
   where c.generation = excluded.generation - 1
  returning generation)sql"};

// ---- refresh
// ---------------------------------------------------------------------------------------------------

inline constexpr Statement kRefreshRead = {"refresh.read", R"sql(
  select generation, sealed, expires_at, due_at, application_tenant, client_id,
         case when previous_until > eng.now_() then previous else ''::bytea end as previous
    from eng.credential where account_id = $1)sql"};

inline constexpr Statement kRefreshClaim = {"refresh.claim", R"sql(
  update eng.credential
     set refresh_by = $3, refresh_nonce = $4, refresh_deadline = eng.now_() + $5 * interval '1 millisecond'
   where account_id = $1 and generation = $2
     and (refresh_deadline is null or refresh_deadline <= eng.now_() or refresh_by = $3)
  returning account_id)sql"};

inline constexpr Statement kRefreshRenew = {"refresh.renew", R"sql(
  update eng.credential
     set generation = generation + 1, sealed = $4, expires_at = $5, due_at = $6, previous = $7::bytea,
         previous_until = case when length($7::bytea) > 0 then eng.now_() + $8 * interval '1 millisecond' end,
         application_tenant = $9, client_id = $10,
         refresh_by = null, refresh_nonce = null, refresh_deadline = null, updated_at = eng.now_()
   where account_id = $1 and generation = $2 and refresh_nonce = $3
  returning generation)sql"};

inline constexpr Statement kRefreshGiveUp = {"refresh.give_up", R"sql(
  update eng.credential set due_at = $4, refresh_by = null, refresh_nonce = null, refresh_deadline = null
   where account_id = $1 and generation = $2 and refresh_nonce = $3)sql"};

inline constexpr Statement kRefreshPostpone = {
    "refresh.postpone",
    "update eng.credential set due_at = $3 where account_id = $1 and generation = $2"};

inline constexpr Statement kRefreshDue = {"refresh.due", R"sql(
  select c.account_id from eng.credential c join eng.account a on a.account_id = c.account_id
   where c.due_at <= $2 and a.slot = any($1::smallint[]) order by c.due_at limit $3)sql"};

inline constexpr Statement kRefreshForgetPrevious = {
    "refresh.forget_previous",
    "update eng.credential set previous = '', previous_until = null where previous_until <= "
    "eng.now_()"};

// ---- connect session
// -------------------------------------------------------------------------------------------

#define SB_SESSION_COLUMNS                                                                   \
  "session_id, token_hash, tenant, connector, return_url, state, state_hash, browser_hash, " \
  "error, account_id, "                                                                      \
  "created_at, expires_at, offers_oauth, offers_key, reconnects, opener_origin, "            \
  "from_provider, branding"

inline constexpr Statement kSessionInsert = {
    "session.insert", "insert into eng.connect_session (" SB_SESSION_COLUMNS
                      ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
                      "$15, $16, $17, $18)"};

inline constexpr Statement kSessionGet = {
    "session.get", "select " SB_SESSION_COLUMNS " from eng.connect_session where session_id = $1"};

inline constexpr Statement kSessionByToken = {"session.by_token",
                                              "select " SB_SESSION_COLUMNS
                                              " from eng.connect_session where token_hash = $1"};

inline constexpr Statement kSessionBegin = {"session.begin", R"sql(
  with begun as (
    update eng.connect_session set state = 2, state_hash = $2, browser_hash = $3, error = ''
     where session_id = $1 and state <> 3
    returning session_id
  )
  select exists (select from begun) as changed,
         exists (select from eng.connect_session where session_id = $1) as known)sql"};

inline constexpr Statement kSessionSpend = {
    "session.spend_state",
    "update eng.connect_session set state_hash = null where state_hash = $1 "
    "returning " SB_SESSION_COLUMNS};

// A session that has succeeded stays so; telling it so again is no error.
inline constexpr Statement kSessionFinish = {"session.finish", R"sql(
  with finished as (
    update eng.connect_session
       set state = case when $2::bigint is null then 4 else 3 end, account_id = $2, error = $3, state_hash = null
     where session_id = $1 and (state <> 3 or account_id = $2)
    returning session_id
  )
  select exists (select from finished) as changed,
         exists (select from eng.connect_session where session_id = $1) as known)sql"};

#undef SB_SESSION_COLUMNS

// ---- OAuth application
// ---------------------------------------------------------------------------------------

#define SB_APPLICATION_COLUMNS \
  "tenant, connector, client_id, sealed_secret, redirect_url, claim_url, install_key, updated_at"

// The install key of an application that is there already stays: it stands in the provider's form.
// What was there is locked and retired before it is written over, so that of two who replace it at
// once both are kept.
inline constexpr Statement kApplicationPut = {
    "application.put",
    "with before as (select * from eng.oauth_application where tenant = $1 and connector = $2 "
    "for update), "
    "retired as (insert into eng.former_application "
    "(tenant, connector, client_id, sealed_secret, retired_at) "
    "select tenant, connector, client_id, sealed_secret, $8::timestamptz from before "
    "where client_id <> $3 on conflict (tenant, connector, client_id) do update "
    "set sealed_secret = excluded.sealed_secret, retired_at = excluded.retired_at returning 1), "
    "returned as (delete from eng.former_application where tenant = $1 and connector = $2 "
    "and client_id = $3) "
    "insert into eng.oauth_application (" SB_APPLICATION_COLUMNS
    ") select $1::text, $2::text, $3::text, $4::bytea, $5::text, $6::text, $7::text, "
    "$8::timestamptz where (select count(*) from retired) >= 0 "
    "on conflict (tenant, connector) do update "
    "set client_id = excluded.client_id, sealed_secret = excluded.sealed_secret, "
    "redirect_url = excluded.redirect_url, claim_url = excluded.claim_url, "
    "updated_at = excluded.updated_at returning " SB_APPLICATION_COLUMNS};

inline constexpr Statement kApplicationFind = {
    "application.find", "select " SB_APPLICATION_COLUMNS
                        " from eng.oauth_application where tenant = $1 and connector = $2"};

inline constexpr Statement kApplicationByInstallKey = {
    "application.by_install_key",
    "select " SB_APPLICATION_COLUMNS " from eng.oauth_application where install_key = $1"};

inline constexpr Statement kApplicationList = {
    "application.list", "select " SB_APPLICATION_COLUMNS
                        " from eng.oauth_application where $2::bigint = 0 or tenant = $1 "
                        "order by tenant, connector"};

#undef SB_APPLICATION_COLUMNS

inline constexpr Statement kApplicationDelete = {"application.delete", R"sql(
  with gone as (
    delete from eng.oauth_application where tenant = $1 and connector = $2
    returning tenant, connector, client_id, sealed_secret)
  insert into eng.former_application (tenant, connector, client_id, sealed_secret, retired_at)
  select tenant, connector, client_id, sealed_secret, $3::timestamptz from gone
  on conflict (tenant, connector, client_id) do update
     set sealed_secret = excluded.sealed_secret, retired_at = excluded.retired_at
  returning tenant)sql"};

inline constexpr Statement kApplicationFindSecret = {"application.find_secret", R"sql(
  select sealed_secret
    from (select sealed_secret, 1 as place from eng.oauth_application
           where tenant = $1 and connector = $2 and client_id = $3
          union all
          select sealed_secret, 2 from eng.former_application
           where tenant = $1 and connector = $2 and client_id = $3) known
   order by place limit 1)sql"};

inline constexpr Statement kApplicationListFormer = {"application.list_former", R"sql(
  select tenant, connector, client_id, sealed_secret, retired_at from eng.former_application
   where $2::bigint = 0 or tenant = $1 order by tenant, connector, client_id)sql"};

inline constexpr Statement kApplicationUses = {"application.uses", R"sql(
  select c.application_tenant as tenant, a.connector, c.client_id, count(*) as accounts
    from eng.credential c join eng.account a using (account_id)
   where c.client_id <> '' and ($2::bigint = 0 or c.application_tenant = $1)
   group by 1, 2, 3 order by 1, 2, 3)sql"};

// One that has become the present one again at the moment in which it was retired is in both
// tables.
inline constexpr Statement kApplicationForgetUnused = {"application.forget_unused", R"sql(
  delete from eng.former_application f
   where f.retired_at < $1
     and (not exists (select from eng.credential c join eng.account a using (account_id)
                       where c.application_tenant = f.tenant and c.client_id = f.client_id
                         and a.connector = f.connector)
          or exists (select from eng.oauth_application o
                      where o.tenant = f.tenant and o.connector = f.connector and o.client_id = f.client_id)))sql"};

// ---- API key
// ---------------------------------------------------------------------------------------------------

#define SB_API_KEY_COLUMNS                                                                      \
  "key_id, key_hash, name, role, tenants is null as all_tenants, to_json(tenants) as tenants, " \
  "created_at, expires_at, revoked_at, successor, last_used_at"

inline constexpr Statement kApiKeyInsert = {"api_key.insert", R"sql(
  insert into eng.api_key (key_id, key_hash, name, role, tenants, created_at, expires_at)
  values ($1, $2, $3, $4, case when $5::boolean then null else $6::text[] end, $7, $8)
  on conflict (key_hash) do nothing)sql"};

inline constexpr Statement kApiKeyFind = {
    "api_key.find", "select " SB_API_KEY_COLUMNS " from eng.api_key where key_hash = $1"};

inline constexpr Statement kApiKeyGet = {
    "api_key.get", "select " SB_API_KEY_COLUMNS " from eng.api_key where key_id = $1"};

inline constexpr Statement kApiKeyList = {
    "api_key.list", "select " SB_API_KEY_COLUMNS
                    " from eng.api_key where key_id < $1 and ($2::boolean or tenants <@ "
                    "$3::text[]) order by key_id desc limit $4"};

#undef SB_API_KEY_COLUMNS

// `least` passes over what is null.
inline constexpr Statement kApiKeyReplace = {"api_key.replace", R"sql(
  with replaced as (
    update eng.api_key set successor = $1, expires_at = least(expires_at, $10)
     where key_id = $9 and successor is null and revoked_at is null and (expires_at is null or expires_at > $11)
    returning key_id
  )
  insert into eng.api_key (key_id, key_hash, name, role, tenants, created_at, expires_at)
  select $1::bigint, $2::bytea, $3::text, $4::smallint, case when $5::boolean then null else $6::text[] end,
         $7::timestamptz, $8::timestamptz
    from replaced
  returning key_id)sql"};

inline constexpr Statement kApiKeyRevoke = {
    "api_key.revoke",
    "update eng.api_key set revoked_at = coalesce(revoked_at, $2) where key_id = $1 "
    "returning key_id"};

inline constexpr Statement kApiKeyNoteUse = {
    "api_key.note_use",
    "update eng.api_key set last_used_at = $2 where key_id = $1 and (last_used_at is null or "
    "last_used_at < $2)"};

inline constexpr Statement kApiKeyHasAdmin = {"api_key.has_admin", R"sql(
  select exists (select from eng.api_key
                  where role = 1 and tenants is null and revoked_at is null and (expires_at is null or expires_at > $1)
                ) as has_admin)sql"};

// ---- token key
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kTokenKeyLeave = {
    "token_key.leave", "insert into eng.token_key (sealed) values ($1) on conflict do nothing"};

inline constexpr Statement kTokenKeyFind = {"token_key.find", "select sealed from eng.token_key"};

// ---- secret
// ----------------------------------------------------------------------------------------------------

inline constexpr Statement kSecretPut = {"secret.put", R"sql(
  insert into eng.secret (tenant, name, sealed, updated_at) values ($1, $2, $3, $4)
  on conflict (tenant, name) do update
    set sealed = excluded.sealed, updated_at = excluded.updated_at)sql"};

inline constexpr Statement kSecretFind = {
    "secret.find",
    "select tenant, name, sealed, updated_at from eng.secret where tenant = $1 and name = $2"};

inline constexpr Statement kSecretNames = {
    "secret.names",
    "select name, updated_at from eng.secret where tenant = $1 order by name collate \"C\""};

inline constexpr Statement kSecretDelete = {
    "secret.delete", "delete from eng.secret where tenant = $1 and name = $2 returning name"};

// ---- workflow
// --------------------------------------------------------------------------------------------------

#define SB_WORKFLOW_COLUMNS \
  "workflow_id, workspace, name, version, source, source_hash, deployed_at"

inline constexpr Statement kWorkflowInsert = {
    "workflow.insert",
    "insert into eng.workflow (" SB_WORKFLOW_COLUMNS
    ") values ($1, $2, $3, $4, $5, $6, $7) on conflict (workspace, name, version) do nothing "
    "returning " SB_WORKFLOW_COLUMNS};

inline constexpr Statement kWorkflowGet = {
    "workflow.get", "select " SB_WORKFLOW_COLUMNS " from eng.workflow where workflow_id = $1"};

inline constexpr Statement kWorkflowFind = {
    "workflow.find", "select " SB_WORKFLOW_COLUMNS
                     " from eng.workflow where workspace = $1 and name = $2 and version = $3"};

inline constexpr Statement kWorkflowNewest = {
    "workflow.newest",
    "select " SB_WORKFLOW_COLUMNS
    " from eng.workflow where workspace = $1 and name = $2 order by workflow_id desc limit 1"};

inline constexpr Statement kWorkflowList = {
    "workflow.list",
    "select " SB_WORKFLOW_COLUMNS
    " from eng.workflow where workflow_id < $1 order by workflow_id desc limit $2"};

#undef SB_WORKFLOW_COLUMNS

// For all accounts ($2 = 0) it also ends what another version was on for in single ones.
inline constexpr Statement kWorkflowEnable = {"workflow.enable", R"sql(
  with wanted as (
    select workflow_id, workspace, name from eng.workflow where workflow_id = $1
  ), ended as (
    delete from eng.workflow_enabled e using wanted w
     where $2::bigint = 0 and e.workspace = w.workspace and e.name = w.name and e.account_id <> 0
       and e.workflow_id <> w.workflow_id
  ), enabled as (
    insert into eng.workflow_enabled (workspace, name, account_id, workflow_id)
    select workspace, name, $2::bigint, workflow_id from wanted
    on conflict (workspace, name, account_id) do update set workflow_id = excluded.workflow_id
  )
  select workflow_id from wanted)sql"};

inline constexpr Statement kWorkflowDisable = {
    "workflow.disable",
    "delete from eng.workflow_enabled where workspace = $1 and name = $2 and account_id = $3"};

inline constexpr Statement kWorkflowListEnabled = {"workflow.list_enabled", R"sql(
  select workflow_id, workspace, name, account_id from eng.workflow_enabled
   order by workspace, name, workflow_id, account_id)sql"};

inline constexpr Statement kWorkflowChange = {
    "workflow.change", "select number from eng.change where topic = 'workflows'"};

// ---- inbox
// -----------------------------------------------------------------------------------------------------

inline constexpr Statement kInboxAppend = {
    "inbox.append",
    "select eng.append_inbox($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
    "$13, $14) as event_id"};

#define SB_INBOX_COLUMNS                                                                   \
  "i.slot, i.account_id, i.event_id, i.dedupe, i.source, i.event, i.entity, i.entity_id, " \
  "i.occurred_at, "                                                                        \
  "i.received_at, i.body, i.occurrence"

// "offset 0" keeps the look-up a look-up: joined freely, the planner may prefer to read the whole
// inbox.
inline constexpr Statement kInboxPending = {
    "inbox.pending",
    "select " SB_INBOX_COLUMNS
    ", p.tries from (select * from eng.inbox_pending where slot = any($1::smallint[]) and "
    "(not_before is null or not_before <= $2) order by event_id limit $3) p, "
    "lateral (select * from eng.inbox b where b.slot = p.slot and b.account_id = p.account_id and "
    "b.event_id = p.event_id offset 0) i order by i.event_id"};

inline constexpr Statement kInboxPostpone = {
    "inbox.postpone",
    "update eng.inbox_pending set tries = $3, not_before = $4 where slot = $1 and event_id = $2"};

inline constexpr Statement kInboxCountCrash = {
    "inbox.count_crash",
    "update eng.inbox_pending set tries = tries + $3 where slot = $1 and event_id = $2"};

inline constexpr Statement kInboxBury = {"inbox.bury", R"sql(
  with given_up as (
    delete from eng.inbox_pending where slot = $1 and event_id = $2 returning slot, account_id, event_id, tries
  )
  insert into eng.dead_letter (slot, account_id, event_id, tries, reason, buried_at)
  select slot, account_id, event_id, tries, $3, eng.now_() from given_up
  on conflict (slot, account_id, event_id) do update
     set tries = excluded.tries, reason = excluded.reason, buried_at = excluded.buried_at)sql"};

inline constexpr Statement kInboxGet = {
    "inbox.get", "select " SB_INBOX_COLUMNS " from eng.inbox i where i.event_id = $1"};

// A choice is a mode (0 all, 1 only these, 2 all but these) and its values.
#define SB_CHOSEN(column, mode, values, type) \
  "and (" mode "::int = 0 or (" column " = any(" values "::" type "[])) = (" mode "::int = 1)) "

#define SB_INBOX_FILTER \
  "i.event_id < $1 and i.event_id >= $2 " SB_CHOSEN("i.account_id", "$3", "$4", "bigint")   \
      SB_CHOSEN("i.event", "$5", "$6", "text") SB_CHOSEN("i.source", "$7", "$8", "smallint") \
          SB_CHOSEN("case when i.entity_id = '' then i.entity else i.entity || '/' || "     \
                    "i.entity_id end",                                                      \
                    "$9", "$10", "text")                                                    \
  "and ($11::timestamptz is null or i.occurred_at >= $11) and ($12::timestamptz is null or " \
  "i.occurred_at < $12) order by i.event_id desc limit $13"

inline constexpr Statement kInboxList = {
    "inbox.list", "select " SB_INBOX_COLUMNS " from eng.inbox i where " SB_INBOX_FILTER,
    Planning::kEachTime};

inline constexpr Statement kInboxFind = {
    "inbox.find",
    "select event_id from eng.inbox_key where slot = $1 and account_id = $2 and dedupe = $3"};

// ---- delivery history
// ------------------------------------------------------------------------------------------

inline constexpr Statement kDeliveryLast = {
    "delivery.last",
    "select received_at from eng.inbox where account_id = $1 and source = 1 "
    "order by event_id desc limit 1"};

// Ids are time-ordered: only the partitions since then are looked at.
inline constexpr Statement kDeliveryTold = {
    "delivery.told",
    "select distinct occurrence from eng.inbox where account_id = $1 and event_id >= $2 and "
    "occurrence = any($3::bytea[])",
    Planning::kEachTime};

inline constexpr Statement kDeliveryRecovered = {
    "delivery.recovered",
    "select count(*) as recovered from eng.inbox where account_id = $1 and event_id >= $2 and "
    "source = 3",
    Planning::kEachTime};

// ---- dead letter
// -----------------------------------------------------------------------------------------------

#define SB_DEAD_LETTERS                                                          \
  "select " SB_INBOX_COLUMNS                                                     \
  ", d.tries, d.reason, d.buried_at from eng.dead_letter d join eng.inbox i on " \
  "i.slot = d.slot and i.account_id = d.account_id and i.event_id = d.event_id "

inline constexpr Statement kDeadLetterList = {
    "dead_letter.list", SB_DEAD_LETTERS "where " SB_INBOX_FILTER, Planning::kEachTime};

inline constexpr Statement kDeadLetterGet = {"dead_letter.get",
                                             SB_DEAD_LETTERS "where d.event_id = $1"};

inline constexpr Statement kDeadLetterRevive = {"dead_letter.revive", R"sql(
  with revived as (
    delete from eng.dead_letter where event_id = $1 returning slot, account_id, event_id
  ), pending as (
    insert into eng.inbox_pending (slot, event_id, account_id)
    select slot, event_id, account_id from revived
    on conflict (slot, event_id) do nothing
  )
  select event_id from revived)sql"};

inline constexpr Statement kDeadLetterDiscard = {
    "dead_letter.discard", "delete from eng.dead_letter where event_id = $1 returning event_id"};

#undef SB_DEAD_LETTERS
#undef SB_INBOX_FILTER

// ---- feed
// ------------------------------------------------------------------------------------------------------

// What was written by a transaction below the horizon is decided: nothing can appear there any
// more.
#define SB_HORIZON "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon"

inline constexpr Statement kFeedEnd = {"feed.end", SB_HORIZON};

inline constexpr Statement kFeedEvents = {
    "feed.events",
    "select h.horizon, " SB_INBOX_COLUMNS ", i.commit_id from (" SB_HORIZON
    ") h left join lateral (select * from eng.inbox b where (b.commit_id, b.event_id) > ($1, $2) "
    "and b.commit_id < h.horizon order by b.commit_id, b.event_id limit $3) i on true "
    "order by i.commit_id, i.event_id"};

inline constexpr Statement kFeedEventsOf = {
    "feed.events_of",
    "select h.horizon, " SB_INBOX_COLUMNS ", i.commit_id from (" SB_HORIZON
    ") h left join lateral (select * from eng.inbox b where (b.commit_id, b.event_id) > ($1, $2) "
    "and b.commit_id < h.horizon and b.account_id = any($4::bigint[]) and b.event = "
    "any($5::text[]) order by b.commit_id, b.event_id limit $3) i on true "
    "order by i.commit_id, i.event_id"};

inline constexpr Statement kFeedJournal = {
    "feed.journal",
    "select h.horizon, j.*, coalesce((select r.workflow_id from eng.run r where r.slot = j.slot "
    "and r.account_id = j.account_id and r.run_id = j.run_id), (select d.workflow_id from "
    "eng.run_done d where d.slot = j.slot and d.account_id = j.account_id and d.run_id = "
    "j.run_id)) as workflow_id from (" SB_HORIZON
    ") h left join lateral (select * from eng.journal b where b.commit_id >= $1 and b.commit_id < "
    "h.horizon and (b.commit_id, b.run_id, b.seq) > ($1, $2, $3) order by b.commit_id, b.run_id, "
    "b.seq limit $4) j on true order by j.commit_id, j.run_id, j.seq"};

#undef SB_HORIZON
#undef SB_INBOX_COLUMNS

// ---- run
// -------------------------------------------------------------------------------------------------------

#define SB_COMMIT_BATCH                                               \
  "select eng.commit_batch($1, $2, $3, $4, "                          \
  "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, " \
  "$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, "                \
  "$29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, " \
  "$42, $43, $44, $45, $46, $47, $48, $49) as rejected"

inline constexpr Statement kRunCommit = {"run.commit", SB_COMMIT_BATCH};

// One statement, and so one transaction; the parts of a union are carried out in their order.
inline constexpr Statement kRunCommitMore = {
    "run.commit_more", SB_COMMIT_BATCH
    " union all select eng.put_schedules($50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60)"
    " union all select eng.put_turns($61, $62, $63, $64, $65, $66, $67, $68)"
    " union all select stored from eng.append_inbox($69, $70, $71, $72, $73, $74, $75, $76, $77, "
    "$78, "
    "$79, $80, $81, $82) as stored where stored is null"};  // none is: it only has to be carried
                                                            // out

#undef SB_COMMIT_BATCH

inline constexpr Statement kRunSettle = {"run.settle", R"sql(
  select new_incarnation, committed, to_json(rejected_runs) as rejected
    from eng.settle_commit($1, $2, $3, $4, $5, $6, $7, $8, $9))sql"};

#define SB_RUN_COLUMNS \
  "slot, account_id, run_id, workflow_id, event_id, lane, status, note, seq, updated_at"
#define SB_JOURNAL_COLUMNS                                                                   \
  "j.seq as j_seq, j.kind as j_kind, j.task as j_task, j.attempt as j_attempt, j.op_key as " \
  "j_op_key, "                                                                               \
  "j.facts as j_facts, j.at as j_at"
// From its newest snapshot (kind 6) on; most runs have none, and an index of those that there are
// says so at once.
#define SB_JOURNAL_OF_RUN                                                                     \
  "left join lateral (select * from eng.journal x where x.slot = r.slot and x.account_id = "  \
  "r.account_id and "                                                                         \
  "x.run_id = r.run_id and x.seq >= coalesce((select max(s.seq) from eng.journal s where "    \
  "s.slot = r.slot and s.account_id = r.account_id and s.run_id = r.run_id and s.kind = 6), " \
  "0) order by x.seq offset 0) j on true order by r.run_id, j.seq"

inline constexpr Statement kRunLoadLive = {
    "run.load_live",
    "select r.*, " SB_JOURNAL_COLUMNS " from (select " SB_RUN_COLUMNS
    ", crash_count from eng.run where slot = any($1::smallint[]) and run_id > $2 order by "
    "run_id limit $3) r " SB_JOURNAL_OF_RUN};

// State 3 (waiting for an event) is loaded too: whoever waits for events listens in memory.
inline constexpr Statement kRunLoadDue = {
    "run.load_due", "select r.*, " SB_JOURNAL_COLUMNS " from (select " SB_RUN_COLUMNS
                    ", crash_count from eng.run where slot = any($1::smallint[]) and (state = 3 or "
                    "state in (1, 2) and (wake_at is null or wake_at <= $2)) and run_id > $3 order "
                    "by run_id limit $4) r " SB_JOURNAL_OF_RUN};

inline constexpr Statement kRunLoadThese = {
    "run.load_these",
    "select r.*, " SB_JOURNAL_COLUMNS " from (select " SB_RUN_COLUMNS
    ", crash_count from eng.run where run_id = any($1::bigint[])) r " SB_JOURNAL_OF_RUN};

inline constexpr Statement kRunFindDue = {"run.find_due", R"sql(
  select run_id from eng.run
   where state in (1, 2) and wake_at <= $2 and slot = any($1::smallint[]) and run_id > $3
   order by run_id limit $4)sql"};

inline constexpr Statement kRunGet = {
    "run.get", "select r.*, " SB_JOURNAL_COLUMNS " from (select " SB_RUN_COLUMNS
               ", crash_count from eng.run where run_id = $1 union all select " SB_RUN_COLUMNS
               ", 0::smallint from eng.run_done where run_id = $1) r " SB_JOURNAL_OF_RUN};

#define SB_RUN_FILTER \
  "run_id < $1 and run_id >= $2 " SB_CHOSEN("account_id", "$3", "$4", "bigint")   \
      SB_CHOSEN("workflow_id", "$5", "$6", "bigint")                              \
          SB_CHOSEN("status", "$7", "$8", "text")                                 \
              SB_CHOSEN("coalesce(event_id, 0)", "$9", "$10", "bigint")           \
  "and (cardinality($11::text[]) = 0 or lower(note) like all ($11)) order by run_id desc " \
  "limit $12"

inline constexpr Statement kRunList = {
    "run.list",
    "select * from ((select " SB_RUN_COLUMNS " from eng.run where " SB_RUN_FILTER
    ") union all (select " SB_RUN_COLUMNS " from eng.run_done where " SB_RUN_FILTER
    ")) r order by run_id desc limit $12",
    Planning::kEachTime};

#undef SB_RUN_FILTER
#undef SB_CHOSEN
#undef SB_JOURNAL_OF_RUN
#undef SB_JOURNAL_COLUMNS
#undef SB_RUN_COLUMNS

inline constexpr Statement kRunLoadTurns = {
    "run.load_turns",
    "select slot, account_id, run_id, line, most, policy, taken from eng.turn where slot = "
    "any($1::smallint[]) order by run_id"};

inline constexpr Statement kRunCountCrash = {
    "run.count_crash", "update eng.run set crash_count = crash_count + 1 where run_id = $1"};

inline constexpr Statement kRunForgetCrashes = {
    "run.forget_crashes",
    "update eng.run set crash_count = 0 where run_id = $1 and crash_count > 0"};

inline constexpr Statement kRunByTrigger = {"run.by_trigger", R"sql(
  select run_id from eng.run_trigger
   where slot = $1 and account_id = $2 and workflow_id = $3 and trigger_key = $4)sql"};

inline constexpr Statement kBudgetLoad = {"budget.load", R"sql(
  select limit_eff, foreign_est, cool_until, first_second, to_json(used) as used, reserved
    from eng.budget where slot = $1 and company_id = $2)sql"};

// ---- schedule
// --------------------------------------------------------------------------------------------------

inline constexpr Statement kScheduleLoad = {
    "schedule.load",
    "select slot, account_id, workspace, name, workflow_id, plan, due_at, last_at, run_id, "
    "crash_count from eng.schedule where slot = any($1::smallint[])"};

inline constexpr Statement kScheduleCountCrash = {
    "schedule.count_crash",
    "update eng.schedule set crash_count = crash_count + 1 where slot = $1 and workflow_id = $2"};

// States 2 and 7 are accounts that work, 6 a disconnected one.
inline constexpr Statement kScheduleAccounts = {
    "schedule.accounts",
    "select account_id, slot, state <> 6 as connected, state in (2, 7) as active, revision "
    "from eng.account where slot = any($1::smallint[])"};

inline constexpr Statement kScheduleEnds = {"schedule.ends", R"sql(
  select t.run_id, case when l.run_id is null then coalesce(d.updated_at, $2) end as ended_at
    from unnest($1::bigint[]) with ordinality as t (run_id, place)
    left join lateral (select r.run_id from eng.run r where r.run_id = t.run_id) l on true
    left join lateral (select r.updated_at from eng.run_done r where r.run_id = t.run_id) d on true
   order by t.place)sql"};

inline constexpr Statement kScheduleNext = {"schedule.next", R"sql(
  select s.workflow_id, min(s.due_at) as due_at from eng.schedule s
   where s.workflow_id = any($1::bigint[]) and s.due_at is not null
     and ($2 = '' or exists (select from eng.account a where a.account_id = s.account_id and a.tenant = $2))
   group by s.workflow_id order by s.workflow_id)sql"};

// ---- ownership
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kInstanceRegister = {
    "instance.register",
    "select new_incarnation, registered_at from eng.register_instance($1, $2)"};

inline constexpr Statement kInstanceHeartbeat = {"instance.heartbeat", R"sql(
  update eng.instance set heartbeat_at = eng.now_()
   where instance_id = $1 and incarnation = $2 and state = 1
  returning instance_id)sql"};

inline constexpr Statement kInstanceClaim = {"instance.claim_slots",
                                             "select eng.claim_slots($1, $2) as slot"};

inline constexpr Statement kInstanceShare = {
    "instance.share",
    "select ceil(1024.0 / greatest(count(*), 1))::int as share from eng.instance where state = 1"};

inline constexpr Statement kInstanceReleaseSlots = {"instance.release_slots",
                                                    "select eng.release_slots($1, $2, $3)"};

inline constexpr Statement kInstanceFenceDead = {
    "instance.fence_dead",
    "select eng.fence_dead($1, make_interval(secs => $2::double precision / 1000)) as fenced"};

inline constexpr Statement kInstanceRelease = {"instance.release",
                                               "select eng.release_instance($1, $2)"};

// ---- commands between instances
// -----------------------------------------------------------------------------------------

inline constexpr Statement kCommandAsk = {"command.ask", R"sql(
  insert into eng.command (slot, command_id, account_id, kind, asker, body, asked_at, expires_at)
  select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::json[],
                       $7::timestamptz[], $8::timestamptz[])
  on conflict (slot, command_id) do nothing)sql"};

inline constexpr Statement kCommandTake = {"command.take", R"sql(
  with due as materialized (
    select slot, command_id from eng.command
     where slot = any($3::smallint[])
       and (state = 1 and (takes > 0 or expires_at > $4) or state = 2 and (taker, taker_life) <> ($1::bigint, $2::bigint))
     order by command_id limit $5
     for update skip locked
  )
  update eng.command c set state = 2, taker = $1, taker_life = $2, takes = takes + 1
    from due where c.slot = due.slot and c.command_id = due.command_id
  returning c.*)sql"};

inline constexpr Statement kCommandPutBack = {
    "command.put_back",
    "update eng.command set state = 1, takes = takes - 1 where slot = $1 and command_id = $2 and "
    "state = 2 and taker = $3 and taker_life = $4"};

inline constexpr Statement kCommandAnswer = {
    "command.answer",
    "update eng.command set state = 3, answer = $3 where slot = $1 and command_id = $2 and state = "
    "2"};

inline constexpr Statement kCommandAnswers = {
    "command.answers",
    "select slot, command_id, answer from eng.command where asker = $1 and state = 3"};

inline constexpr Statement kCommandDiscard = {
    "command.discard",
    "delete from eng.command c using unnest($1::smallint[], $2::bigint[]) as t (slot, command_id) "
    "where c.slot = t.slot and c.command_id = t.command_id"};

inline constexpr Statement kCommandWithdraw = {
    "command.withdraw",
    "delete from eng.command where slot = $1 and command_id = $2 and state = 1 and takes = 0 "
    "returning command_id"};

inline constexpr Statement kCommandRemoveExpired = {
    "command.remove_expired", "delete from eng.command where expires_at < $1 returning command_id"};

// ---- data keys
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kDataKeyFind = {
    "data_key.find", "select owner, key_id, wrapped from eng.data_key where owner = $1"};

// The lock orders it with a change of the key that wraps: it comes before, or sees the new one.
inline constexpr Statement kDataKeyAdd = {"data_key.add", R"sql(
  insert into eng.data_key (owner, key_id, wrapped, wrapped_at)
  select $1, $2, $3, eng.now_() from eng.data_key c where c.owner = 'vault-check' and c.key_id = $2 for share of c
  on conflict (owner) do nothing
  returning owner)sql"};

inline constexpr Statement kDataKeyAddCheck = {"data_key.add_check", R"sql(
  insert into eng.data_key (owner, key_id, wrapped, wrapped_at) values ($1, $2, $3, eng.now_())
  on conflict (owner) do nothing
  returning owner)sql"};

inline constexpr Statement kDataKeyNotUnder = {"data_key.not_under", R"sql(
  select owner, key_id, wrapped from eng.data_key
   where key_id <> $1 and owner > $2 and owner <> 'vault-check' order by owner limit $3)sql"};

inline constexpr Statement kDataKeyRewrap = {"data_key.rewrap", R"sql(
  update eng.data_key k set key_id = t.key_id, wrapped = t.wrapped, wrapped_at = eng.now_()
    from unnest($1::text[], $2::bytea[], $3::text[], $4::bytea[]) as t (owner, before, key_id, wrapped)
   where k.owner = t.owner and k.wrapped = t.before
  returning k.owner)sql"};

// Who started within the last minute may not be registered yet.
#define SB_INSTANCES_LACKING(key_id)                                                            \
  "select i.instance_id from eng.instance i left join eng.vault_key_holder h using "            \
  "(instance_id) where i.state = 1 and " key_id                                                 \
  " <> all (coalesce(h.key_ids, '{}')) union select h.instance_id from eng.vault_key_holder h " \
  "where h.noted_at > eng.now_() - interval '1 minute' and " key_id " <> all (h.key_ids)"

inline constexpr Statement kDataKeyMoveCheck = {
    "data_key.move_check",
    "update eng.data_key set key_id = $2, wrapped = $3, wrapped_at = eng.now_() "
    "where owner = 'vault-check' and wrapped = $1 and not exists (" SB_INSTANCES_LACKING(
        "$2") ") returning owner"};

inline constexpr Statement kVaultKeyLacking = {"vault_key.lacking",
                                               SB_INSTANCES_LACKING("$1") " order by instance_id"};

#undef SB_INSTANCES_LACKING

inline constexpr Statement kVaultKeyHold = {"vault_key.hold", R"sql(
  insert into eng.vault_key_holder (instance_id, key_ids, noted_at) values ($1, $2, eng.now_())
  on conflict (instance_id) do update set key_ids = excluded.key_ids, noted_at = excluded.noted_at)sql"};

inline constexpr Statement kVaultKeyUses = {"vault_key.uses", R"sql(
  select key_id, sum(data_keys) as data_keys, sum(early_values) as early_values
    from (select key_id, count(*) filter (where owner <> 'vault-check') as data_keys, 0 as early_values
            from eng.data_key group by key_id
          union all
          select encode(substring(sealed from 2 for 8), 'hex'), 0, 1 from eng.credential
           where substring(sealed for 1) = '\x01'::bytea
          union all
          select encode(substring(sealed from 2 for 8), 'hex'), 0, 1 from eng.secret
           where substring(sealed for 1) = '\x01'::bytea) used
   group by key_id order by key_id)sql"};

// ---- values sealed before there were data keys
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kEarlyCredentials = {"early.credentials", R"sql(
  select account_id, a.connector, c.generation, c.sealed
    from eng.credential c join eng.account a using (account_id)
   where substring(c.sealed for 1) = '\x01'::bytea and account_id > $1 order by account_id limit $2)sql"};

inline constexpr Statement kEarlyCredentialReplace = {"early.replace_credential", R"sql(
  update eng.credential set sealed = $3, updated_at = eng.now_() where account_id = $1 and sealed = $2
  returning account_id)sql"};

inline constexpr Statement kEarlySecrets = {"early.secrets", R"sql(
  select tenant, name, sealed, updated_at from eng.secret
   where substring(sealed for 1) = '\x01'::bytea and (tenant, name) > ($1, $2) order by tenant, name limit $3)sql"};

inline constexpr Statement kEarlySecretReplace = {"early.replace_secret", R"sql(
  update eng.secret set sealed = $4 where tenant = $1 and name = $2 and sealed = $3 returning name)sql"};

// ---- gap
// -------------------------------------------------------------------------------------------------------

inline constexpr Statement kGapOpen = {"gap.open", R"sql(
  insert into eng.gap (slot, account_id, gap_id, reason, state, from_time, to_time, recovered, open_count, records,
                       position, step, found_at)
  values ($1, $2, $3, $4, 1, $5, null, 0, 0, 0, $6::json, 0, $7)
  on conflict do nothing returning gap_id)sql"};

#define SB_GAP_COLUMNS                                                                            \
  "slot, account_id, gap_id, reason, state, from_time, to_time, recovered, open_count, records, " \
  "position, step, found_at, reading_at, closed_at, told"

inline constexpr Statement kGapList = {
    "gap.list",
    "select " SB_GAP_COLUMNS
    " from eng.gap where account_id = $1 and gap_id < $2 order by gap_id desc limit $3"};

inline constexpr Statement kGapUnfinished = {
    "gap.unfinished", "select " SB_GAP_COLUMNS
                      " from eng.gap where not told and slot = any($1::smallint[]) order by gap_id "
                      "limit $2"};

#undef SB_GAP_COLUMNS

inline constexpr Statement kGapSave = {"gap.save", R"sql(
  update eng.gap
     set step = step + 1, state = $5, from_time = $6, to_time = $7, recovered = $8, open_count = $9, records = $10,
         position = $11::json, reading_at = $12, closed_at = $13, told = ($14 = 1)
   where slot = $1 and account_id = $2 and gap_id = $3 and step = $4
  returning step)sql"};

// ---- recording
// ------------------------------------------------------------------------------------------------

#define SB_RECORDING_COLUMNS                                                                   \
  "slot, account_id, recording_id, call_id, kind, party, event_id, told_at, state, attempts, " \
  "due_at, reason, size, sha256, content_type, kept_at, erase_at, erased_at, step, created_at"

inline constexpr Statement kRecordingWant = {"recording.want", R"sql(
  insert into eng.recording (slot, account_id, recording_id, call_id, kind, party, event_id, told_at, state, due_at,
                             created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)
  on conflict do nothing returning recording_id)sql"};

inline constexpr Statement kRecordingGet = {
    "recording.get", "select " SB_RECORDING_COLUMNS " from eng.recording where recording_id = $1"};

inline constexpr Statement kRecordingList = {
    "recording.list", "select " SB_RECORDING_COLUMNS
                      " from eng.recording where account_id = $1 and recording_id < $2 "
                      "and ($4::text = '' or call_id = $4::text) "
                      "and ($5::smallint = 0 or state = $5::smallint) "
                      "order by recording_id desc limit $3"};

inline constexpr Statement kRecordingDue = {
    "recording.due", "select " SB_RECORDING_COLUMNS
                     " from eng.recording where state in (1, 2) and due_at <= $2 and slot = "
                     "any($1::smallint[]) order by due_at, recording_id limit $3"};

#undef SB_RECORDING_COLUMNS

inline constexpr Statement kRecordingSave = {"recording.save", R"sql(
  update eng.recording
     set step = step + 1, state = $5, attempts = $6, due_at = $7, reason = $8, size = $9, sha256 = $10,
         content_type = $11, kept_at = $12, erase_at = $13, erased_at = $14, party = $15
   where slot = $1 and account_id = $2 and recording_id = $3 and step = $4
  returning step)sql"};

inline constexpr Statement kRecordingExpire = {"recording.expire", R"sql(
  update eng.recording r
     set state = 5, erased_at = $1, erase_at = null, sha256 = null, party = '', reason = 'RETENTION', step = step + 1
    from (select slot, account_id, recording_id from eng.recording
           where state = 3 and erase_at <= $1 order by erase_at limit $2 for update skip locked) due
   where r.slot = due.slot and r.account_id = due.account_id and r.recording_id = due.recording_id
  returning r.recording_id)sql"};

inline constexpr Statement kRecordingPolicyGet = {
    "recording.policy",
    "select slot, account_id, recordings, voicemails, retain_days, most_bytes, since from "
    "eng.recording_policy where account_id = $1"};

inline constexpr Statement kRecordingPolicies = {
    "recording.policies",
    "select slot, account_id, recordings, voicemails, retain_days, most_bytes, since from "
    "eng.recording_policy where recordings or voicemails order by account_id"};

inline constexpr Statement kRecordingPolicySet = {"recording.set_policy", R"sql(
  with kept as (
    update eng.recording
       set erase_at = case when $5::int = 0 then null else kept_at + make_interval(days => $5::int) end,
           step = step + 1
     where account_id = $2 and state = 3
  )
  insert into eng.recording_policy as p (slot, account_id, recordings, voicemails, retain_days, most_bytes, since)
  values ($1, $2, $3 = 1, $4 = 1, $5, $6, $7)
  on conflict (slot, account_id) do update
    set recordings = excluded.recordings, voicemails = excluded.voicemails, retain_days = excluded.retain_days,
        most_bytes = excluded.most_bytes,
        since = case when p.recordings or p.voicemails then p.since else excluded.since end)sql"};

inline constexpr Statement kRecordingPosition = {
    "recording.position", "select commit_id, event_id from eng.recording_feed"};

inline constexpr Statement kRecordingSavePosition = {"recording.save_position", R"sql(
  insert into eng.recording_feed (commit_id, event_id) values ($1, $2)
  on conflict (one) do update set commit_id = excluded.commit_id, event_id = excluded.event_id)sql"};

inline constexpr Statement kRecordingWaste = {
    "recording.waste",
    "select slot, account_id, recording_id from eng.recording_waste where due_at <= $1 order by "
    "due_at limit $2"};

inline constexpr Statement kRecordingWasted = {"recording.wasted", R"sql(
  with again as (
    update eng.recording_waste set due_at = again_at, again_at = null, tried = true
     where slot = $1 and account_id = $2 and recording_id = $3 and again_at is not null
    returning recording_id
  )
  delete from eng.recording_waste
   where slot = $1 and account_id = $2 and recording_id = $3 and again_at is null)sql"};

inline constexpr Statement kRecordingHasWaste = {
    "recording.has_waste",
    "select exists (select from eng.recording_waste where not tried and ($1::bigint = 0 or "
    "account_id = $1::bigint)) as has"};

inline constexpr Statement kWatchGet = {
    "watch.get", "select good_at, probed_at, since from eng.webhook_watch where account_id = $1"};

inline constexpr Statement kWatchNote = {"watch.note", R"sql(
  insert into eng.webhook_watch as w (slot, account_id, good_at, probed_at, since)
  values ($1, $2, $3, $4, $5::jsonb)
  on conflict (slot, account_id) do update
     set good_at = greatest(w.good_at, excluded.good_at), probed_at = greatest(w.probed_at, excluded.probed_at),
         since = case when excluded.since = '{}' then w.since else excluded.since end)sql"};

// ---- settling
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kSettlingOpen = {"settling.open", R"sql(
  insert into eng.settling (slot, account_id, settling_id, record_key, entity, subject, record_id, state, ended_at,
                            seen_at, content, due_at, confirmed_by, looks, step)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)
  on conflict do nothing returning step)sql"};

#define SB_SETTLING_COLUMNS                                                        \
  "slot, account_id, settling_id, record_key, entity, subject, record_id, state, " \
  "ended_at, seen_at, content, due_at, confirmed_by, looks, step"

inline constexpr Statement kSettlingFind = {
    "settling.find", "select " SB_SETTLING_COLUMNS
                     " from eng.settling where slot = $1 and account_id = $2 and record_key = $3"};

inline constexpr Statement kSettlingDue = {
    "settling.due", "select " SB_SETTLING_COLUMNS
                    " from eng.settling where slot = any($1::smallint[]) and due_at <= $2 and "
                    "account_id <> all($3::bigint[]) order by due_at, settling_id limit $4"};

#undef SB_SETTLING_COLUMNS

inline constexpr Statement kSettlingSave = {"settling.save", R"sql(
  update eng.settling
     set step = step + 1, state = $5, ended_at = $6, seen_at = $7, content = $8, due_at = $9, confirmed_by = $10,
         looks = $11
   where slot = $1 and account_id = $2 and settling_id = $3 and step = $4
  returning step)sql"};

// ---- syncs
// -------------------------------------------------------------------------------------------------

#define SB_SYNC_COLUMNS                                                                        \
  "slot, account_id, sync_id, workspace, name, version, definition, connection, schema_name, " \
  "state, reason, created_at, step, heard_commit, heard_event, kind"

inline constexpr Statement kSyncInsert = {
    "sync.insert", "insert into eng.sync (" SB_SYNC_COLUMNS
                   ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
                   "$14, $15, $16) on conflict do nothing returning step"};

inline constexpr Statement kSyncOfName = {"sync.of_name", R"sql(
  select sync_id from eng.sync where account_id = $1 and workspace = $2 and name = $3 and state <> 3)sql"};

inline constexpr Statement kSyncGet = {
    "sync.get", "select " SB_SYNC_COLUMNS " from eng.sync where account_id = $1 and sync_id = $2"};

inline constexpr Statement kSyncList = {"sync.list", "select " SB_SYNC_COLUMNS
                                                     " from eng.sync where account_id = $1 and "
                                                     "state <> 3 order by workspace, name"};

inline constexpr Statement kSyncRunning = {
    "sync.running",
    "select " SB_SYNC_COLUMNS
    " from eng.sync where slot = any($1::smallint[]) and state = 2 and kind = $2 order by sync_id"};

inline constexpr Statement kSyncLeft = {
    "sync.left", "select " SB_SYNC_COLUMNS
                 " from eng.sync where slot = any($1::smallint[]) and state = 3 and kind = 2 and "
                 "reason = 'LINK_SIDE_LEFT' order by sync_id limit $2"};

#undef SB_SYNC_COLUMNS

inline constexpr Statement kSyncSaveHeard = {"sync.save_heard", R"sql(
  update eng.sync set heard_commit = $4, heard_event = $5
   where slot = $1 and account_id = $2 and sync_id = $3 and heard_commit = $6 and heard_event = $7
  returning step)sql"};

inline constexpr Statement kSyncSave = {"sync.save", R"sql(
  update eng.sync
     set step = step + 1, version = $5, definition = $6, state = $7, reason = $8
   where slot = $1 and account_id = $2 and sync_id = $3 and step = $4
  returning step)sql"};

#define SB_SYNC_STREAM_COLUMNS                                                    \
  "slot, account_id, sync_id, stream, known_until, whole_at, asked_at, reading, " \
  "window_from, window_to, begun_at, proven, position, requests, written, rejected, due_at, error"

inline constexpr Statement kSyncStreamAdd = {
    "sync.stream_add",
    "insert into eng.sync_stream (" SB_SYNC_STREAM_COLUMNS
    ", step) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::boolean, "
    "$13::jsonb, $14, $15, $16, $17, $18, $19) on conflict do nothing"};

inline constexpr Statement kSyncStreams = {
    "sync.streams", "select " SB_SYNC_STREAM_COLUMNS
                    ", step from eng.sync_stream where slot = $1 and account_id = $2 and "
                    "sync_id = $3 order by stream"};

inline constexpr Statement kSyncStreamSave = {"sync.stream_save", R"sql(
  update eng.sync_stream
     set step = step + 1, known_until = $5, whole_at = $6, asked_at = $7, reading = $8, window_from = $9,
         window_to = $10, begun_at = $11, proven = $12::text::boolean, position = $13::jsonb, requests = $14,
         written = $15, rejected = $16, due_at = $17, error = $18
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and step = $19
  returning step)sql"};

inline constexpr Statement kSyncDue = {"sync.due", R"sql(
  select t.* from eng.sync_stream t
    join eng.sync s on s.slot = t.slot and s.account_id = t.account_id and s.sync_id = t.sync_id and s.state = 2
   where t.slot = any($1::smallint[]) and t.due_at <= $2
   order by t.due_at, t.sync_id, t.stream limit $3)sql"};

#undef SB_SYNC_STREAM_COLUMNS

inline constexpr Statement kSyncReceive = {"sync.receive", R"sql(
  with former as (
    delete from eng.sync_receipt
     where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and window_from between $5 and $6
       and (window_from, window_to) <> ($5, $6))
  insert into eng.sync_receipt as r (slot, account_id, sync_id, stream, window_from, window_to, counted, read, proven,
                                     behind_wall, attempts, read_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::boolean, $10, $11, $12)
  on conflict (slot, account_id, sync_id, stream, window_from, window_to) do update
     set counted = excluded.counted, read = excluded.read, proven = excluded.proven,
         behind_wall = excluded.behind_wall, attempts = excluded.attempts, read_at = excluded.read_at)sql"};

inline constexpr Statement kSyncReceipts = {"sync.receipts", R"sql(
  select window_from, window_to, counted, read, proven, behind_wall, attempts, read_at from eng.sync_receipt
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4
   order by window_from desc, window_to limit $5)sql"};

inline constexpr Statement kSyncReject = {"sync.reject", R"sql(
  insert into eng.sync_reject (slot, account_id, sync_id, stream, object_key, code, reason, rejected_at)
  select $1::smallint, $2::bigint, $3::bigint, $4::text, u.key, u.code, u.reason, u.at
    from unnest($5::text[], $6::text[], $7::text[], $8::timestamptz[]) as u(key, code, reason, at)
  on conflict (slot, account_id, sync_id, stream, object_key, code) do update
     set reason = excluded.reason, rejected_at = excluded.rejected_at)sql"};

inline constexpr Statement kSyncRejected = {"sync.rejected", R"sql(
  select object_key, code, reason, rejected_at from eng.sync_reject
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4
   order by rejected_at desc, object_key limit $5)sql"};

inline constexpr Statement kSyncRejectsOf = {"sync.rejects_of", R"sql(
  select object_key, code, reason, rejected_at from eng.sync_reject
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and object_key = $5
   order by rejected_at desc, code)sql"};

inline constexpr Statement kSyncSuspect = {"sync.suspect", R"sql(
  with cleared as (
    delete from eng.sync_suspect
     where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and object_key = any($7::text[]))
  insert into eng.sync_suspect (slot, account_id, sync_id, stream, object_key, missed_at)
  select $1::smallint, $2::bigint, $3::bigint, $4::text, u.key, u.at from unnest($5::text[], $6::timestamptz[]) as u(key, at)
  on conflict do nothing)sql"};

inline constexpr Statement kSyncSuspects = {"sync.suspects", R"sql(
  select object_key, missed_at from eng.sync_suspect
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 order by object_key)sql"};

// Whoever has the stream in hand has not seen these, and finds that it has moved.
inline constexpr Statement kSyncName = {"sync.name", R"sql(
  with woken as (
    update eng.sync_stream
       set step = step + 1, due_at = least(due_at, (select min(at) from unnest($8::timestamptz[]) as u(at)))
     where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4)
  insert into eng.sync_named as n (slot, account_id, sync_id, stream, object_key, named_at, tries, due_at)
  select $1::smallint, $2::bigint, $3::bigint, $4::text, u.key, u.named_at, u.tries, u.due_at
    from unnest($5::text[], $6::timestamptz[], $7::int[], $8::timestamptz[]) as u(key, named_at, tries, due_at)
  on conflict (slot, account_id, sync_id, stream, object_key) do update
     set named_at = greatest(n.named_at, excluded.named_at), tries = excluded.tries, due_at = excluded.due_at)sql"};

inline constexpr Statement kSyncNamed = {"sync.named", R"sql(
  select object_key, named_at, tries, due_at from eng.sync_named
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and due_at <= $5
   order by due_at, object_key limit $6)sql"};

inline constexpr Statement kSyncNextNamed = {"sync.next_named", R"sql(
  select min(due_at) as due_at from eng.sync_named
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4)sql"};

inline constexpr Statement kSyncUnname = {"sync.unname", R"sql(
  with done as (
    delete from eng.sync_named n using unnest($5::text[], $6::timestamptz[]) as u(key, named_at)
     where n.slot = $1 and n.account_id = $2 and n.sync_id = $3 and n.stream = $4
       and n.object_key = u.key and n.named_at = u.named_at)
  update eng.sync_named n set tries = u.tries, due_at = u.due_at
    from unnest($7::text[], $8::timestamptz[], $9::int[], $10::timestamptz[]) as u(key, named_at, tries, due_at)
   where n.slot = $1 and n.account_id = $2 and n.sync_id = $3 and n.stream = $4
     and n.object_key = u.key and n.named_at = u.named_at)sql"};

// ---- the skip ledger
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kSkipEnter = {"skip.enter", R"sql(
  insert into eng.sync_skip as s (slot, account_id, sync_id, stream, object_key, code, rule, reason, aged_at, first_at,
                                  looked_at, looks)
  select $1::smallint, $2::bigint, $3::bigint, $4::text, u.key, u.code, u.rule, u.reason, u.aged_at, u.at, u.at, 1
    from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[])
         as u(key, code, rule, reason, aged_at, at)
  on conflict (slot, account_id, sync_id, stream, object_key) do update
     set looks = s.looks + 1, imported_at = null,
         code = case when excluded.looked_at >= s.looked_at then excluded.code else s.code end,
         rule = case when excluded.looked_at >= s.looked_at then excluded.rule else s.rule end,
         reason = case when excluded.looked_at >= s.looked_at then excluded.reason else s.reason end,
         aged_at = case when excluded.looked_at >= s.looked_at then excluded.aged_at else s.aged_at end,
         looked_at = greatest(s.looked_at, excluded.looked_at))sql"};

inline constexpr Statement kSkipImport = {"skip.import", R"sql(
  update eng.sync_skip set imported_at = $6
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and object_key = any($5::text[])
     and imported_at is null)sql"};

inline constexpr Statement kSkipSkipped = {"skip.skipped", R"sql(
  select object_key from eng.sync_skip
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and object_key = any($5::text[])
     and imported_at is null)sql"};

#define SB_SKIP_COLUMNS                                                                    \
  "sync_id, stream, object_key, code, rule, reason, aged_at, first_at, looked_at, looks, " \
  "imported_at, entry_id"

inline constexpr Statement kSkipFind = {
    "skip.find", "select " SB_SKIP_COLUMNS
                 " from eng.sync_skip where slot = $1 and account_id = $2 and sync_id = $3 and "
                 "stream = $4 and object_key = $5"};

inline constexpr Statement kSkipList = {
    "skip.list", "select " SB_SKIP_COLUMNS
                 " from eng.sync_skip where slot = $1 and account_id = $2 and imported_at is null "
                 "and entry_id < $5 and ($3::text = '' or code = $3) and ($4::text = '' or "
                 "rule = $4) order by entry_id desc limit $6"};

#undef SB_SKIP_COLUMNS

inline constexpr Statement kSkipCounts = {"skip.counts", R"sql(
  select rule, count(*) as skipped from eng.sync_skip
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4 and imported_at is null
   group by rule)sql"};

inline constexpr Statement kSkipFirstImport = {"skip.first_import", R"sql(
  select most, line_at, line_key, drawn_at from eng.sync_first_import
   where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4)sql"};

inline constexpr Statement kSkipDrawLine = {"skip.draw_line", R"sql(
  insert into eng.sync_first_import (slot, account_id, sync_id, stream, most, line_at, line_key, drawn_at)
  select $1::smallint, $2::bigint, $3::bigint, $4::text, $5::bigint, n.aged_at, coalesce(n.object_key, ''),
         $6::timestamptz
    from (select 1) as always
    left join (select aged_at, object_key from eng.sync_skip
                where slot = $1 and account_id = $2 and sync_id = $3 and stream = $4
                  and code = 'FIRST_IMPORT_CAP' and imported_at is null
                order by aged_at desc, object_key collate "C" desc
               offset $5::bigint - 1 limit 1) as n on true
  on conflict do nothing)sql"};
inline constexpr Statement kSyncProofKeep = {"sync.proof_keep", R"sql(
  with older as (
    delete from eng.sync_proof
     where slot = $1 and account_id = $2 and sync_id = $3
       and proof_id in (select proof_id from eng.sync_proof
                         where slot = $1 and account_id = $2 and sync_id = $3 and proof_id <> $4
                         order by proof_id desc offset greatest($8::int - 1, 0)))
  insert into eng.sync_proof (slot, account_id, sync_id, proof_id, begun_at, verdict, receipt)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict do nothing)sql"};

inline constexpr Statement kSyncProofGet = {"sync.proof_get", R"sql(
  select slot, account_id, sync_id, proof_id, receipt from eng.sync_proof where account_id = $1 and proof_id = $2)sql"};

inline constexpr Statement kSyncProofList = {"sync.proof_list", R"sql(
  select slot, account_id, sync_id, proof_id, receipt from eng.sync_proof
   where slot = $1 and account_id = $2 and sync_id = $3 order by proof_id desc limit $4)sql"};

// ---- erasure; what is done in the places themselves is made by place_queries
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kErasureInsert = {"erasure.insert", R"sql(
  insert into eng.erasure (erasure_id, kind, state, tenant, account_id, count_only, fingerprint, sealed, counts,
                           live_runs, position, step, created_at)
  values ($1, $2, $3, $4, $5, $6::integer = 1, $7, $8, '{}', '{}', $9, 0, $10))sql"};

#define SB_ERASURE_COLUMNS                                                                 \
  "erasure_id, kind, state, tenant, account_id, count_only, fingerprint, sealed, counts, " \
  "to_json(live_runs) as live_runs, position, step, created_at, finished_at"

inline constexpr Statement kErasureGet = {
    "erasure.get", "select " SB_ERASURE_COLUMNS " from eng.erasure where erasure_id = $1"};

inline constexpr Statement kErasureList = {
    "erasure.list",
    "select " SB_ERASURE_COLUMNS
    " from eng.erasure where ($1 = '' or tenant = $1) and erasure_id < $2 "
    "order by erasure_id desc limit $3",
    Planning::kEachTime};

inline constexpr Statement kErasureOpen = {
    "erasure.open",
    "select " SB_ERASURE_COLUMNS " from eng.erasure where state <> 3 order by erasure_id"};

#undef SB_ERASURE_COLUMNS

inline constexpr Statement kErasureKeyLeave = {
    "erasure_key.leave",
    "insert into eng.erasure_key (tenant, sealed) values ($1, $2) on conflict (tenant) do nothing"};

inline constexpr Statement kErasureKeyFind = {
    "erasure_key.find", "select sealed from eng.erasure_key where tenant = $1"};

// ---- partitions
// ------------------------------------------------------------------------------------------------

inline constexpr Statement kPartitionsEnsure = {
    "partitions.ensure", "select eng.ensure_partitions($1::date, $2::date) as made"};

// ---- retention
// -------------------------------------------------------------------------------------------------

inline constexpr Statement kRetentionExpired = {
    "retention.expired",
    "select parent, partition, state from eng.expired_partitions(($1 at time zone 'UTC')::date)"};

inline constexpr Statement kRetentionDeadLetters = {"retention.dead_letters", R"sql(
  with old as (
    delete from eng.dead_letter where ctid = any(array(
      select ctid from eng.dead_letter where event_id < eng.lowest_id_at($1) limit $2))
    returning 1)
  select count(*) as pruned from old)sql"};

// A run that is live may be asked for again by its trigger, however old.
inline constexpr Statement kRetentionTriggers = {"retention.triggers", R"sql(
  with old as (
    delete from eng.run_trigger where ctid = any(array(
      select t.ctid from eng.run_trigger t
       where t.seen_on < ($1 at time zone 'UTC')::date
         and not exists (select from eng.run r where r.run_id = t.run_id) limit $2))
    returning 1)
  select count(*) as pruned from old)sql"};

inline constexpr Statement kRetentionInboxKeys = {"retention.inbox_keys", R"sql(
  with old as (
    delete from eng.inbox_key where ctid = any(array(
      select ctid from eng.inbox_key where seen_on < ($1 at time zone 'UTC')::date limit $2))
    returning 1)
  select count(*) as pruned from old)sql"};

inline constexpr Statement kRetentionSettled = {"retention.settled", R"sql(
  with old as (
    delete from eng.settling where ctid = any(array(
      select ctid from eng.settling where due_at is null and ended_at < $1 limit $2))
    returning 1)
  select count(*) as pruned from old)sql"};

// An object that is left out is looked at with every reading of everything: one that a later
// reading did not show is gone at the provider, and one of a sync that has ended is looked at no
// more. What rests (a pause, an account that does not work) is not forgotten, nor is anybody in
// line for the first import. The same goes for what became no row.
#define SB_READ_SINCE(instant)                                                                    \
  "(exists (select from eng.sync_stream s where s.slot = k.slot and s.account_id = k.account_id " \
  "and s.sync_id = k.sync_id and s.stream = k.stream and s.whole_at > " instant                   \
  ") or not exists (select from eng.sync y where y.slot = k.slot and y.account_id = "             \
  "k.account_id and y.sync_id = k.sync_id and y.state <> 3))"

inline constexpr Statement kRetentionSkips = {
    "retention.skips",
    "with old as (delete from eng.sync_skip where ctid = any(array("
    "select k.ctid from eng.sync_skip k where k.imported_at < $1 or (k.imported_at is null "
    "and k.looked_at < $1 and " SB_READ_SINCE("k.looked_at") ") limit $2)) returning 1) "
    "select count(*) as pruned from old"};

inline constexpr Statement kRetentionRejects = {
    "retention.rejects",
    "with old as (delete from eng.sync_reject where ctid = any(array("
    "select k.ctid from eng.sync_reject k where k.rejected_at < $1 "
    "and " SB_READ_SINCE("k.rejected_at") " limit $2)) returning 1) "
    "select count(*) as pruned from old"};

#undef SB_READ_SINCE

// ---- events onward
// -----------------------------------------------------------------------------------------

#define SB_DESTINATION_COLUMNS                                                               \
  "d.slot, d.account_id, d.destination_id, d.name, d.sink, d.settings, d.secrets, d.types, " \
  "d.numbers, d.state, d.reason, d.since, d.failures, d.not_before, d.created_at, d.step"

inline constexpr Statement kDestinationInsert = {"destination.insert", R"sql(
  insert into eng.destination (slot, account_id, destination_id, name, sink, settings, secrets, types, numbers, state,
                               reason, since, failures, not_before, created_at, step)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0)
  on conflict do nothing returning step)sql"};

inline constexpr Statement kDestinationGet = {
    "destination.get",
    "select " SB_DESTINATION_COLUMNS " from eng.destination d where d.destination_id = $1"};

inline constexpr Statement kDestinationList = {
    "destination.list", "select " SB_DESTINATION_COLUMNS
                        " from eng.destination d where d.account_id = $1 order by d.name"};

inline constexpr Statement kDestinationAll = {"destination.all",
                                              "select " SB_DESTINATION_COLUMNS
                                              " from eng.destination d order by d.destination_id"};

inline constexpr Statement kDestinationDue = {
    "destination.due",
    "select " SB_DESTINATION_COLUMNS
    " from eng.destination d where d.slot = any($1::smallint[]) and d.state = 1 and "
    "(d.not_before is null or d.not_before <= $2) and d.destination_id <> all($3::bigint[]) and "
    "exists (select from eng.onward_delivery w where w.destination_id = d.destination_id and "
    "w.state = 1 and w.due_at <= $2) order by d.destination_id limit $4"};

#undef SB_DESTINATION_COLUMNS

// A name that another one of the account has changes nothing, and leaves its own mark.
inline constexpr Statement kDestinationSave = {"destination.save", R"sql(
  with taken as (
    select 1 from eng.destination o
     where o.account_id = $2 and o.name = $5 and o.destination_id <> $3
  ), saved as (
    update eng.destination d
       set step = d.step + 1, name = $5, settings = $6, secrets = $7, types = $8, numbers = $9, state = $10,
           reason = $11, since = $12, failures = $13, not_before = $14
     where d.slot = $1 and d.account_id = $2 and d.destination_id = $3 and d.step = $4
       and not exists (select from taken)
    returning d.step
  )
  select (select step from saved) as step, exists (select from taken) as taken)sql"};

inline constexpr Statement kDestinationDelete = {"destination.delete", R"sql(
  with gone as (
    delete from eng.destination where destination_id = $1 returning destination_id
  ), log as (
    delete from eng.onward_delivery where destination_id = $1
  )
  select destination_id from gone)sql"};

inline constexpr Statement kOnwardPosition = {"onward.position",
                                              "select commit_id, event_id from eng.onward_feed"};

// Of two readers the one that has come further is right.
inline constexpr Statement kOnwardSavePosition = {"onward.save_position", R"sql(
  insert into eng.onward_feed as f (commit_id, event_id) values ($1, $2)
  on conflict (one) do update set commit_id = excluded.commit_id, event_id = excluded.event_id
   where (f.commit_id, f.event_id) < (excluded.commit_id, excluded.event_id))sql"};

// The order of the rows gives their places.
#define SB_NEW_DELIVERIES                                                                    \
  "insert into eng.onward_delivery as w (slot, account_id, destination_id, event_id, type, " \
  "order_key, due_at) select n.slot, n.account_id, n.destination_id, n.event_id, n.type, "   \
  "n.order_key, n.due_at from unnest($1::smallint[], $2::bigint[], $3::bigint[], "           \
  "$4::bigint[], $5::text[], $6::bytea[], $7::timestamptz[]) with ordinality as n(slot, "    \
  "account_id, destination_id, event_id, type, order_key, due_at, nr) where exists (select " \
  "from eng.destination d where d.slot = n.slot and d.account_id = n.account_id and "        \
  "d.destination_id = n.destination_id) order by n.nr on conflict (slot, account_id, "       \
  "destination_id, event_id) do "

inline constexpr Statement kOnwardEnqueue = {"onward.enqueue", SB_NEW_DELIVERIES "nothing"};

inline constexpr Statement kOnwardReplay = {
    "onward.replay", SB_NEW_DELIVERIES
    "update set place = excluded.place, state = 1, tries = 0, alone = false, due_at = "
    "excluded.due_at, first_tried_at = null, tried_at = null, status = 0, reason = '' "
    "where w.state <> 1 returning w.event_id"};

#undef SB_NEW_DELIVERIES

#define SB_DELIVERY_COLUMNS                                                            \
  "w.slot, w.account_id, w.destination_id, w.event_id, w.type, w.order_key, w.place, " \
  "w.state, w.tries, w.alone, w.due_at, w.first_tried_at, w.tried_at, w.status, w.reason"

// "offset 0" keeps the look-up of the events a look-up.
inline constexpr Statement kOnwardDue = {
    "onward.due",
    "select " SB_DELIVERY_COLUMNS
    ", i.event_id is not null as kept, i.dedupe, i.source, i.event, i.entity, i.entity_id, "
    "i.occurred_at, i.received_at, i.body, i.occurrence from (select * from eng.onward_delivery p "
    "where p.destination_id = $1 and p.state = 1 and p.due_at <= $2 and (p.order_key is null or "
    "not exists (select from eng.onward_delivery e where e.destination_id = $1 and e.state = 1 "
    "and e.order_key = p.order_key and e.place < p.place and e.due_at > $2)) order by p.place "
    "limit $3) w left join lateral (select * from eng.inbox b where b.slot = w.slot and "
    "b.account_id = w.account_id and b.event_id = w.event_id offset 0) i on true "
    "order by w.place"};

inline constexpr Statement kOnwardNote = {"onward.note", R"sql(
  update eng.onward_delivery w
     set state = n.state, tries = n.tries, alone = n.alone, due_at = n.due_at, first_tried_at = n.first_tried_at,
         tried_at = n.tried_at, status = n.status, reason = n.reason
    from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::int[],
                $8::boolean[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::int[], $13::text[])
         as n(slot, account_id, destination_id, event_id, place, state, tries, alone, due_at, first_tried_at, tried_at,
              status, reason)
   where w.slot = n.slot and w.account_id = n.account_id and w.destination_id = n.destination_id
     and w.event_id = n.event_id and w.place = n.place and w.state = 1)sql"};

inline constexpr Statement kOnwardList = {
    "onward.list",
    "select " SB_DELIVERY_COLUMNS
    " from eng.onward_delivery w where w.destination_id = $1 and w.place < $2 and ($4::int = 0 or "
    "w.state = $4::int) order by w.place desc limit $3",
    Planning::kEachTime};

#undef SB_DELIVERY_COLUMNS

inline constexpr Statement kOnwardCount = {"onward.count", R"sql(
  select state, count(*) as deliveries from eng.onward_delivery where destination_id = $1 group by state)sql"};

inline constexpr Statement kRetentionOnward = {"retention.onward", R"sql(
  with old as (
    delete from eng.onward_delivery where ctid = any(array(
      select ctid from eng.onward_delivery where state <> 1 and due_at < $1 limit $2))
    returning 1)
  select count(*) as pruned from old)sql"};

}  // namespace sb::adapters::postgres
