-- The platform as a side of two-way syncs: the records that it pushes, and what syncs changed for it.
--
-- A record is as the platform told it, with the changes that it was given and has not answered. Versions and numbers of
-- changes come from one counter for each account and kind of record (platform_book), whose row is locked until the commit
-- ends: so they become visible in their order, and who has read up to one of them meets nothing below it later. Marks are
-- numbers made of phones, addresses and short values, by which records are found.

create table eng.platform_book (
  slot       smallint not null,
  account_id bigint   not null,
  object     text     not null,  -- the word by which a definition names the records: 'contact'
  last       bigint   not null,  -- the newest version or number
  constraint platform_book_pkey primary key (slot, account_id, object)
) with (fillfactor = 50);

create table eng.platform_record (
  slot       smallint    not null,
  account_id bigint      not null,
  object     text        not null,
  object_key text        not null,  -- by which syncs know it
  own_key    text        not null,  -- what the platform calls it; '': it did not say
  fields     json        not null,  -- '{}' unless it is present
  standing   smallint    not null,  -- 1 present 2 deleted 3 the platform refused to make it 4 a person was erased 5 taken over
  reason     text        not null,  -- of a refusal
  changed_at timestamptz,           -- when the platform changed it
  told_at    timestamptz,           -- the newest time that the platform gave
  created_at timestamptz not null,
  gone_at    timestamptz,           -- since when it is not present
  version    bigint      not null,  -- below 0: erased
  marks      bigint[]    not null,
  record_id  bigint      not null generated always as identity,  -- by which erasures go
  constraint platform_record_pkey primary key (slot, account_id, object, object_key),
  constraint platform_record_standing_check check (standing between 1 and 5)
) with (fillfactor = 80);

create unique index platform_record_own on eng.platform_record (slot, account_id, object, own_key) where own_key <> '';
create unique index platform_record_id on eng.platform_record (slot, account_id, record_id);
create index platform_record_by_version on eng.platform_record (slot, account_id, object, version);
create index platform_record_marks on eng.platform_record using gin (marks) where standing = 1;
create index platform_record_gone on eng.platform_record (gone_at) where gone_at is not null;

-- What syncs changed for the platform, in the order of their numbers.
create table eng.platform_change (
  slot       smallint    not null,
  account_id bigint      not null,
  object     text        not null,
  change_id  bigint      not null,
  number     bigint      not null,
  kind       smallint    not null,  -- 1 create 2 update 3 delete
  object_key text        not null,
  fields     json        not null,  -- the new values; null: blank
  before     json        not null,  -- what they held
  whole      json        not null,  -- the record afterwards; of a delete: before
  op_key     text        not null,  -- of the write: the same again has its effect once
  state      smallint    not null,  -- 1 waiting 2 done 3 refused 4 withdrawn
  reason     text        not null,  -- of a refusal
  made_at    timestamptz not null,
  settled_at timestamptz,
  constraint platform_change_pkey primary key (slot, account_id, change_id),
  constraint platform_change_op unique (slot, account_id, object, op_key),
  constraint platform_change_kind_check check (kind between 1 and 3),
  constraint platform_change_state_check check (state between 1 and 4),
  constraint platform_change_settled_check check ((state = 1) = (settled_at is null))
) with (fillfactor = 80);

create index platform_change_waiting on eng.platform_change (slot, account_id, object, number) where state = 1;
create index platform_change_of_record on eng.platform_change (slot, account_id, object, object_key, number) where state = 1;
create index platform_change_settled on eng.platform_change (settled_at) where settled_at is not null;

-- What pushes were answered, so that the same again does nothing.
create table eng.platform_push (
  slot       smallint    not null,
  account_id bigint      not null,
  object     text        not null,
  request_id text        not null,
  digest     bytea       not null,  -- SHA-256 of what was pushed
  answers    json        not null,  -- a number for each record, in their order
  pushed_at  timestamptz not null,
  constraint platform_push_pkey primary key (slot, account_id, object, request_id)
);

create index platform_push_old on eng.platform_push (pushed_at);

-- ---- Erasing a person
--
-- A record in which the person was found is empty afterwards, and neither there nor gone: what is written over must not be
-- carried to the other side, and what is gone must not be deleted there. Its version is another one, so that whoever works
-- on it stores nothing. When the platform pushes it again it is there again.

create function eng.erase_platform_record()
returns trigger
language plpgsql
as $$
begin
  if new.object_key <> old.object_key then
    new.object_key := 'erased/' || old.record_id;
  end if;
  if new.own_key <> old.own_key then
    new.own_key := '';
  end if;
  new.fields := '{}';
  new.reason := '';
  new.marks := '{}';
  new.version := -abs(old.version);
  new.gone_at := eng.now_();
  return new;
end
$$;

create trigger platform_record_erased before update of standing on eng.platform_record
  for each row when (new.standing = 4 and old.standing <> 4) execute function eng.erase_platform_record();

-- A change in which the person was found is not told any more.
create function eng.erase_platform_change()
returns trigger
language plpgsql
as $$
begin
  if new.object_key <> old.object_key then
    new.object_key := 'erased/' || old.change_id;
  end if;
  new.fields := '{}';
  new.before := '{}';
  new.whole := '{}';
  new.reason := '';
  new.settled_at := coalesce(old.settled_at, eng.now_());
  return new;
end
$$;

create trigger platform_change_erased before update of op_key on eng.platform_change
  for each row when (new.state = 4 and new.op_key <> old.op_key) execute function eng.erase_platform_change();
