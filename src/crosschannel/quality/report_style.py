"""The look of the report: system fonts, one column of text, pictures beside their numbers; a phone, a screen, paper."""

# Of the pictures of evidence, which are files of their own too: everything is said here, under their own class.
EVIDENCE_STYLE = (
    "svg.evidence{display:block;width:100%;max-width:24rem;height:auto;font-size:13px}"
    ".evidence text{fill:#1d2530}.evidence .name{font-weight:600}.evidence .small{fill:#5c6773;font-size:12px}"
    ".evidence .box{fill:#f5f7f9;stroke:#2f5d8a}.evidence .link{stroke:#2f5d8a;stroke-width:2}"
    ".evidence .refused{stroke:#b5483a;stroke-width:2;stroke-dasharray:5 4}.evidence .cross{stroke-dasharray:none}"
)

STYLE = """
:root { --ink:#1d2530; --quiet:#5c6773; --line:#dde2e8; --paper:#ffffff; --wash:#f5f7f9; --main:#2f5d8a; --warn:#c87020; --bad:#b5483a; --good:#2e7d5b; }
* { box-sizing:border-box; }
html { -webkit-text-size-adjust:100%; }
body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.55 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; }
main, header, footer { max-width:64rem; margin:0 auto; padding:0 1.25rem; }
header { padding-top:2.5rem; padding-bottom:1.25rem; }
h1 { font-size:1.9rem; line-height:1.2; margin:0 0 .4rem; letter-spacing:-.015em; }
h2 { font-size:1.35rem; line-height:1.25; margin:3rem 0 .6rem; padding-top:.9rem; border-top:2px solid var(--ink); letter-spacing:-.01em; }
h3 { font-size:1.02rem; margin:1.8rem 0 .4rem; } h4 { font-size:.95rem; margin:.6rem 0 .2rem; }
p { margin:.5rem 0; max-width:44rem; }
a { color:var(--main); }
code { font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; overflow-wrap:anywhere; }
.quiet, figcaption, caption, footer { color:var(--quiet); font-size:.9rem; }
nav { margin-top:.9rem; font-size:.92rem; } nav a { margin-right:1rem; white-space:nowrap; display:inline-block; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr)); gap:.75rem; margin:1.2rem 0; }
.tile { background:var(--wash); border-radius:.5rem; padding:.8rem 1rem; }
.tile b { display:block; font-size:1.5rem; line-height:1.2; letter-spacing:-.02em; font-variant-numeric:tabular-nums; }
.tile span { color:var(--quiet); font-size:.86rem; }
.scroll { overflow-x:auto; margin:.7rem 0; }
table { border-collapse:collapse; width:100%; font-size:.92rem; }
caption { text-align:left; padding-bottom:.3rem; }
th { text-align:left; font-weight:600; color:var(--quiet); font-size:.82rem; padding:.3rem .7rem .3rem 0; border-bottom:1px solid var(--ink); vertical-align:bottom; }
td { padding:.34rem .7rem .34rem 0; border-bottom:1px solid var(--line); vertical-align:middle; }
td.number { font-variant-numeric:tabular-nums; white-space:nowrap; }
td.heat { text-align:center; padding:.34rem .4rem; border:2px solid var(--paper); font-variant-numeric:tabular-nums; white-space:nowrap; }
svg.bar { display:block; width:100%; min-width:5rem; height:.8rem; background:var(--wash); }
svg.columns { display:block; width:100%; max-width:26rem; height:auto; } svg.columns text { font-size:11px; fill:var(--quiet); } svg.columns line { stroke:var(--ink); }
.main { fill:var(--main); } .warn { fill:var(--warn); } .muted { fill:#aab4bf; }
figure { margin:.8rem 0; } figcaption { margin-top:.3rem; max-width:26rem; }
.pair { display:grid; grid-template-columns:repeat(auto-fit,minmax(17rem,1fr)); gap:1rem 2rem; }
.cards { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(19rem,100%),1fr)); gap:1rem; margin:1rem 0; }
.card { border:1px solid var(--line); border-radius:.6rem; padding:1rem 1.1rem; break-inside:avoid; }
.card h3 { margin:0 0 .2rem; } .card ul { margin:.4rem 0 0; padding-left:1.1rem; font-size:.9rem; }
.chip { display:inline-block; background:var(--wash); border-radius:1rem; padding:.05rem .6rem; font-size:.84rem; margin:.2rem .3rem .2rem 0; }
.held { color:var(--good); font-weight:600; } .missed { color:var(--bad); font-weight:600; }
footer { margin-top:3rem; padding-top:1rem; padding-bottom:3rem; border-top:1px solid var(--line); }
@media (max-width:40rem) { body { font-size:15px; } h1 { font-size:1.5rem; } h2 { margin-top:2.2rem; } table { font-size:.86rem; } .wide { display:none; } }
@media print {
  @page { margin:16mm 14mm; } body { font-size:10pt; } main, header, footer { max-width:none; padding:0; } nav { display:none; }
  h2 { break-after:avoid; margin-top:1.6rem; } tr, figure, .card, .tile { break-inside:avoid; } .scroll { overflow:visible; } a { color:inherit; text-decoration:none; }
  * { -webkit-print-color-adjust:exact; print-color-adjust:exact; }
}
"""
