-- The built-in provider's own order book. It is a provider like any other: nothing outside providers/animatic reads this.

create schema animatic;

create table animatic.orders (
  key          uuid primary key,                     -- the attempt's key: the same order twice is one clip
  job          jsonb not null,
  created_ms   bigint not null,
  not_before_ms bigint not null default 0,           -- [[slow:SECONDS]]
  state        text not null default 'waiting',
  lease_ms     bigint not null default 0,            -- until when somebody draws it; also the token of that somebody
  tries        smallint not null default 0,
  percent      smallint not null default 0,
  bytes        bigint,
  message      text,
  checks       integer not null default 0,           -- status reads so far, for [[flaky:N]]
  constraint orders_state_known check (state in ('waiting', 'rendering', 'rendered', 'failed', 'moderated', 'cancelled', 'hanging'))
);
create index orders_to_render on animatic.orders (created_ms) where state in ('waiting', 'rendering');
