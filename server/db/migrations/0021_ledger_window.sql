-- The ledger's window: an account's row holds the first open grants only, so that it stays short however many there are.
--
-- The others wait in ledger.backlog, with what is available of each. A grant is wholly in one of the two places: whatever has credits
-- held is in the row, because a finish must find it there. The row says what of the backlog every decision has to know (`waiting`);
-- the backlog itself is read only by an operation that reaches beyond the row. Rules: server/src/ledger/window.ts.

create table ledger.backlog (
  account_id bigint not null,
  no         bigint not null,
  available  bigint not null,
  constraint backlog_pkey primary key (account_id, no),
  constraint backlog_not_empty check (available > 0)
);
comment on table ledger.backlog is 'Open grants that an account''s row has no room for, and what is left of them. Their facts are in ledger.grants.';

-- [credits, due_ms, priority, scope, expires_ms, cost_nano, no]
alter table ledger.accounts
  add column waiting bigint[],
  add constraint accounts_waiting_ok check (waiting is null or (cardinality(waiting) = 7 and waiting[1] > 0 and array_position(waiting, null) is null));
comment on column ledger.accounts.slots is
  'The first open grants in burn order: [no, priority, scope, expires_ms, cost_nano, available, held]*. scope 0: any model. expires_ms 2^63-1: never.';
comment on column ledger.accounts.waiting is
  'Null when ledger.backlog has nothing for the account. Else its credits, its earliest expiry, and the place in burn order of its first grant.';

-- Before this an account's row held all its open grants: it keeps them until the account moves.
alter table ledger.checkpoints
  add column waiting bigint[],
  add column backlog bigint[];
comment on column ledger.checkpoints.backlog is 'The grants in the backlog, written like ledger.accounts.slots.';
