"""The report as a page of its own: one file, nothing loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

from tools.status.report import Instance, Report
from tools.status.words import age, asked_for, headline

_STYLE = """
:root{color-scheme:light dark;--bad:#b3261e;--good:#1b7a3d;--so:#8a5a00;--line:#8883;--soft:#777}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#7bd88f;--so:#ffcc66;--soft:#aaa}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem;
overflow-wrap:anywhere}
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
p{margin:.2rem 0}.soft{color:var(--soft)}
.bad{color:var(--bad)}.good{color:var(--good)}.so{color:var(--so)}
.verdict{font-weight:600;font-size:1.1rem;margin:.7rem 0 .2rem}
ul{margin:.3rem 0;padding-left:1.2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-weight:600;white-space:nowrap}
td:first-child{font-weight:600}
@media(max-width:46rem){
thead{display:none}table,tbody,tr,td{display:block;width:100%}
tr{border-bottom:1px solid var(--line);padding:.5rem 0}
td{border:0;padding:.05rem 0;display:flex;gap:1rem;justify-content:space-between}
td:empty{display:none}
td:not(:first-child)::before{content:attr(data-is);color:var(--soft);flex:none}
td>span{text-align:right}td:first-child>span{text-align:left}
}
"""

Cell = tuple[str, str]
"""What it says, and its class."""


def page(report: Report, refresh_seconds: int | None = None) -> str:
    """The page; with `refresh_seconds` it loads itself anew that often."""
    refresh = f'<meta http-equiv="refresh" content="{refresh_seconds}">' if refresh_seconds else ""
    where = f"{escape(report.namespace)} on {escape(report.cluster)}"
    verdict = "good" if report.runs else "bad"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8">{refresh}',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(report.title)}: {'runs' if report.runs else 'trouble'}</title>",
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="soft">{where} · {escape(report.taken)}</p>',
        f'<p class="verdict {verdict}">{escape(headline(report))}</p>',
        _list(report.troubles, "bad"),
        _list(report.notes, "so"),
        *_services(report),
        *_nats(report),
        *_addresses(report),
        *_workspace(report),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _services(report: Report) -> Iterable[str]:
    yield "<h2>Services</h2>"
    yield _table(
        ("service", "asked for", "ready", "updated", "restarts", "version"),
        [
            [
                (one.service, ""),
                (asked_for(one), ""),
                (str(one.ready), "bad" if one.trouble else "good"),
                (str(one.updated), ""),
                (str(one.restarts), ""),
                (one.version, ""),
            ]
            for one in report.services
        ],
    )
    yield "<h2>Instances</h2>"
    yield _table(
        ("pod", "node", "zone", "address", "age", "restarts", "version", "state", "workspace"),
        [_instance(each) for one in report.services for each in one.instances],
    )


def _instance(each: Instance) -> list[Cell]:
    state = ("ready", "good") if each.ready else (each.trouble, "bad")
    texts = (each.node, each.zone, each.address, age(each.age_seconds))
    return [
        (each.pod, ""),
        *((text, "") for text in texts),
        (str(each.restarts), ""),
        (each.version, ""),
        state,
        (each.workspace, "good" if each.workspace == "connected" else "so"),
    ]


def _nats(report: Report) -> Iterable[str]:
    if report.nats:
        yield "<h2>NATS</h2>"
        yield _table(
            ("server", "routes to", "trouble"),
            [
                [
                    (one.server, ""),
                    (", ".join(one.routes), ""),
                    (one.trouble, "bad" if one.reachable else "so"),
                ]
                for one in report.nats
            ],
        )


def _addresses(report: Report) -> Iterable[str]:
    if report.addresses:
        yield "<h2>Public addresses</h2>"
        classes = {True: "good", False: "bad", None: "so"}
        yield _table(
            ("address", "answer"),
            [[(one.url, ""), (one.words, classes[one.answers])] for one in report.addresses],
        )


def _workspace(report: Report) -> Iterable[str]:
    if report.workspace is not None:
        yield "<h2>The workspace's own list</h2>"
        yield _table(
            ("instance", "address", "connected", "pod"),
            [
                [
                    (one.name, ""),
                    (one.address, ""),
                    ("yes" if one.connected else "no", "good" if one.connected else "so"),
                    (one.pod, ""),
                ]
                for one in report.workspace
            ],
        )


def _list(lines: Sequence[str], style: str) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="{style}">{items}</ul>' if items else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table; on a phone each row becomes a block whose cells carry their columns' names."""
    rows = [list(row) for row in rows]
    # A column that says nothing takes room and no more.
    kept = [i for i in range(len(columns)) if any(row[i][0] for row in rows)]
    head = "".join(f"<th>{escape(columns[i])}</th>" for i in kept)
    body = "".join(
        "<tr>" + "".join(_cell(columns[i], *row[i]) for i in kept) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(column: str, text: str, style: str) -> str:
    if not text:
        return "<td></td>"
    marked = f' class="{style}"' if style else ""
    return f'<td data-is="{escape(column)}"><span{marked}>{escape(text)}</span></td>'
