import { setTimeout as wait } from 'node:timers/promises'
import { readFileSync } from 'node:fs'
import { openHouse, residentBytes } from './open-videos/house.ts'
const [count='1000', poll='30', secs='30'] = process.argv.slice(2)
const house = await openHouse(Number(poll))
const cpu = (pid:number)=>{const f=readFileSync(`/proc/${pid}/stat`,'utf8').replace(/^.*\) /s,'').split(' ');return (Number(f[11])+Number(f[12]))*10}
try {
 let t=performance.now()
 await house.open({count:Number(count),account:'a',done_at:()=>null,spread_ms:Number(poll)*1000})
 console.log('opened',count,'in',((performance.now()-t)/1000).toFixed(1),'s', (await house.pool.query(`select avg(pg_column_size(v.*))::int s, avg(pg_column_size(quote))::int q, avg(pg_column_size(metadata))::int m from videos.videos v`)).rows)
 const w=await house.worker()
 await wait(Math.min(20000, Number(poll)*1000))
 for (let i=0;i<3;i++){
 const a=await house.provider(), c=cpu(w.program.pid), p=house.postgresCpuMs(); t=performance.now()
 const l1=await house.pool.query("select pg_current_wal_lsn() - '0/0' as l, xact_commit from pg_stat_database where datname=current_database()")
 await wait(Number(secs)*1000/3)
 const l2=await house.pool.query("select pg_current_wal_lsn() - '0/0' as l, xact_commit from pg_stat_database where datname=current_database()")
 const b=await house.provider(), n=(b.asked['a']??0)-(a.asked['a']??0), d=(performance.now()-t)/1000
 console.log(`${(n/d).toFixed(0)} polls/s of ${(Number(count)/Number(poll)).toFixed(0)}; µs a poll: worker ${((cpu(w.program.pid)-c)/n*1000).toFixed(0)} postgres ${((house.postgresCpuMs()-p)/n*1000).toFixed(0)} emulator ${((b.cpu_ms-a.cpu_ms)/n*1000).toFixed(0)}; rss ${(residentBytes(w.program.pid)/1e6).toFixed(0)} MB; wal ${((Number(l2.rows[0].l)-Number(l1.rows[0].l))/n).toFixed(0)} B/poll, commits ${(Number(l2.rows[0].xact_commit-l1.rows[0].xact_commit)/n).toFixed(2)}`, (await house.pool.query("select sum(n_tup_upd) u, sum(n_tup_hot_upd) h from pg_stat_user_tables where relname='videos'")).rows[0])
 }
 const m = await w.metrics(); console.log(m.split('\n').filter(l=>/poll|overdue|open/.test(l)&&!l.startsWith('#')).join('\n').slice(0,3000))
 console.log(w.program.stderr.slice(0,500))
 await w.stop()
} finally { await house.end() }
process.exit(0)
