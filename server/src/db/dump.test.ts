import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { dumpSchema } from './dump.ts'
import { MIGRATIONS_FOLDER } from './migrate.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

test('server/db/schema.sql shows the database as the migrations make it', async () => {
  const written = await readFile(join(MIGRATIONS_FOLDER, '../schema.sql'), 'utf8').catch(() => '')
  expect(await dumpSchema(database.pool), 'server/db/schema.sql is stale: run "npm run schema"').toBe(written)
})

test('every kind of thing that a migration can make is in the dump', async () => {
  await database.pool.query(`
    create schema sample;
    create type sample.colour as enum ('red', 'green');
    create domain sample.credits as bigint constraint credits_not_negative check (value >= 0);
    create sequence sample.numbers;
    create table sample.things (
      id bigint generated always as identity constraint things_pkey primary key,
      name text collate "C" default 'x' not null constraint things_name_short check (length(name) < 9),
      colour sample.colour,
      twice bigint generated always as (2 * length(name)) stored
    ) with (fillfactor = 70);
    create unique index things_by_name on sample.things (name) where colour = 'red';
    create table sample.parts (thing bigint constraint parts_thing references sample.things on delete cascade);
    create view sample.red as select id from sample.things where colour = 'red';
    create function sample.refuse() returns trigger language plpgsql as $$ begin raise exception 'immutable'; end $$;
    create trigger things_stay before delete on sample.things for each row execute function sample.refuse();
  `)
  const dump = await dumpSchema(database.pool)
  for (const part of [
    'create schema sample;',
    "create type sample.colour as enum ('red', 'green');",
    'create domain sample.credits as bigint constraint credits_not_negative CHECK ((VALUE >= 0));',
    'create sequence sample.numbers as bigint;',
    'create table sample.things (',
    '  id bigint generated always as identity not null,',
    `  name text collate "C" default 'x'::text not null,`,
    '  twice bigint generated always as ((2 * length(name))) stored,',
    '  constraint things_pkey PRIMARY KEY (id),',
    '  constraint things_name_short CHECK ((length(name) < 9))\n) with (fillfactor=70);',
    "CREATE UNIQUE INDEX things_by_name ON sample.things USING btree (name) WHERE (colour = 'red'::sample.colour);",
    'CREATE TRIGGER things_stay BEFORE DELETE ON sample.things',
    'constraint parts_thing FOREIGN KEY (thing) REFERENCES sample.things(id) ON DELETE CASCADE',
    'create view sample.red as\n',
    'CREATE OR REPLACE FUNCTION sample.refuse()',
  ]) {
    expect(dump).toContain(part)
  }
})
