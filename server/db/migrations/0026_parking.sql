-- Parking: an order that its customer's credits do not pay for waits, without a hold, and goes on by itself.
--
-- Nothing of it is money, so nothing of it is in the journal. Whoever parks takes the account's lock, sees that the credits do not suffice, and raises
-- `standing_ver`: so nothing that raises them is decided without seeing what waits. How it goes on: server/src/videos/README.md, "Parked".

create table ledger.parked (
  op_id      uuid not null,
  account_id bigint not null,
  constraint parked_pkey primary key (op_id)
);
create index parked_of_an_account on ledger.parked (account_id);
comment on table ledger.parked is 'Holds that wait for credits: the operation ids that they will have. An account that has some is looked at whenever it may have more to spend.';

create table videos.parkings (
  video       text collate "C" not null references videos.videos,
  account     bigint not null,
  parked_ms   bigint not null,
  until_ms    bigint,
  max_credits bigint,
  policy      jsonb not null,
  keeps_quote boolean not null,
  constraint parkings_pkey primary key (video)
);
create index parkings_waiting on videos.parkings (account, video) where until_ms is null;
comment on table videos.parkings is 'Videos that wait, or waited, for credits.';
comment on column videos.parkings.until_ms is 'When it went on, or ended; null: it waits.';
comment on column videos.parkings.max_credits is 'It never goes on at a higher price.';
comment on column videos.parkings.policy is 'By which routes it may go: it is priced again.';
comment on column videos.parkings.keeps_quote is 'The customer named a quote, which is honoured for as long as it lasts.';

create table videos.waking (
  account  bigint not null,
  customer text not null,
  job      uuid not null,
  next_ms  bigint not null,
  constraint waking_pkey primary key (account)
);
create index waking_by_next_step on videos.waking (next_ms);
comment on table videos.waking is 'One row per account with parked videos: the one job that looks at them next. A step goes on only if this is still its own id.';

alter table videos.attempts
  drop constraint attempts_sent_has_a_window,
  add constraint attempts_sent_has_a_window check (state in ('parked', 'planned', 'cancelled', 'expired', 'rejected') or send_before_ms is not null);
