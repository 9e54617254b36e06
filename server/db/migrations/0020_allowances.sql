-- Daily allowances: credits that an account gets by itself, one grant for each of its customer's local dates, made with the first hold of that date.

alter table ledger.accounts
  add column standing_ver bigint not null default 0,
  add column standing_ms  bigint;
comment on column ledger.accounts.standing_ver is 'Counts the changes of the account''s standing orders: together with ver the fence of every write.';
comment on column ledger.accounts.standing_ms is 'From this instant on its standing orders must be looked at; null: never. Holds before it read no other row.';

create table ledger.allowances (
  account_id bigint not null,
  zone       text not null,
  policy     jsonb not null,
  priority   smallint not null,
  last_no    bigint,
  constraint allowances_pkey primary key (account_id),
  constraint allowances_account foreign key (account_id) references ledger.accounts,
  constraint allowances_policy_is_a_list check (jsonb_typeof(policy) = 'array'),
  constraint allowances_priority_bounded check (priority between 0 and 100)
);
comment on table ledger.allowances is 'What an account gets day by day. Never removed, or a day could be given twice: one that has ended has an empty policy.';
comment on column ledger.allowances.zone is 'The customer''s time zone: where a day begins.';
comment on column ledger.allowances.policy is '[{from: date, credits: text}]: how many a day, from which local date on. Changes count from the next day that is given.';
comment on column ledger.allowances.last_no is 'The newest day''s grant; its date is in the period key, its end the expiry. No foreign key: nobody may lock rows of grants.';

create trigger never_removed before delete or truncate on ledger.allowances for each statement execute function ledger.refuse_change();
