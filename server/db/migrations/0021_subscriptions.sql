-- Subscription credits: a standing order that gives an account credits for each paid month, from its anchor on.

alter table ledger.accounts add column cycle_ms bigint;
comment on column ledger.accounts.cycle_ms is 'When the next paid month''s credits are due; null: none is paid. The sweep looks for it too (due_ms).';

create table ledger.subscriptions (
  account_id   bigint not null,
  id           text collate "C" not null,
  anchor_ms    bigint not null,
  zone         text not null,
  credits      bigint not null,
  cost_micro   bigint not null,
  rollover_max bigint not null,
  given        integer not null,
  pending      integer[] not null,
  last_no      bigint,
  rolled_no    bigint,
  constraint subscriptions_pkey primary key (account_id),
  constraint subscriptions_account foreign key (account_id) references ledger.accounts,
  constraint subscriptions_credits_bounded check (credits between 0 and 9007199254740991 and cost_micro >= 0 and rollover_max >= 0),
  constraint subscriptions_nothing_is_given_twice check (given >= 0 and given <= all (pending))
);
comment on table ledger.subscriptions is 'The one subscription of an account that gives credits. Another id begins anew; what was given stays in grants.';
comment on column ledger.subscriptions.anchor_ms is 'Boundary n is this and n months, in zone, on the same day or the month''s last.';
comment on column ledger.subscriptions.credits is 'Of each month that is given from now on.';
comment on column ledger.subscriptions.cost_micro is 'What a month brings in, micro-dollars.';
comment on column ledger.subscriptions.rollover_max is 'So many of a month''s unused credits live on through the next one; 0: none.';
comment on column ledger.subscriptions.given is 'Months before this number are settled: given, or passed over unpaid.';
comment on column ledger.subscriptions.pending is 'Months that are paid and were not given yet, in order.';
comment on column ledger.subscriptions.last_no is 'The newest month''s grant.';
comment on column ledger.subscriptions.rolled_no is 'The grant that carries what rolled over into it; null: nothing did.';
