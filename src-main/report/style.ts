/** The page's own look: one column, light or dark as the reader's system is, black on white on paper. */
export const css = `
:root{--ground:#f3f5f8;--panel:#fff;--line:#d5dce5;--soft:#e6ebf1;--text:#17202b;--muted:#556273;--accent:#1668d6;--bad:#c02626;--bad-fill:#fde3e3;--good:#0d8050;--good-fill:#d6f5e6;--warn:#9a6b00;--warn-fill:#fdf0c8;--chip:#e6ebf2;--alike:#d99a00;
--s0:#1668d6;--s1:#c2620a;--s2:#0d8050;--s3:#8a3fc0;--s4:#9a6b00;--s5:#0f7d86;--s6:#c0386b;--s7:#5d7050}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0f1216;--panel:#151a20;--line:#2a333e;--soft:#1f262f;--text:#e6eaf0;--muted:#94a0af;--accent:#5aa9ff;--bad:#ff6b6b;--bad-fill:#3b1f23;--good:#3ecf8e;--good-fill:#13352a;--warn:#f2c14e;--warn-fill:#3a3216;--chip:#232c37;--alike:#f2c14e;
--s0:#5aa9ff;--s1:#ffa24c;--s2:#3ecf8e;--s3:#c792ea;--s4:#f2c14e;--s5:#56d4dd;--s6:#ff8fb1;--s7:#a3b18a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:28px 24px 48px;background:var(--ground);color:var(--text);font:14px/1.5 system-ui,-apple-system,'Segoe UI','Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans CJK KR',sans-serif}
:lang(ko){word-break:keep-all;overflow-wrap:anywhere}
h1,h2,h3,p,dl,dd,figure{margin:0}
h1{font-size:28px;line-height:1.25;overflow-wrap:anywhere}
h2{font-size:19px;margin-bottom:10px}
h3{font-size:14px;margin:18px 0 6px}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
code{font:12px ui-monospace,'DejaVu Sans Mono',monospace;overflow-wrap:anywhere}
.over,.muted,footer,.id,small,dt{color:var(--muted)}
.over{font-size:13px}
.head{display:flex;flex-wrap:wrap;gap:10px 32px;margin-top:14px}
.head dt,.card dt{font-size:12px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:16px;padding-top:10px;border-top:1px solid var(--line)}
section{margin-top:22px;padding:18px 20px 20px;border:1px solid var(--line);border-radius:10px;background:var(--panel)}
section>p+p,section>p+.wide,section>p+.columns{margin-top:8px}
.caution{padding:6px 10px;border-radius:6px;background:var(--warn-fill);color:var(--text)}
.cards{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:1px;margin-top:12px;border:1px solid var(--line);border-radius:8px;background:var(--line);overflow:hidden}
.card{padding:10px 14px;background:var(--panel)}
.card dd{font-size:24px;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
.card .note{color:var(--muted);font-size:12px;font-weight:400;line-height:1.4}
.wide{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--soft);text-align:left;vertical-align:top}
thead th{color:var(--muted);font-size:12px;font-weight:500;white-space:nowrap;border-color:var(--line)}
th.number,td.number{text-align:right;white-space:nowrap}
.number+:not(.number){padding-left:12px}
.columns>div,.pair>div{min-width:0}
tfoot td{border-top:1px solid var(--line);border-bottom:0;font-weight:600}
tbody th{font-weight:600;white-space:nowrap}
small{display:block;max-width:140px;font-weight:400;font-size:12px;white-space:normal;overflow-wrap:anywhere}
.class{overflow-wrap:anywhere}
.id{font-size:12px;font-variant-numeric:tabular-nums}
.chip{display:inline-block;max-width:100%;padding:0 8px;border-radius:10px;background:var(--chip);font-size:12px;line-height:20px;overflow-wrap:anywhere}
.chip.warn{background:var(--warn-fill)}.chip.bad{background:var(--bad-fill)}.chip.good{background:var(--good-fill)}
.share{display:grid;grid-template-columns:64px auto;gap:8px;align-items:center;white-space:nowrap;font-variant-numeric:tabular-nums}
.share i{justify-self:end;height:8px;min-width:1px;border-radius:2px;background:var(--bad)}
.worst tbody tr:first-child>*{border-bottom:0;padding-top:10px}
.worst .more td{padding:0 0 12px}
.marks{display:flex;flex-wrap:wrap;gap:4px 8px;align-items:baseline;padding-bottom:6px}
.strip{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:6px}
.strip img,.hole{display:block;width:100%;border-radius:4px;background:var(--soft)}
.hole{display:grid;place-items:center;aspect-ratio:16/9;padding:4px;border:1px dashed var(--line);color:var(--muted);font-size:11px;text-align:center}
figcaption{color:var(--muted);font-size:11.5px;font-variant-numeric:tabular-nums}
.pair,.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:12px 28px}
.figure{display:block;width:100%;height:auto}
.matrix{margin:6px auto 0}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:12px}
.key::before{content:'';display:inline-block;width:14px;height:3px;margin-right:5px;border-radius:2px;background:var(--s);vertical-align:middle}
.rule{stroke:var(--soft);fill:none}
text{fill:var(--muted);font-size:11px;font-variant-numeric:tabular-nums}
.names text{font-size:inherit}
.end{text-anchor:end}.mid{text-anchor:middle}
.line{fill:none;stroke:var(--s);stroke-width:1.2;stroke-linejoin:round;opacity:.75}
.line.thick,.mean{stroke-width:2.4;opacity:1}.mean{stroke:var(--text)}
.band{fill:var(--muted);opacity:.16}
.chance{fill:none;stroke:var(--muted);stroke-dasharray:5 4}
.dot{fill:var(--s,var(--text))}
.bar{fill:var(--accent)}
.ground{fill:var(--soft)}.right{fill:var(--good)}.wrong{fill:var(--bad)}.alike{fill:var(--alike)}
.cluster{fill:none;stroke:var(--muted);stroke-width:.8}
${Array.from({ length: 8 }, (_, index) => `.series-${index}{--s:var(--s${index})}`).join('')}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 18px}
.settings{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:2px 24px}
.settings div{display:flex;gap:12px;justify-content:space-between;padding:2px 0;border-bottom:1px solid var(--soft)}
.settings dd{text-align:right;overflow-wrap:anywhere;min-width:0}
.note-text{overflow-wrap:anywhere}
footer{margin-top:22px;font-size:12px}
@media (max-width:980px){.cards{grid-template-columns:repeat(3,minmax(0,1fr))}}
@media (max-width:640px){.cards{grid-template-columns:repeat(2,minmax(0,1fr))}body{padding:16px 10px}.strip{grid-template-columns:repeat(3,minmax(0,1fr))}section{padding:14px 12px}}
@media print{:root{--ground:#fff}body{max-width:none;padding:0;font-size:10.5px}h1{font-size:22px}h2{font-size:15px}h3{font-size:12px}.over,.head dt,.card dt,.card .note,thead th,.chip,.id,small,footer{font-size:10px}.cards{grid-template-columns:repeat(6,minmax(0,1fr))}.card{padding:6px 8px}.card dd{font-size:16px}.pair,.columns{grid-template-columns:repeat(2,minmax(0,1fr))}th,td{padding:3px 8px 3px 0}.share{grid-template-columns:36px auto}section{border:0;padding:0;margin-top:16px}nav{display:none}.card,tbody,figure,.chip{break-inside:avoid}h2,h3{break-after:avoid}*{print-color-adjust:exact}.wide{overflow:visible}}
`
