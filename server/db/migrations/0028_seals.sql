-- A hash chain over the journal: a row that is changed, taken out or slipped in by hand later on shows.
--
-- Every transaction that writes journal rows leaves one note in ledger.unsealed that says which. Apart from the hot path, every few
-- seconds, one process takes the notes and writes a seal: a digest over exactly these rows, bound to the seal before it. Which
-- rows those are is not guessed from times or transaction numbers: a note is visible exactly when its rows are, however late its transaction
-- commits, and it is deleted by the transaction that seals them. So no row is missed and none is sealed twice.
-- Rules: server/src/ledger/seal.ts, server/src/ledger/seal-audit.ts.

create table ledger.unsealed (
  id    bigint generated always as identity,
  spans bigint[] not null,
  constraint unsealed_pkey primary key (id),
  constraint unsealed_spans_ok check (cardinality(spans) > 0 and cardinality(spans) % 3 = 0)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
comment on table ledger.unsealed is 'Journal rows that wait for their seal: one note per transaction that wrote some. Of one account, ids rise with versions.';
comment on column ledger.unsealed.spans is '[account_id, first ver, last ver]*';

create table ledger.seals (
  no          bigint not null,
  sealed_ms   bigint not null,
  row_count   bigint not null,
  spans       bigint[] not null,
  marks       bytea not null,
  rows_digest bytea not null,
  previous    bytea not null,
  hash        bytea not null,
  constraint seals_pkey primary key (no),
  constraint seals_count_from_one check (no > 0 and row_count > 0),
  constraint seals_mark_every_row check (octet_length(marks) = 4 * row_count),
  constraint seals_sha256 check (octet_length(rows_digest) = 32 and octet_length(previous) = 32 and octet_length(hash) = 32)
);
comment on table ledger.seals is 'Append-only: the hash chain. Each seals the journal rows of its spans, in their order, and the seal before it.';
comment on column ledger.seals.spans is '[account_id, first ver, last ver]*';
comment on column ledger.seals.marks is 'The first four bytes of each row''s digest, in order: so that the audit names the row, not only the seal.';
comment on column ledger.seals.rows_digest is 'SHA-256 over the digests of all rows, in order.';
create trigger append_only before update or delete or truncate on ledger.seals for each statement execute function ledger.refuse_change();
revoke update, delete, truncate on ledger.seals from public, current_user;

-- How far audits have come: seals up to `through` were checked (its hash then was `hash`), and `reviewed` goes round through the older ones.
create table ledger.seal_checkpoint (
  only_one boolean not null default true,
  through  bigint not null,
  hash     bytea not null,
  reviewed bigint not null,
  constraint seal_checkpoint_pkey primary key (only_one),
  constraint seal_checkpoint_only_one check (only_one)
);

-- What is hashed of a row: every column, as text that all versions of PostgreSQL write alike; text of others with its length before it, so
-- that no two rows are written the same. A column that is added later goes to the end, and only where it is not null: old digests stay.
create function ledger.row_digest(j ledger.journal) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(concat_ws('|', 'journal', j.op_id, j.seq, j.account_id, j.ver, j.kind, j.amount, j.change, j.available_after, j.at_ms,
    j.legs::text, coalesce(j.purpose::text, '-'), coalesce(j.deadline_ms::text, '-'), coalesce(j.cause::text, '-'),
    coalesce(encode(j.body, 'hex'), '-'), coalesce(octet_length(j.request_id) || ':' || j.request_id, '-'),
    coalesce(octet_length(j.video) || ':' || j.video, '-'), coalesce(octet_length(j.reason) || ':' || j.reason, '-')), 'UTF8'))
$$;

-- The history so far is sealed by the first seals.
insert into ledger.unsealed (spans)
select array_agg(s.value order by a.id, s.place)
  from (select id, ver, row_number() over (order by id) / 1000 as part from ledger.accounts where ver > 0) a
 cross join lateral unnest(array[a.id, 1, a.ver]) with ordinality as s (value, place)
 group by a.part order by a.part;
