-- Fewer bytes for each operation, in the tables and in the write-ahead log. Nothing means anything else than before.

-- The log of an update holds what lies between the first and the last byte that changed. So what every operation changes stands together, at the
-- end of the row: the credits of a slot are its last two numbers.
alter table ledger.accounts
  drop constraint accounts_ver_counts,
  drop constraint accounts_never_negative,
  drop constraint accounts_slots_ok;
alter table ledger.accounts rename column slots to old_slots;
alter table ledger.accounts rename column ver to old_ver;
alter table ledger.accounts rename column spent to old_spent;
alter table ledger.accounts rename column seen_ms to old_seen_ms;
alter table ledger.accounts
  add column slots   bigint[] not null default '{}',
  add column ver     bigint not null default 0,
  add column spent   bigint not null default 0,
  add column seen_ms bigint not null default 0;
update ledger.accounts set slots = old_slots, ver = old_ver, spent = old_spent, seen_ms = old_seen_ms;
alter table ledger.accounts
  drop column old_slots,
  drop column old_ver,
  drop column old_spent,
  drop column old_seen_ms,
  add constraint accounts_ver_counts check (ver >= 0 and grants_made >= 0),
  add constraint accounts_never_negative check (spent >= 0 and debt >= 0),
  add constraint accounts_slots_ok check (ledger.slots_ok(slots));
comment on column ledger.accounts.slots is
  'The first open grants in burn order: [no, priority, scope, expires_ms, cost_nano, available, held]*. scope 0: any model. expires_ms 2^63-1: never.';
comment on column ledger.accounts.ver is 'Number of journal rows of the account: fence of every write, and order of its history.';
comment on column ledger.accounts.spent is 'Captured less refunded, ever.';
comment on column ledger.accounts.seen_ms is 'The latest instant the account has seen: its time never goes back.';

-- The rows of a video are found by its hold, whose id the video's own row knows.
drop index ledger.journal_video;
