-- Plans: who has taken out which, and which months were paid. The credits are the ledger's (ledger.subscriptions), under the same id.

create schema plans;
comment on schema plans is 'Subscriptions to plans. Written by server/src/plans only.';

create table plans.subscriptions (
  id           text collate "C" not null,
  customer     text collate "C" not null,
  plan         jsonb not null,
  next_plan    jsonb,
  next_from_ms bigint,
  cancelled    boolean not null default false,
  started_ms   bigint not null,
  ended_ms     bigint,
  constraint subscriptions_pkey primary key (id),
  constraint subscriptions_next_has_a_time check ((next_plan is null) = (next_from_ms is null))
);
create unique index subscriptions_one_of_a_customer on plans.subscriptions (customer) where ended_ms is null;
comment on column plans.subscriptions.plan is 'The plan as it was when it was chosen: a configuration that changes changes nobody''s.';
comment on column plans.subscriptions.next_plan is 'Instead of plan from next_from_ms on.';
comment on column plans.subscriptions.cancelled is 'It ends when the last paid month does.';

create table plans.payments (
  subscription text collate "C" not null,
  month        integer not null,
  amount_micro bigint not null,
  method       text not null,
  reference    text collate "C",
  at_ms        bigint not null,
  constraint payments_pkey primary key (subscription, month),
  constraint payments_subscription foreign key (subscription) references plans.subscriptions,
  constraint payments_reference_once unique (method, reference)
);
comment on table plans.payments is 'Paid months: each once, and each payment for one of them.';
