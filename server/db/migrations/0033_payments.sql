-- A payment names what it gave, so that it can be taken back with it. One that is refunded stays paid: what is taken back stands in the ledger.

alter table plans.payments
  add column grant_op uuid,
  drop constraint payments_state_known,
  add constraint payments_state_known check (state in ('pending', 'paid', 'failed'));
drop index plans.payments_month_once;
create unique index payments_month_once on plans.payments (subscription, month) where kind = 'month' and state = 'paid';
comment on column plans.payments.grant_op is 'The grant that it paid for, or will; null for a month, whose credits the ledger gives by itself.';
