-- Notices: a customer is told when credits run low, and before a grant with credits left expires. Plans may carry credits for each day.
-- Payments: each is a row of its own, whatever it pays, and may be promised before it is there.

-- ------------------------------------------------------------------------------------------------------------------ credits.low
alter table ledger.accounts
  add column watch bigint,
  add constraint accounts_watch_says_something check (watch <> 0);
comment on column ledger.accounts.watch is
  'The customer is told when available falls below this; negative while it is below, so that it is told once. Null: never. No journal row: not money.';

-- --------------------------------------------------------------------------------------------------------------- grant.expiring
create table webhooks.notices (
  customer      text collate "C" not null,
  expiring_ms   bigint,
  daily_ms      bigint,
  constraint notices_pkey primary key (customer),
  constraint notices_not_negative check (expiring_ms >= 0 and daily_ms >= 0)
);
comment on table webhooks.notices is 'How long before a grant with credits left expires its customer wants to hear of it. No row: as everybody.';
comment on column webhooks.notices.expiring_ms is 'Null: as everybody; 0: not at all.';
comment on column webhooks.notices.daily_ms is 'The same for the grants of daily allowances, of which nobody hears unless they asked.';

create table webhooks.told_grants (
  id         uuid not null,
  expires_ms bigint not null,
  constraint told_grants_pkey primary key (id)
);
create index told_grants_by_age on webhooks.told_grants (expires_ms);
comment on table webhooks.told_grants is 'Grants whose customers have been told that they expire: once each. Forgotten a day after they expired.';

-- ---------------------------------------------------------------------------------------------------------- allowances of plans
alter table ledger.allowances
  add column plan_policy jsonb not null default '[]',
  add constraint allowances_plan_policy_is_a_list check (jsonb_typeof(plan_policy) = 'array');
comment on column ledger.allowances.plan_policy is 'What the customer''s plan gives besides, written like policy: a day gives the sum of both.';

-- --------------------------------------------------------------------------------------------------------------------- payments
alter table plans.payments
  add column id         text collate "C",
  add column customer   text collate "C",
  add column kind       text not null default 'month',
  add column state      text not null default 'paid',
  add column product    jsonb,
  add column settled_ms bigint,
  add column grant_op   uuid;
update plans.payments p
   set id = 'pay_' || md5(p.subscription || ':' || p.month), settled_ms = p.at_ms,
       customer = (select s.customer from plans.subscriptions s where s.id = p.subscription),
       product = (select s.plan from plans.subscriptions s where s.id = p.subscription);
alter table plans.payments
  drop constraint payments_pkey,
  drop constraint payments_reference_once,
  alter column id set not null,
  alter column customer set not null,
  alter column product set not null,
  alter column kind drop default,
  alter column state drop default,
  alter column subscription drop not null,
  alter column month drop not null,
  add constraint payments_pkey primary key (id),
  add constraint payments_kind_known check (kind in ('month', 'upgrade', 'pack')),
  add constraint payments_state_known check (state in ('pending', 'paid', 'failed')),
  add constraint payments_settled_or_pending check ((settled_ms is null) = (state = 'pending')),
  add constraint payments_not_negative check (amount_micro >= 0);
-- A reference names one payment, also one that failed: a service that tries again names it anew.
create unique index payments_reference_once on plans.payments (method, reference) where reference is not null;
create unique index payments_month_once on plans.payments (subscription, month) where kind = 'month' and state = 'paid';
create index payments_of_a_customer on plans.payments (customer, id);
comment on table plans.payments is 'What customers paid, and what they have promised to pay: each payment once, and each month of a plan once.';
comment on column plans.payments.product is 'The plan or pack as it was when it was paid for.';
comment on column plans.payments.subscription is 'Null for a pack, and for the first month of a plan that is not paid yet.';
comment on column plans.payments.grant_op is 'The grant that it paid for, or will; null for a month, whose credits the ledger gives by itself.';
comment on column plans.payments.settled_ms is 'When it was confirmed or failed; null while it is pending: what it pays for is seen, and cannot be used.';
