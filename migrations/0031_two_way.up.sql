-- Two-way syncs: which records are pairs, what both agreed on last, and what became of every edit.
--
-- A link is a pair of records, or one record whose counterpart is being made. It has what both sides showed when they
-- agreed last, by which edits are told from echoes, and the write that may have begun: that is stored before it begins, so
-- that a crash leaves a question that can be answered. All that one decision changes is changed in one commit
-- (eng.commit_link). That a record may have changed is a row of link_hint; many hints of one record are one. Keys by which
-- records are found and those of deleted records are kept as SHA-256: they are compared, never read.
--
-- Links, conflicts, entries and tombstones have values of the customer's records. An erasure of a person finds it in them
-- (personal_places.cc); what it finds is emptied by the triggers below, because a link that went on with what was written
-- over would carry that into the customer's systems.

alter table eng.sync
  add column kind smallint not null default 1,  -- 1 replication 2 two-way
  add constraint sync_kind_check check (kind in (1, 2));

create table eng.link (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  link_id    bigint      not null,
  key_a      text        not null,  -- '': there is no record on that side yet
  key_b      text        not null,
  agreed     json,                  -- the base, what both showed and are owed; null: never merged
  choices    json        not null,  -- what people chose and is not carried out yet, by field; '': where it may be deleted
  intent     json,                  -- the write that may have begun
  writes     json        not null,  -- those of the last minutes: side, hash and time
  mapped     json        not null,  -- each field with a fingerprint of its mapping when it was merged last
  hash_a     text        not null,  -- of what A showed when they agreed; '': nothing is agreed
  hash_b     text        not null,
  standing   smallint    not null,  -- 1 active 2 parked 3 paused 4 ended
  code       text        not null,  -- why it is parked or has ended
  reason     text        not null,
  attempts   int         not null,
  created_at timestamptz not null,
  settled_at timestamptz not null,
  ended_at   timestamptz,
  step       int         not null,
  constraint link_pkey primary key (slot, account_id, sync_id, link_id),
  constraint link_standing_check check (standing between 1 and 4),
  constraint link_ended_check check ((standing = 4) = (ended_at is not null))
) with (fillfactor = 70);

-- A record is in one pair. What settles again changes none of these columns, and stays where it is.
create unique index link_a on eng.link (slot, account_id, sync_id, key_a) where standing <> 4 and key_a <> '';
create unique index link_b on eng.link (slot, account_id, sync_id, key_b) where standing <> 4 and key_b <> '';
create index link_former_a on eng.link (slot, account_id, sync_id, key_a) where standing = 4;
create index link_former_b on eng.link (slot, account_id, sync_id, key_b) where standing = 4;
create index link_by_standing on eng.link (slot, account_id, sync_id, standing, link_id);
create index link_ended on eng.link (ended_at) where standing = 4;

-- What links can be found by: a phone, an e-mail, a key. Of two links that are made at once for one person, one gets it.
create table eng.link_key (
  slot       smallint not null,
  account_id bigint   not null,
  sync_id    bigint   not null,
  digest     bytea    not null,  -- SHA-256 of its kind and its value
  link_id    bigint   not null,
  constraint link_key_pkey primary key (slot, account_id, sync_id, digest)
);

create index link_key_of_link on eng.link_key (slot, account_id, sync_id, link_id);

-- A generation never comes back: who has done a hint of before takes no later one away.
create sequence eng.link_hint_generation;

create table eng.link_hint (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  side       smallint    not null,  -- 1 A 2 B, here and below
  object_key text        not null,
  reason     text        not null,
  gone       boolean     not null,
  generation bigint      not null,
  first_at   timestamptz not null,
  due_at     timestamptz not null,
  constraint link_hint_pkey primary key (slot, account_id, sync_id, side, object_key),
  constraint link_hint_side_check check (side in (1, 2))
);

create index link_hint_due on eng.link_hint (slot, account_id, sync_id, due_at, generation);
-- Those that were told: they are worked off before the backlog of a comparison.
create index link_hint_told on eng.link_hint (slot, account_id, sync_id, due_at, generation) where reason not in ('compare', 'first');

-- When a comparison saw the record of a link last. Apart from the link, which is many times as wide.
create table eng.link_seen (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  side       smallint    not null,
  link_id    bigint      not null,
  seen_at    timestamptz not null,  -- when that comparison began
  constraint link_seen_pkey primary key (slot, account_id, sync_id, side, link_id)
) with (fillfactor = 70);

create table eng.link_conflict (
  slot        smallint    not null,
  account_id  bigint      not null,
  sync_id     bigint      not null,
  conflict_id bigint      not null,
  link_id     bigint      not null,  -- 0: of a record without link
  side        smallint    not null,
  object_key  text        not null,
  code        text        not null,
  field       text        not null,  -- '': the record as a whole
  base        json,
  a           json,
  b           json,
  a_at        timestamptz,
  b_at        timestamptz,
  rule        text        not null,
  rivals      json        not null,
  open        boolean     not null,  -- waits for a person
  resolution  text        not null,
  resolved_by text        not null,
  made_at     timestamptz not null,
  resolved_at timestamptz,
  constraint link_conflict_pkey primary key (slot, account_id, sync_id, conflict_id),
  constraint link_conflict_side_check check (side in (1, 2))
);

create index link_conflict_open on eng.link_conflict (slot, account_id, sync_id, conflict_id) where open;
create index link_conflict_overwritten on eng.link_conflict (slot, account_id, sync_id, conflict_id)
  where code = 'LINK_FIELD_OVERWRITTEN' and resolution = '';
create index link_conflict_of_record on eng.link_conflict (slot, account_id, sync_id, link_id, object_key);
create index link_conflict_about on eng.link_conflict (slot, account_id, sync_id, side, object_key, conflict_id);
create index link_conflict_over on eng.link_conflict (coalesce(resolved_at, made_at)) where not open;

-- The history of each link; the newest entries of it.
create table eng.link_entry (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  link_id    bigint      not null,
  entry_id   bigint      not null generated always as identity,  -- in their order; erasures go by it
  at         timestamptz not null,
  what       text        not null,
  reason     text        not null,
  detail     json        not null,
  constraint link_entry_pkey primary key (slot, account_id, sync_id, link_id, entry_id)
);

create unique index link_entry_id on eng.link_entry (slot, account_id, entry_id);

-- Deleted records, so that late tellings do not bring them back.
create table eng.link_tombstone (
  slot         smallint    not null,
  account_id   bigint      not null,
  sync_id      bigint      not null,
  side         smallint    not null,
  digest       bytea       not null,  -- SHA-256 of the record's key
  tombstone_id bigint      not null generated always as identity,
  base         json,                  -- null: erased
  erased       boolean     not null default false,
  deleted_at   timestamptz not null,
  constraint link_tombstone_pkey primary key (slot, account_id, sync_id, side, digest),
  constraint link_tombstone_side_check check (side in (1, 2))
);

create unique index link_tombstone_id on eng.link_tombstone (slot, account_id, tombstone_id);
create index link_tombstone_old on eng.link_tombstone (deleted_at);

-- Deletes that were carried out: what the brake counts.
create table eng.link_delete (
  slot       smallint    not null,
  account_id bigint      not null,
  sync_id    bigint      not null,
  side       smallint    not null,
  deleted_at timestamptz not null,
  delete_id  bigint      not null generated always as identity,
  constraint link_delete_pkey primary key (slot, account_id, sync_id, side, deleted_at, delete_id)
);

create index link_delete_old on eng.link_delete (deleted_at);

create table eng.link_progress (
  slot          smallint    not null,
  account_id    bigint      not null,
  sync_id       bigint      not null,
  cursor_a      text        not null,
  cursor_b      text        not null,
  scanning      smallint    not null,  -- the side that the comparison reads
  scan          text        not null,  -- where it is; '': none is under way
  scan_seen     bigint      not null,
  scan_total    bigint,
  scan_begun_at timestamptz,
  side_begun_at timestamptz,           -- when it began with the side that it reads
  compared_at   timestamptz,
  drift         bigint      not null,
  first_done    boolean     not null,
  error         text        not null,
  error_reason  text        not null,
  due_at        timestamptz not null,
  step          int         not null,
  constraint link_progress_pkey primary key (slot, account_id, sync_id),
  constraint link_progress_scanning_check check (scanning in (1, 2))
) with (fillfactor = 50);

-- ---- What one decision changes
--
-- In PL/pgSQL, which keeps its plans from one commit to the next.

-- New hints, or those that are there once more. Each record at most once in a call.
create function eng.add_link_hints(
  i_slot smallint, i_account bigint, i_sync bigint, i_sides smallint[], i_keys text[], i_reasons text[], i_gone boolean[],
  i_first timestamptz[], i_due timestamptz[])
returns void
language plpgsql
as $$
begin
  -- What was told stays so: a page that shows the record as well does not put it behind the backlog.
  insert into eng.link_hint as h (slot, account_id, sync_id, side, object_key, reason, gone, generation, first_at, due_at)
  select i_slot, i_account, i_sync, u.side, u.key, u.reason, u.gone, nextval('eng.link_hint_generation'), u.first, u.due
    from unnest(i_sides, i_keys, i_reasons, i_gone, i_first, i_due) as u (side, key, reason, gone, first, due)
   order by u.side, u.key
  on conflict (slot, account_id, sync_id, side, object_key) do update
     set reason = case when excluded.reason in ('compare', 'first') then h.reason else excluded.reason end,
         gone = h.gone or excluded.gone, generation = excluded.generation,
         due_at = least(h.due_at, excluded.due_at);
end
$$;

create function eng.save_link_keys(i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_keys bytea[])
returns void
language plpgsql
as $$
begin
  delete from eng.link_key
   where slot = i_slot and account_id = i_account and sync_id = i_sync and link_id = i_link and digest <> all (i_keys);
  -- Its own stay; one of another link is a unique violation.
  insert into eng.link_key (slot, account_id, sync_id, digest, link_id)
  select i_slot, i_account, i_sync, u.digest, i_link
    from (select distinct digest from unnest(i_keys) as t (digest)) u
   where not exists (select from eng.link_key k
                      where k.slot = i_slot and k.account_id = i_account and k.sync_id = i_sync and k.digest = u.digest
                        and k.link_id = i_link)
   order by u.digest;
end
$$;

-- Those whose id is known are stored anew, and others of the same question that are open make room for them. What is new
-- is stored under the id and with the time of such a question where there is one, so that a person's answer of tomorrow
-- finds what was asked today. What an erasure has emptied stays as it is.
create function eng.save_link_conflicts(
  i_slot smallint, i_account bigint, i_sync bigint, i_ids bigint[], i_links bigint[], i_sides smallint[], i_keys text[],
  i_codes text[], i_fields text[], i_bases text[], i_as text[], i_bs text[], i_a_ats timestamptz[], i_b_ats timestamptz[],
  i_rules text[], i_rivals text[], i_open boolean[], i_resolutions text[], i_by text[], i_ats timestamptz[],
  i_resolved timestamptz[])
returns void
language plpgsql
as $$
begin
  delete from eng.link_conflict c
   using unnest(i_ids, i_links, i_sides, i_keys, i_codes, i_fields) as u (id, link, side, key, code, field)
   where c.slot = i_slot and c.account_id = i_account and c.sync_id = i_sync and c.link_id = u.link
     and c.object_key = u.key and c.side = u.side and c.code = u.code and c.field = u.field and c.open
     and c.conflict_id <> u.id
     and exists (select from eng.link_conflict known
                  where known.slot = i_slot and known.account_id = i_account and known.sync_id = i_sync
                    and known.conflict_id = u.id and known.code <> 'LINK_ERASED');
  insert into eng.link_conflict as l (slot, account_id, sync_id, conflict_id, link_id, side, object_key, code, field, base, a,
                                 b, a_at, b_at, rule, rivals, open, resolution, resolved_by, made_at, resolved_at)
  select i_slot, i_account, i_sync,
         coalesce((select known.conflict_id from eng.link_conflict known
                    where known.slot = i_slot and known.account_id = i_account and known.sync_id = i_sync
                      and known.conflict_id = u.id),
                  (select min(c.conflict_id) from eng.link_conflict c
                    where c.slot = i_slot and c.account_id = i_account and c.sync_id = i_sync and c.link_id = u.link
                      and c.object_key = u.key and c.side = u.side and c.code = u.code and c.field = u.field and c.open),
                  u.id),
         u.link, u.side, u.key, u.code, u.field, u.base::json, u.a::json, u.b::json,
         u.a_at, u.b_at, u.rule, u.rivals::json, u.open, u.resolution, u.resolved_by, u.at, u.resolved
    from unnest(i_ids, i_links, i_sides, i_keys, i_codes, i_fields, i_bases, i_as, i_bs, i_a_ats, i_b_ats, i_rules,
                i_rivals, i_open, i_resolutions, i_by, i_ats, i_resolved)
         as u (id, link, side, key, code, field, base, a, b, a_at, b_at, rule, rivals, open, resolution, resolved_by, at,
               resolved)
  on conflict (slot, account_id, sync_id, conflict_id) do update
     set link_id = excluded.link_id, side = excluded.side, object_key = excluded.object_key, code = excluded.code,
         field = excluded.field, base = excluded.base, a = excluded.a, b = excluded.b, a_at = excluded.a_at,
         b_at = excluded.b_at, rule = excluded.rule, rivals = excluded.rivals, open = excluded.open,
         resolution = excluded.resolution, resolved_by = excluded.resolved_by, resolved_at = excluded.resolved_at
   where l.code <> 'LINK_ERASED';
end
$$;

create function eng.add_link_entries(
  i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_ats timestamptz[], i_whats text[], i_reasons text[],
  i_details text[], i_most int)
returns void
language plpgsql
as $$
begin
  insert into eng.link_entry (slot, account_id, sync_id, link_id, at, what, reason, detail)
  select i_slot, i_account, i_sync, i_link, u.at, u.what, u.reason, u.detail::json
    from unnest(i_ats, i_whats, i_reasons, i_details) with ordinality as u (at, what, reason, detail, place)
   order by u.place;
  delete from eng.link_entry
   where slot = i_slot and account_id = i_account and sync_id = i_sync and link_id = i_link
     and entry_id <= (select e.entry_id from eng.link_entry e
                       where e.slot = i_slot and e.account_id = i_account and e.sync_id = i_sync and e.link_id = i_link
                       order by e.entry_id desc offset i_most limit 1);
end
$$;

-- Stores a link: its new step, or null where its step is another one.
create function eng.save_link(
  i_slot smallint, i_account bigint, i_sync bigint, i_link bigint, i_step int, i_key_a text, i_key_b text, i_agreed text,
  i_choices text, i_intent text, i_writes text, i_mapped text, i_hash_a text, i_hash_b text, i_standing smallint,
  i_code text, i_reason text, i_attempts int, i_created timestamptz, i_settled timestamptz)
returns int
language plpgsql
as $$
declare
  new_step int;
begin
  if i_step = 0 then
    insert into eng.link (slot, account_id, sync_id, link_id, key_a, key_b, agreed, choices, intent, writes, mapped, hash_a,
                          hash_b, standing, code, reason, attempts, created_at, settled_at, ended_at, step)
    values (i_slot, i_account, i_sync, i_link, i_key_a, i_key_b, nullif(i_agreed, '')::json, i_choices::json,
            nullif(i_intent, '')::json, i_writes::json, i_mapped::json, i_hash_a, i_hash_b, i_standing, i_code, i_reason,
            i_attempts, i_created, i_settled, case when i_standing = 4 then eng.now_() end, 1)
    on conflict on constraint link_pkey do nothing
    returning step into new_step;
  else
    update eng.link as l
       set key_a = i_key_a, key_b = i_key_b, agreed = nullif(i_agreed, '')::json, choices = i_choices::json,
           intent = nullif(i_intent, '')::json, writes = i_writes::json, mapped = i_mapped::json, hash_a = i_hash_a,
           hash_b = i_hash_b, standing = i_standing, code = i_code, reason = i_reason, attempts = i_attempts,
           settled_at = i_settled, ended_at = case when i_standing = 4 then coalesce(l.ended_at, eng.now_()) end,
           step = l.step + 1
     where l.slot = i_slot and l.account_id = i_account and l.sync_id = i_sync and l.link_id = i_link and l.step = i_step
    returning l.step into new_step;
  end if;
  return new_step;
end
$$;

-- The new step of the link, 0 where the commit has none; -1: its step is another one; -2: another link holds one of its
-- records or keys. Nothing was changed then.
create function eng.commit_link(
  i_slot smallint, i_account bigint, i_sync bigint,
  i_link bigint, i_step int, i_key_a text, i_key_b text, i_agreed text, i_choices text, i_intent text, i_writes text,
  i_mapped text, i_hash_a text, i_hash_b text, i_standing smallint, i_code text, i_reason text, i_attempts int,
  i_created timestamptz, i_settled timestamptz,
  i_has_keys boolean, i_match_keys bytea[],
  i_done_side smallint, i_done_key text, i_done_generation bigint,
  i_hint_sides smallint[], i_hint_keys text[], i_hint_reasons text[], i_hint_gone boolean[], i_hint_first timestamptz[],
  i_hint_due timestamptz[],
  i_ids bigint[], i_links bigint[], i_sides smallint[], i_keys text[], i_codes text[], i_fields text[], i_bases text[],
  i_as text[], i_bs text[], i_a_ats timestamptz[], i_b_ats timestamptz[], i_rules text[], i_rivals text[],
  i_open boolean[], i_resolutions text[], i_by text[], i_ats timestamptz[], i_resolved timestamptz[],
  i_answered bigint[],
  i_entry_ats timestamptz[], i_whats text[], i_reasons text[], i_details text[], i_most_entries int,
  i_stone_sides smallint[], i_stone_digests bytea[], i_stone_bases text[], i_stone_ats timestamptz[],
  i_deleted_side smallint, i_deleted_at timestamptz)
returns int
language plpgsql
as $$
declare
  new_step int := 0;
begin
  if i_link is not null then
    new_step := eng.save_link(i_slot, i_account, i_sync, i_link, i_step, i_key_a, i_key_b, i_agreed, i_choices, i_intent,
                              i_writes, i_mapped, i_hash_a, i_hash_b, i_standing, i_code, i_reason, i_attempts, i_created,
                              i_settled);
    if new_step is null then
      return -1;
    end if;
    if i_step = 0 then
      -- Whoever asks what becomes of a record without link is answered by its link.
      update eng.link_conflict set open = false, resolution = 'gone', resolved_at = eng.now_()
       where slot = i_slot and account_id = i_account and sync_id = i_sync and link_id = 0 and open
         and (side = 1 and i_key_a <> '' and object_key = i_key_a or side = 2 and i_key_b <> '' and object_key = i_key_b);
    end if;
    if i_standing = 4 then
      perform eng.save_link_keys(i_slot, i_account, i_sync, i_link, '{}');
    elsif i_has_keys then
      perform eng.save_link_keys(i_slot, i_account, i_sync, i_link, i_match_keys);
    end if;
    if cardinality(i_entry_ats) > 0 then
      perform eng.add_link_entries(i_slot, i_account, i_sync, i_link, i_entry_ats, i_whats, i_reasons, i_details,
                                   i_most_entries);
    end if;
  end if;
  if i_done_side is not null then
    delete from eng.link_hint
     where slot = i_slot and account_id = i_account and sync_id = i_sync and side = i_done_side
       and object_key = i_done_key and generation = i_done_generation;
  end if;
  if cardinality(i_hint_sides) > 0 then
    perform eng.add_link_hints(i_slot, i_account, i_sync, i_hint_sides, i_hint_keys, i_hint_reasons, i_hint_gone,
                               i_hint_first, i_hint_due);
  end if;
  if cardinality(i_answered) > 0 then
    update eng.link_conflict set open = false, resolution = 'gone', resolved_at = eng.now_()
     where slot = i_slot and account_id = i_account and sync_id = i_sync and conflict_id = any (i_answered) and open;
  end if;
  if cardinality(i_ids) > 0 then
    perform eng.save_link_conflicts(i_slot, i_account, i_sync, i_ids, i_links, i_sides, i_keys, i_codes, i_fields, i_bases,
                                    i_as, i_bs, i_a_ats, i_b_ats, i_rules, i_rivals, i_open, i_resolutions, i_by, i_ats,
                                    i_resolved);
  end if;
  if cardinality(i_stone_sides) > 0 then
    insert into eng.link_tombstone as t (slot, account_id, sync_id, side, digest, base, deleted_at)
    select i_slot, i_account, i_sync, u.side, u.digest, u.base::json, u.at
      from unnest(i_stone_sides, i_stone_digests, i_stone_bases, i_stone_ats) as u (side, digest, base, at)
    on conflict (slot, account_id, sync_id, side, digest) do update
       set base = excluded.base, erased = false, deleted_at = excluded.deleted_at;
  end if;
  if i_deleted_side is not null then
    insert into eng.link_delete (slot, account_id, sync_id, side, deleted_at)
    values (i_slot, i_account, i_sync, i_deleted_side, i_deleted_at);
  end if;
  return new_step;
exception
  when unique_violation then
    return -2;
end
$$;

-- ---- Erasing a person

create function eng.key_digest(key text) returns bytea
language sql immutable
as $$
  select sha256(convert_to(key, 'UTF8'))
$$;

-- A link in which the person was found ends with nothing of its content. Its step moves on, so that whoever works on it
-- stores nothing more. Both records get tombstones without content: until they change again nothing of them is read into a
-- link, and nothing is written to either.
create function eng.erase_link()
returns trigger
language plpgsql
as $$
begin
  delete from eng.link_key
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  delete from eng.link_seen
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  delete from eng.link_conflict
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  delete from eng.link_entry
   where slot = old.slot and account_id = old.account_id and sync_id = old.sync_id and link_id = old.link_id;
  insert into eng.link_entry (slot, account_id, sync_id, link_id, at, what, reason, detail)
  values (old.slot, old.account_id, old.sync_id, old.link_id, eng.now_(), 'erased', 'the person was erased', '{}');
  if old.standing <> 4 then
    delete from eng.link_hint h
     where h.slot = old.slot and h.account_id = old.account_id and h.sync_id = old.sync_id
       and (h.side = 1 and h.object_key = old.key_a or h.side = 2 and h.object_key = old.key_b);
  end if;
  insert into eng.link_tombstone as t (slot, account_id, sync_id, side, digest, erased, deleted_at)
  select old.slot, old.account_id, old.sync_id, u.side, eng.key_digest(u.key), true, eng.now_()
    from (values (1::smallint, old.key_a), (2::smallint, old.key_b)) as u (side, key)
   where u.key <> '' and old.standing <> 4
  on conflict (slot, account_id, sync_id, side, digest) do update
     set erased = true, base = null, deleted_at = greatest(t.deleted_at, excluded.deleted_at);
  new.standing := 4;
  new.ended_at := coalesce(old.ended_at, eng.now_());
  new.reason := 'the person was erased';
  new.agreed := null;
  new.choices := '{}';
  new.intent := null;
  new.writes := '[]';
  new.hash_a := '';
  new.hash_b := '';
  new.step := old.step + 1;
  return new;
end
$$;

create trigger link_erased before update of code on eng.link
  for each row when (new.code = 'LINK_ERASED' and old.code <> 'LINK_ERASED') execute function eng.erase_link();

-- A value that was overwritten or asks is closed for good: put back or chosen, it would be written to a side.
create function eng.erase_link_conflict()
returns trigger
language plpgsql
as $$
begin
  new.base := null;
  new.a := null;
  new.b := null;
  new.rivals := '[]';
  new.open := false;
  new.resolution := 'erased';
  new.resolved_at := eng.now_();
  return new;
end
$$;

create trigger link_conflict_erased before update of code on eng.link_conflict
  for each row when (new.code = 'LINK_ERASED' and old.code <> 'LINK_ERASED') execute function eng.erase_link_conflict();

create function eng.erase_link_tombstone()
returns trigger
language plpgsql
as $$
begin
  new.base := null;
  return new;
end
$$;

create trigger link_tombstone_erased before update of erased on eng.link_tombstone
  for each row when (new.erased and not old.erased) execute function eng.erase_link_tombstone();
