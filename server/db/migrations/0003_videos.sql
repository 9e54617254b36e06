-- Videos: what was ordered, what was tried, what became of it.
-- The row is the state; a job only comes back to look at it. Money is not here: it is in the ledger, under videos.op_id.

create schema videos;

create table videos.videos (
  id                  text collate "C" primary key,              -- video_ + 8 hex of the second + 3 of the millisecond + random: sorts by time
  op_id               uuid not null,                 -- the hold's operation in the ledger
  customer            text not null,
  account             bigint not null,
  created_ms          bigint not null,
  operation           text not null,
  model               text not null,                 -- as asked for
  prompt              text not null,
  seconds             integer not null,
  width               integer not null,
  height              integer not null,
  reference_key       text,                          -- the first frame in our store
  metadata            jsonb not null default '{}',
  quote_id            text not null,
  quote               jsonb not null,                -- frozen: what was priced is what is sent
  state               text not null default 'queued',
  progress            smallint not null default 0,   -- never goes back
  cancel_requested_ms bigint,
  deadline_ms         bigint not null,               -- final: ends the video without a verdict
  ended_ms            bigint,
  error_code          text,
  error_message       text,
  job                 uuid,                          -- the one chain: a step goes on only if this is still its own id
  next_ms             bigint,                        -- when that job is due; the sweep looks for late ones
  asset_key           text,
  asset_bytes         bigint,
  asset_seconds       double precision,
  erased_ms           bigint,
  constraint videos_one_hold unique (op_id),
  constraint videos_quote_used_once unique (quote_id),
  constraint videos_state_known check (state in ('queued', 'in_progress', 'completed', 'failed')),
  constraint videos_ended_has_a_time check ((state in ('completed', 'failed')) = (ended_ms is not null)),
  constraint videos_failed_has_a_reason check ((state = 'failed') = (error_code is not null)),
  constraint videos_completed_has_its_bytes check (state <> 'completed' or erased_ms is not null or asset_key is not null),
  constraint videos_progress_in_percent check (progress between 0 and 100),
  constraint videos_open_has_a_job check (state in ('completed', 'failed') or (job is not null and next_ms is not null))
) with (fillfactor = 80);
create index videos_of_a_customer on videos.videos (customer, id) where erased_ms is null;
create index videos_open_by_next_step on videos.videos (next_ms) where state in ('queued', 'in_progress');

create index videos_to_erase on videos.videos (id) where erased_ms is not null and (asset_key is not null or reference_key is not null);

create table videos.provider_accounts (
  name       text primary key,
  open_limit integer,                                -- null: no limit. Locked while open attempts are counted
  constraint provider_accounts_limit_positive check (open_limit > 0)
);

create table videos.attempts (
  id             uuid primary key,                   -- also the idempotency key that the provider is given
  video          text collate "C" not null references videos.videos,
  no             smallint not null,
  route          text not null,
  provider       text not null,
  state          text not null default 'planned',
  created_ms     bigint not null,
  send_before_ms bigint,                             -- no byte leaves at or after this
  started_ms     bigint,                             -- the provider took it
  ended_ms       bigint,
  ref            jsonb,                              -- the provider's own reference, opaque
  ref_id         text,
  asset          jsonb,                              -- what the provider says the result is
  cost_micro     bigint,                             -- what we pay; never the customer's money
  error_code     text,
  error_message  text,
  constraint attempts_in_order unique (video, no),
  constraint attempts_reference_belongs_to_one unique (provider, ref_id),
  constraint attempts_sent_has_a_window check (state in ('planned', 'cancelled', 'expired') or send_before_ms is not null),
  constraint attempts_running_has_a_reference check (state not in ('running', 'fetching', 'checking', 'done') or ref is not null)
) with (fillfactor = 80);
create index attempts_open_at_provider on videos.attempts (provider) where state in ('submitting', 'submit_unknown', 'running');

create table videos.quotes (
  id         text primary key,
  customer   text not null,
  expires_ms bigint not null,
  quote      jsonb not null
);
create index quotes_by_expiry on videos.quotes (expires_ms);
