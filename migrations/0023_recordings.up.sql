-- Recordings: files of calls that are fetched from the provider before their links die, and kept for a while.
--
-- A row is the work while a file is fetched, what is known of it while it is kept, and its tombstone in the end. The
-- unique index is what makes one file of however many events that tell of it.

create table eng.recording (
  slot         smallint    not null,
  account_id   bigint      not null,
  recording_id bigint      not null,
  call_id      text        not null,
  kind         smallint    not null,            -- 1 recording 2 voicemail
  party        text        not null default '', -- the number of the other side: an erasure finds the person by it
  event_id     bigint      not null,            -- which told of it
  told_at      timestamptz not null,            -- the life of that event's link begins here
  state        smallint    not null,            -- 1 wanted 2 fetched 3 kept 4 failed 5 erased
  attempts     int         not null default 0,
  due_at       timestamptz not null,
  reason       text        not null default '',
  size         bigint      not null default 0,
  sha256       bytea,
  content_type text        not null default '',
  kept_at      timestamptz,
  erase_at     timestamptz,
  erased_at    timestamptz,
  step         int         not null default 0,
  created_at   timestamptz not null,
  constraint recording_pkey primary key (slot, account_id, recording_id),
  constraint recording_kind_check check (kind between 1 and 2),
  constraint recording_state_check check (state between 1 and 5),
  constraint recording_kept_check check (state <> 3 or (kept_at is not null and sha256 is not null)),
  constraint recording_erased_check check ((state = 5) = (erased_at is not null))
);

create unique index recording_once on eng.recording (account_id, call_id, kind);
create index recording_by_id on eng.recording (recording_id);
create index recording_by_account on eng.recording (account_id, recording_id);
create index recording_due on eng.recording (due_at) where state in (1, 2);
create index recording_over on eng.recording (erase_at) where state = 3 and erase_at is not null;

-- What an account wants to be kept.
create table eng.recording_policy (
  slot        smallint    not null,
  account_id  bigint      not null,
  recordings  boolean     not null,
  voicemails  boolean     not null,
  retain_days int         not null,  -- 0: until they are erased
  most_bytes  bigint      not null,
  since       timestamptz not null,  -- events that came before are not looked at
  constraint recording_policy_pkey primary key (slot, account_id)
);

create unique index recording_policy_by_account on eng.recording_policy (account_id);

-- How far the events of all accounts have been looked at. One row.
create table eng.recording_feed (
  one       boolean not null default true,
  commit_id bigint  not null,
  event_id  bigint  not null,
  constraint recording_feed_pkey primary key (one),
  constraint recording_feed_one_check check (one)
);

-- Files that are to be erased: ids only, which outlive the rows they come from. Whatever takes a recording away, a
-- trigger notes its file here in the same transaction.
create table eng.recording_waste (
  slot         smallint    not null,
  account_id   bigint      not null,
  recording_id bigint      not null,
  due_at       timestamptz not null,
  again_at     timestamptz,                     -- a fetch was under way: look once more then
  tried        boolean     not null default false,
  constraint recording_waste_pkey primary key (slot, account_id, recording_id)
);

create index recording_waste_due on eng.recording_waste (due_at);

create function eng.waste_recording()
returns trigger
language plpgsql
as $$
begin
  if old.state in (2, 3) then
    insert into eng.recording_waste as w (slot, account_id, recording_id, due_at, again_at)
    values (old.slot, old.account_id, old.recording_id, eng.now_(),
            case when old.state = 2 then eng.now_() + interval '30 minutes' end)
    on conflict (slot, account_id, recording_id) do update
      set due_at = excluded.due_at, again_at = coalesce(excluded.again_at, w.again_at), tried = false;
  end if;
  return null;
end
$$;

create trigger recording_deleted after delete on eng.recording
  for each row execute function eng.waste_recording();
create trigger recording_erased after update of state on eng.recording
  for each row when (new.state = 5 and old.state <> 5) execute function eng.waste_recording();
