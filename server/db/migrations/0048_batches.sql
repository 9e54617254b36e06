-- Batches: many orders that are checked together and made one after the other, under a cap of their own.
--
-- A batch is no money: each of its items becomes at most one video, ordered as every other, in the one transaction that also marks the item. What
-- it holds and what it was charged is counted in the transactions that hold and finish (server/src/batches/README.md).

create schema batches;

create table batches.files (
  id         text collate "C" not null,
  customer   text collate "C" not null,
  name       text not null,
  bytes      bigint not null,
  purpose    text not null,
  created_ms bigint not null,
  constraint files_pkey primary key (id),
  constraint files_purpose_known check (purpose in ('batch', 'batch_output'))
);
create index files_of_a_customer on batches.files (customer, id);
comment on table batches.files is 'Files of orders, and of results. Their bytes are in the store, under batch-files/ and their id.';

create table batches.batches (
  id               text collate "C" not null,
  customer         text collate "C" not null,
  account          bigint not null,
  budget_key       text,
  name             text,
  metadata         jsonb not null,
  input_file       text,
  output_file      text,
  error_file       text,
  request_hash     bytea,
  state            text not null,
  paused_reason    text,
  outcome          text,
  errors           jsonb,
  price_credits    bigint not null,
  price_usd        text not null,
  max_credits      bigint,
  concurrency      int not null,
  delay_ms         bigint not null,
  window_ms        bigint not null,
  on_insufficient  text not null,
  item_low_s       bigint not null,
  item_high_s      bigint not null,
  waiting          int not null,
  waiting_credits  bigint not null,
  open             int not null default 0,
  completed        int not null default 0,
  failed           int not null default 0,
  cancelled        int not null default 0,
  held_credits     bigint not null default 0,
  charged_credits  bigint not null default 0,
  created_ms       bigint not null,
  started_ms       bigint,
  last_begun_ms    bigint,
  cancelling_ms    bigint,
  finalizing_ms    bigint,
  ended_ms         bigint,
  expires_ms       bigint,
  job              uuid,
  next_ms          bigint,
  changes          bigint not null default 0,
  constraint batches_pkey primary key (id),
  constraint batches_state_known check (state in ('ready', 'running', 'paused', 'cancelling', 'ended')),
  constraint batches_paused_for_a_reason check ((state = 'paused') = (paused_reason is not null)),
  constraint batches_reason_known check (paused_reason in ('asked', 'cap', 'insufficient_credits', 'budget')),
  constraint batches_ended_somehow check ((state = 'ended') = (outcome is not null)),
  constraint batches_outcome_known check (outcome in ('completed', 'cancelled', 'expired', 'failed')),
  constraint batches_on_insufficient_known check (on_insufficient in ('pause', 'fail')),
  constraint batches_count_no_less_than_nothing check (least(waiting, open, completed, failed, cancelled) >= 0
    and least(waiting_credits, held_credits, charged_credits) >= 0),
  constraint batches_has_a_job_while_it_may_go_on check ((job is null) = (next_ms is null))
);
create index batches_of_a_customer on batches.batches (customer, id);
create index batches_going_on on batches.batches (state) where state <> 'ended';
create index batches_by_next_step on batches.batches (next_ms) where next_ms is not null;
comment on table batches.batches is 'Orders that are made one after the other. The counters are those of its items, kept in the transactions that change them.';
comment on column batches.batches.budget_key is 'The key that made it, if that had a budget: it binds each item too.';
comment on column batches.batches.request_hash is 'Of the request that made it: how a silent repeat is known.';
comment on column batches.batches.price_credits is 'The sum of what its items were priced at when it was made. No item is ever charged more than that.';
comment on column batches.batches.held_credits is 'What is held for its open items now.';
comment on column batches.batches.changes is 'Rises with whatever the next step should know: a step that sees it changed looks again.';

create table batches.items (
  batch       text collate "C" not null references batches.batches on delete cascade,
  no          int not null,
  custom_id   text not null,
  priority    int not null,
  delay_ms    bigint,
  wish        jsonb not null,
  price       bigint not null,
  state       text not null,
  video       text collate "C",
  credits     bigint,
  charged     bigint not null default 0,
  error_code    text,
  error_message text,
  error_status  int,
  started_ms  bigint,
  ended_ms    bigint,
  constraint items_pkey primary key (batch, no),
  constraint items_custom_id_once unique (batch, custom_id),
  constraint items_state_known check (state in ('waiting', 'open', 'completed', 'failed', 'cancelled')),
  constraint items_open_has_a_video check (state <> 'open' or video is not null)
);
create index items_waiting on batches.items (batch, priority desc, no) where state = 'waiting';
create index items_open on batches.items (batch, no) where state = 'open';
create unique index items_of_a_video on batches.items (video) where video is not null;
comment on table batches.items is 'One order of a batch each. It becomes at most one video, in the transaction that takes it out of waiting.';
comment on column batches.items.price is 'Credits that it was priced at with its batch.';
comment on column batches.items.credits is 'What its video was quoted at, when it was ordered.';

alter table videos.videos add column batch text, add column batch_item text;
comment on column videos.videos.batch is 'The batch that ordered it; null: nobody but its customer did.';
comment on column videos.videos.batch_item is 'Its custom_id there.';
