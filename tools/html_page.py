"""HTML pages in one file, which load nothing from elsewhere and can be read on a phone."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--bad:#b3261e;--good:#1b7a3d;--warn:#8a5a00;--line:#8883;--soft:#777}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#7bd88f;--warn:#ffcc66;--soft:#aaa}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem;
overflow-wrap:anywhere}
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
p{margin:.2rem 0}.soft{color:var(--soft)}
.bad{color:var(--bad)}.good{color:var(--good)}.warn{color:var(--warn)}
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
td:not(:first-child)::before{content:attr(data-column);color:var(--soft);flex:none}
td>span{text-align:right}td:first-child>span{text-align:left}
}
"""

Cell = tuple[str, str]
"""A cell's text and its CSS class."""


def html_page(title: str, parts: Iterable[str], *, head: str = "") -> str:
    """Returns a page.

    Args:
        title: The page's title, not escaped.
        parts: The elements of its body; empty ones are left out.
        head: More elements for its head, such as styles of its own.
    """
    page = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>{head}</head><body>",
        *parts,
        "</body></html>",
    ]
    return "\n".join(part for part in page if part) + "\n"


def html_list(lines: Sequence[str], css_class: str) -> str:
    """Returns a list of lines; nothing without any."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="{css_class}">{items}</ul>' if items else ""


def html_table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Returns a table without its empty columns.

    On a phone each row becomes a block, whose cells show the names of their columns.
    """
    shown = [i for i in range(len(columns)) if any(row[i][0] for row in rows)]
    head = "".join(f"<th>{escape(columns[i])}</th>" for i in shown)
    body = "".join(
        "<tr>" + "".join(_cell(columns[i], *row[i]) for i in shown) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(column: str, text: str, css_class: str) -> str:
    if not text:
        return "<td></td>"
    attribute = f' class="{css_class}"' if css_class else ""
    return f'<td data-column="{escape(column)}"><span{attribute}>{escape(text)}</span></td>'
