"""The look of the simulator's pages: one shell, no script, no outside assets, light or dark as the browser asks."""

from html import escape
from urllib.parse import urlsplit

from simulator.wire import Request, Response, html_response

_STYLE = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1c2430;--soft:#5b6675;--line:#d9dee6;
--accent:#3b5bdb;--on:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--text:#e8ecf2;--soft:#9aa6b5;--line:#323b48;
--accent:#8ea4ff;--on:#10141a}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1rem}main.wide{max-width:72rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;margin:0 0 1.25rem}
h1{font-size:1.25rem;margin:0 0 .5rem}h2{font-size:1.05rem;margin:0 0 .5rem}
.amount{font-size:2rem;font-weight:650;margin:.25rem 0}
.soft{color:var(--soft);margin:.25rem 0}.notice{border-left:4px solid var(--accent);padding-left:.75rem}
label{display:block;margin:1rem 0 .25rem}
select,input:not([type]){width:100%;font:inherit;padding:.6rem;border-radius:.5rem;
border:1px solid var(--line);background:var(--bg);color:var(--text)}
.buttons{display:flex;gap:.75rem;margin-top:1.25rem;flex-wrap:wrap}
button{flex:1 1 8rem;font:inherit;font-weight:600;padding:.7rem 1rem;border-radius:.5rem;border:1px solid var(--line);
background:transparent;color:var(--text);cursor:pointer}
button.main{background:var(--accent);color:var(--on);border-color:var(--accent)}
button:focus-visible,select:focus-visible,input:focus-visible,a:focus-visible{
outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
"""


def language_of(request: Request) -> str:
    """fr when the browser prefers French to English, else en."""
    for part in request.headers.get("accept-language", "").lower().split(","):
        code = part.strip()[:2]
        if code in ("fr", "en"):
            return code
    return "en"


def shell(*, title: str, content: str, language: str = "en", is_wide: bool = False, status: int = 200) -> Response:
    """A whole page; `content` is HTML whose values are escaped already."""
    width = ' class="wide"' if is_wide else ""
    return html_response(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main{width}>{content}</main></body></html>",
        status=status,
    )


def not_here(key: str, *, language: str) -> Response:
    """The page for a key that names nothing."""
    content = f'<div class="card"><h1>404</h1><p>{escape(key)}</p></div>'
    return shell(title="404", content=content, language=language, status=404)


def web_address(text: object) -> str:
    """Only http and https addresses: anything else could run as a script in the payer's browser. Empty for those."""
    return text if isinstance(text, str) and urlsplit(text).scheme in ("http", "https") else ""


def table(headings: list[str], rows: list[list[str]]) -> str:
    """Cells are HTML already."""
    if not rows:
        return '<p class="soft">None.</p>'
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
