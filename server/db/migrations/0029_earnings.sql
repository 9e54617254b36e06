-- What customers' money became: revenue when credits are captured, breakage when they expire; and royalties on the revenue.
--
-- Nothing of this is written in the hot path, and there is no account of ours that every order would move: whoever seals journal rows
-- (0028) derives these rows from their legs, in the same transaction, each once. They belong to the payer's journal row, by its key. All amounts
-- are whole micro-dollars; rules in words: server/src/ledger/README.md, "Earnings".

-- The only state: how far the price of a grant was recognised. It is always floor(worth * used / amount).
create table ledger.worths (
  account_id  bigint not null,
  no          bigint not null,
  amount      bigint not null,
  worth_micro bigint not null,
  used        bigint not null,
  constraint worths_pkey primary key (account_id, no),
  constraint worths_used_within check (used between 0 and amount and worth_micro >= 0)
);
comment on table ledger.worths is 'Grants that somebody paid for: their price (of a made-good grant what was carried over) and how many credits are spent or gone.';

create table ledger.earnings (
  account_id     bigint not null,
  ver            bigint not null,
  op_id          uuid not null,
  at_ms          bigint not null,
  revenue_micro  bigint not null,
  breakage_micro bigint not null,
  reversed_micro bigint not null,
  constraint earnings_pkey primary key (account_id, ver)
);
create index earnings_at on ledger.earnings using brin (at_ms);
create trigger append_only before update or delete or truncate on ledger.earnings for each statement execute function ledger.refuse_change();
comment on table ledger.earnings is 'Append-only: what a journal row (account_id, ver) did to what customers have paid for. Reversed: the price of credits whose purchase was paid back.';

create table ledger.payees (
  id         text collate "C" not null,
  name       text not null,
  created_ms bigint not null,
  constraint payees_pkey primary key (id)
);

-- Taken down with the hold, so that a contract that changes later leaves what is under way as it was agreed.
create table ledger.royalty_terms (
  op_id uuid not null,
  payee text collate "C" not null,
  basis_points smallint not null,
  constraint royalty_terms_pkey primary key (op_id, payee),
  constraint royalty_terms_payee foreign key (payee) references ledger.payees,
  constraint royalty_terms_a_part check (basis_points between 1 and 10000)
);
create trigger append_only before update or delete or truncate on ledger.royalty_terms for each statement execute function ledger.refuse_change();

create table ledger.royalties (
  op_id        uuid not null,
  seq          smallint not null,
  payee        text collate "C" not null,
  account_id   bigint not null,
  at_ms        bigint not null,
  amount_micro bigint not null,
  constraint royalties_pkey primary key (op_id, seq, payee),
  constraint royalties_payee foreign key (payee) references ledger.payees
);
create index royalties_of_a_payee on ledger.royalties (payee, at_ms);
create trigger append_only before update or delete or truncate on ledger.royalties for each statement execute function ledger.refuse_change();
comment on table ledger.royalties is 'Append-only: the royalty legs of journal row (op_id, seq): a capture''s, or negative a refund''s.';

create table ledger.payouts (
  id           uuid not null,
  payee        text collate "C" not null,
  amount_micro bigint not null,
  at_ms        bigint not null,
  reference    text not null,
  constraint payouts_pkey primary key (id),
  constraint payouts_payee foreign key (payee) references ledger.payees,
  constraint payouts_positive check (amount_micro > 0)
);
create index payouts_of_a_payee on ledger.payouts (payee);
create trigger append_only before update or delete or truncate on ledger.payouts for each statement execute function ledger.refuse_change();

-- For other modules: everything that came in or is owed to payees, by operation and account.
create view ledger.takings as
select op_id, account_id, at_ms, case when kind = 3 then amount else -amount end as credits,
       0::bigint as revenue_micro, 0::bigint as breakage_micro, 0::bigint as reversed_micro, 0::bigint as royalty_micro
  from ledger.journal where kind in (3, 6)
union all
select op_id, account_id, at_ms, 0, revenue_micro, breakage_micro, reversed_micro, 0 from ledger.earnings
union all
select op_id, account_id, at_ms, 0, 0, 0, 0, amount_micro from ledger.royalties;

-- Rows that were sealed before this earned nothing yet: where there are some, the chain begins anew, and all rows are noted once more.
do $$ begin
  if not exists (select 1 from ledger.seals) then return; end if;
  grant delete on ledger.seals to current_user;
  alter table ledger.seals disable trigger append_only;
  delete from ledger.seals;
  alter table ledger.seals enable trigger append_only;
  revoke delete on ledger.seals from current_user;
  delete from ledger.seal_checkpoint;
  delete from ledger.unsealed;
  insert into ledger.unsealed (spans)
  select array_agg(s.value order by a.id, s.place)
    from (select id, ver, row_number() over (order by id) / 1000 as part from ledger.accounts where ver > 0) a
   cross join lateral unnest(array[a.id, 1, a.ver]) with ordinality as s (value, place)
   group by a.part order by a.part;
end $$;
