-- Events onward: where events of accounts go, and each event on its way there.
--
-- One reader follows the feed of all accounts (migration 0008) and puts a row in place for each event and destination
-- that want each other, in the commit that moves its position on: a crash loses none and makes none twice. The owner of
-- the account's slot sends them. The row is the work while it waits, and the log of it afterwards; the event itself
-- stays in the inbox, so nothing of its content is here.

create sequence eng.onward_place;

create table eng.destination (
  slot           smallint    not null,
  account_id     bigint      not null,
  destination_id bigint      not null,
  name           text        not null,
  sink           text        not null,
  settings       jsonb       not null,
  secrets        jsonb       not null,            -- names of the tenant's secrets, by the sink's
  types          jsonb       not null,            -- patterns of types; empty: all
  numbers        jsonb       not null,            -- the provider's ids; empty: all
  state          smallint    not null,            -- 1 active 2 paused 3 stopped
  reason         text        not null default '',
  since          timestamptz not null,            -- events that came before are not taken by themselves
  failures       int         not null default 0,
  not_before     timestamptz,
  created_at     timestamptz not null,
  step           int         not null default 0,
  constraint destination_pkey primary key (slot, account_id, destination_id),
  constraint destination_state_check check (state between 1 and 3)
);

create unique index destination_by_id on eng.destination (destination_id);
create unique index destination_name on eng.destination (account_id, name);

create table eng.onward_delivery (
  slot           smallint    not null,
  account_id     bigint      not null,
  destination_id bigint      not null,
  event_id       bigint      not null,
  type           text        not null,
  order_key      bytea,                           -- SHA-256 of what the event is about; null: of nothing single
  place          bigint      not null default nextval('eng.onward_place'),
  state          smallint    not null default 1,  -- 1 pending 2 delivered 3 dead
  tries          int         not null default 0,
  alone          boolean     not null default false,
  due_at         timestamptz not null,            -- while it is pending; afterwards when that ended
  first_tried_at timestamptz,
  tried_at       timestamptz,
  status         int         not null default 0,  -- of the last HTTP answer; 0: none came
  reason         text        not null default '',
  constraint onward_delivery_pkey primary key (slot, account_id, destination_id, event_id),
  constraint onward_delivery_state_check check (state between 1 and 3)
) with (fillfactor = 80);

create index onward_delivery_by_place on eng.onward_delivery (destination_id, place);
create index onward_delivery_waiting on eng.onward_delivery (destination_id, place) where state = 1;
create index onward_delivery_in_order on eng.onward_delivery (destination_id, order_key, place) where state = 1;
create index onward_delivery_over on eng.onward_delivery (due_at) where state <> 1;

-- How far the events of all accounts have been looked at. One row.
create table eng.onward_feed (
  one       boolean not null default true,
  commit_id bigint  not null,
  event_id  bigint  not null,
  constraint onward_feed_pkey primary key (one),
  constraint onward_feed_one_check check (one)
);
