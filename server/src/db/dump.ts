import { z } from 'zod'
import type { Sql } from './pool.ts'

const HEADER = `-- The database after all migrations, for reading. Made from the catalogues by "npm run schema"; a test says when it is stale.
-- Identical on every supported PostgreSQL: whatever a version prints in its own way is left out or put into one form.
`

/**
 * Prints the schemas, types, tables (columns, constraints by name, indexes, triggers), sequences, views and functions of a
 * database as SQL text, ordered by name. Not a backup: there is no data in it, and nothing of PostgreSQL's own.
 */
export async function dumpSchema(sql: Sql): Promise<string> {
  const read = async (statement: string) => Parts.parse((await sql.query(statement)).rows)
  const [schemas, types, sequences, tables, columns, constraints, indexes, triggers, views, functions] = [
    await read(SCHEMAS),
    await read(TYPES),
    await read(SEQUENCES),
    await read(TABLES),
    await read(COLUMNS),
    await read(CONSTRAINTS),
    await read(INDEXES),
    await read(TRIGGERS),
    await read(VIEWS),
    await read(FUNCTIONS),
  ]
  const of = (parts: readonly Part[], owner: string) => parts.filter((part) => part.owner === owner).map((part) => part.text)
  const paragraphs = schemas.flatMap(({ owner: schema, text }) => [
    `${text};`,
    ...of(types, schema).map((line) => `${line};`),
    ...of(sequences, schema).map((line) => `${line};`),
    ...tables
      .filter((table) => table.owner.startsWith(`${schema}.`))
      .map((table) => {
        const lines = [...of(columns, table.owner), ...of(constraints, table.owner)].map((line) => `  ${line}`)
        const after = [...of(indexes, table.owner), ...of(triggers, table.owner)].map((line) => `\n${line};`)
        return `create table ${table.owner} (\n${lines.join(',\n')}\n)${table.text};${after.join('')}`
      }),
    ...of(views, schema),
    ...of(functions, schema).map((line) => `${line};`),
  ])
  return `${[HEADER.trimEnd(), ...paragraphs].join('\n\n').replaceAll(/[ \t]+$/gm, '')}\n`
}

/** One line or paragraph, and the schema or table that it is printed under. */
const Parts = z.array(z.object({ owner: z.string(), text: z.string() }))
type Part = z.infer<typeof Parts>[number]

/** What is ours: not the system's, nor what an extension brought, nor the job engine's, which changes with its version. */
const OURS = `n.nspname not like 'pg\\_%' and n.nspname not in ('information_schema', 'pgboss')`
const TABLE = `format('%I.%I', n.nspname, c.relname)`

const SCHEMAS = `
  select n.nspname as owner, format('create schema %I', n.nspname) as text
  from pg_namespace n
  where ${OURS} and (n.nspname <> 'public' or exists (select from pg_class c where c.relnamespace = n.oid))
  order by n.nspname collate "C"`

const TYPES = `
  select n.nspname as owner, case t.typtype
      when 'e' then format('create type %I.%I as enum (%s)', n.nspname, t.typname,
        (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
      when 'c' then format('create type %I.%I as (%s)', n.nspname, t.typname,
        (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
         from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
      else format('create domain %I.%I as %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))
        || case when t.typnotnull then ' not null' else '' end
        || coalesce((select string_agg(format(' constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), '' order by k.conname collate "C")
            from pg_constraint k where k.contypid = t.oid and k.contype = 'c'), '')
    end as text
  from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
  where ${OURS} and (t.typtype in ('e', 'd') or t.typtype = 'c' and c.relkind = 'c')
  order by n.nspname collate "C", t.typname collate "C"`

const SEQUENCES = `
  select n.nspname as owner, format('create sequence %I.%I as %s', n.nspname, c.relname, format_type(s.seqtypid, null)) as text
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')
  order by n.nspname collate "C", c.relname collate "C"`

const TABLES = `
  select ${TABLE} as owner,
    coalesce(' partition of ' || (select i.inhparent::regclass::text from pg_inherits i where i.inhrelid = c.oid and c.relispartition), '')
      || coalesce(' ' || pg_get_expr(c.relpartbound, c.oid), '')
      || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '')
      || coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and c.relkind in ('r', 'p')
  order by n.nspname collate "C", c.relname collate "C"`

// In the order of their making, which is how they are best read.
const COLUMNS = `
  select ${TABLE} as owner,
    format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
      || case when a.attcollation not in (0, (select t.typcollation from pg_type t where t.oid = a.atttypid))
           then (select format(' collate %I', l.collname) from pg_collation l where l.oid = a.attcollation) else '' end
      || case a.attidentity when 'a' then ' generated always as identity' when 'd' then ' generated by default as identity' else '' end
      || case a.attgenerated
           when 's' then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
           when 'v' then format(' generated always as (%s) virtual', pg_get_expr(d.adbin, d.adrelid))
           else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end
      || case when a.attnotnull then ' not null' else '' end as text
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where ${OURS} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum`

// PostgreSQL 18 keeps NOT NULL as constraints ('n'); they are printed with their columns.
const CONSTRAINTS = `
  select ${TABLE} as owner, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)) as text
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and k.contype in ('p', 'u', 'c', 'f', 'x') and k.conparentid = 0
  order by array_position(array['p', 'u', 'x', 'c', 'f'], k.contype::text), k.conname collate "C"`

const INDEXES = `
  select ${TABLE} as owner, pg_get_indexdef(i.indexrelid) as text
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and not x.relispartition and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  order by x.relname collate "C"`

const TRIGGERS = `
  select ${TABLE} as owner, pg_get_triggerdef(t.oid) as text
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and not t.tgisinternal and t.tgparentid = 0
  order by t.tgname collate "C"`

const VIEWS = `
  select n.nspname as owner,
    format(E'create %sview %s as\\n%s', case c.relkind when 'm' then 'materialized ' else '' end, ${TABLE}, pg_get_viewdef(c.oid, true)) as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${OURS} and c.relkind in ('v', 'm')
  order by c.relname collate "C"`

const FUNCTIONS = `
  select n.nspname as owner, rtrim(pg_get_functiondef(p.oid), E'\\n') as text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${OURS} and p.prokind in ('f', 'p') and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  order by p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`
