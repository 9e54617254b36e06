-- Webhooks out: where customers want to hear of events, what happened, and what became of telling them.
-- An event and its deliveries are written in the transaction of what happened. The row is the state; a job only comes back to look at it.

create schema webhooks;

create table webhooks.endpoints (
  id                  text collate "C" primary key,
  customer            text collate "C" not null,
  name                text not null,
  url                 text not null,
  event_types         text[] not null,
  secret              bytea,                         -- sealed under FILMGATE_SECRET
  secret_hint         text not null,
  old_secret          bytea,                         -- after a rotation: signs along until the time below
  old_secret_until_ms bigint,
  created_ms          bigint not null,
  updated_ms          bigint not null,
  deleted_ms          bigint,                        -- the row stays: an event that is being written must never trip over its endpoint's end
  constraint endpoints_want_an_event check (cardinality(event_types) > 0),
  constraint endpoints_have_a_secret_until_deleted check ((secret is not null) = (deleted_ms is null)),
  constraint endpoints_old_secret_ends check ((old_secret is null) = (old_secret_until_ms is null))
);
-- Asked whenever something happens to any customer's video.
create index endpoints_of_a_customer on webhooks.endpoints (customer, id) where deleted_ms is null;

create table webhooks.events (
  id         text collate "C" primary key,           -- the same on every try and replay
  type       text not null,
  body       text not null,                          -- sent byte for byte like this every time
  created_ms bigint not null
);
create index events_by_age on webhooks.events (created_ms);

create table webhooks.deliveries (
  id          text collate "C" primary key,
  no          bigint generated always as identity,   -- the order in which the events of one video were written
  event       text collate "C" not null references webhooks.events on delete cascade,
  endpoint    text collate "C" not null references webhooks.endpoints,
  subject     text not null,                         -- the video: its events reach an endpoint in order
  state       text not null default 'waiting',
  job         uuid,                                  -- who comes back for it; null: a process has it in hand until next_ms
  next_ms     bigint not null,
  tries       integer not null default 0,
  round_tries smallint not null default 0,           -- since it was made or replayed: places it in the back-off
  last_status smallint,
  last_error  text,
  created_ms  bigint not null,
  ended_ms    bigint,
  constraint deliveries_state_known check (state in ('waiting', 'delivered', 'failed')),
  constraint deliveries_ended_has_a_time check ((state = 'waiting') = (ended_ms is null)),
  constraint deliveries_ended_has_no_job check (state = 'waiting' or job is null)
) with (fillfactor = 80);
create index deliveries_of_an_endpoint on webhooks.deliveries (endpoint, id);
create index deliveries_of_an_event on webhooks.deliveries (event);
create index deliveries_waiting_in_order on webhooks.deliveries (endpoint, subject, no) where state = 'waiting';
create index deliveries_waiting_by_time on webhooks.deliveries (next_ms) where state = 'waiting';

create table webhooks.tries (
  delivery text collate "C" not null references webhooks.deliveries on delete cascade,
  no       integer not null,
  at_ms    bigint not null,
  took_ms  integer not null,
  status   smallint,                                 -- null: no answer came
  error    text,                                     -- null: it was taken
  constraint tries_in_order primary key (delivery, no)
);
