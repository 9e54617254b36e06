-- What every process must know of a provider account before anything is sent to it: whether it rests after trouble, and when it was sent to.

-- A row stands only while there is trouble: who answers well again has none.
create table videos.breakers (
  name      text primary key,   -- of a provider account, or of one of its routes
  provider  text   not null,
  cause     text   not null,
  failures  int    not null,    -- one after the other, nothing good between them
  openings  int    not null default 0,
  opened_ms bigint,             -- null: not so often yet
  retry_ms  bigint,             -- from then on one attempt at a time may try it
  probe     uuid,               -- the attempt that does
  probe_ms  bigint,
  constraint breakers_cause_known check (cause in ('unreachable', 'key', 'balance', 'model')),
  constraint breakers_open_or_not check ((opened_ms is null) = (retry_ms is null) and (opened_ms is null) = (openings = 0)),
  constraint breakers_probe_has_a_time check ((probe is null) = (probe_ms is null))
);

alter table videos.provider_accounts
  add column sends_per_minute int,   -- null: as many as come
  add column sends_per_second int,
  add constraint provider_accounts_sends_positive check (sends_per_minute > 0 and sends_per_second > 0);

-- The orders that were sent to an account with such a limit, as far back as it counts. Written and counted under the account's lock.
create table videos.sends (
  provider text   not null,
  at_ms    bigint not null
);
create index sends_by_provider on videos.sends (provider, at_ms);
