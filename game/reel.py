"""The reel: films in a folder, and the page that plays them."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

ENDING = ".mp4"
PAGE = "index.html"
POSTER_S = 4.0
"""The moment of a film that stands for it until it plays."""


class Film(NamedTuple):
    """A row of the page.

    Attributes:
        file: its name in the folder.
        title: over it.
        about: one line.
        seconds: how long it runs.
        size: width and height, pixels.
    """

    file: str
    title: str
    about: str
    seconds: float
    size: tuple[int, int]


def write_page(folder: Path, films: Sequence[Film]) -> Path:
    """Write the page that plays films of the same folder; returns where it is."""
    path = folder / PAGE
    told = f"{len(films)} films" if len(films) != 1 else "One film"
    body = "".join(map(_describe, films))
    path.write_text(_PAGE.format(told=told, films=body), encoding="utf-8", newline="\n")
    return path


def _describe(film: Film) -> str:
    poster_s = min(POSTER_S, film.seconds / 2)
    return _FILM.format(
        file=escape(film.file),
        title=escape(film.title),
        about=escape(film.about),
        seconds=f"{film.seconds:.0f}",
        poster=f"{poster_s:g}",
        width=film.size[0],
        height=film.size[1],
    )


_FILM = """\
    <figure>
      <video controls loop muted playsinline preload="metadata" width="{width}" height="{height}"
             src="{file}#t={poster}" aria-label="{title}"></video>
      <figcaption>
        <h2>{title} <small>{seconds} s</small></h2>
        <p>{about}</p>
      </figcaption>
    </figure>
"""
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Downslope: the reel</title>
  <style>
    :root {{ --ground: #f7f6f3; --ink: #1d2126; --faint: #687079; --line: #e0ded8; --accent: #a86400; }}
    @media (prefers-color-scheme: dark) {{
      :root {{ --ground: #0e1318; --ink: #e8eaec; --faint: #929ca6; --line: #232b33; --accent: #f0a000; }}
    }}
    * {{ box-sizing: border-box; }}
    body {{
      margin: 0 auto; max-width: 90rem; padding: clamp(1.2rem, 4vw, 4rem);
      background: var(--ground); color: var(--ink);
      font: 1rem/1.5 Inter, system-ui, -apple-system, "Segoe UI", sans-serif;
    }}
    header {{ margin-bottom: clamp(1.5rem, 4vw, 3.5rem); }}
    header::before {{
      content: ""; display: block; width: 2.75rem; height: 3px; border-radius: 2px; background: var(--accent);
    }}
    h1 {{ margin: 0.6rem 0 0; font-size: clamp(2rem, 5vw, 3.4rem); line-height: 1.1; letter-spacing: -0.02em; }}
    p {{ margin: 0.2rem 0 0; color: var(--faint); max-width: 60ch; }}
    main {{
      display: grid; gap: clamp(1.5rem, 3vw, 3rem);
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr));
    }}
    figure {{ margin: 0; }}
    video {{
      display: block; width: 100%; height: auto; max-height: 80vh; border-radius: 10px;
      background: #000; border: 1px solid var(--line);
    }}
    figcaption {{ padding: 0.9rem 0.1rem 0; }}
    h2 {{ margin: 0; font-size: 1.2rem; letter-spacing: -0.01em; }}
    small {{ font-weight: 400; color: var(--faint); font-size: 0.85rem; margin-left: 0.4em; }}
  </style>
</head>
<body>
  <header>
    <h1>Downslope</h1>
    <p>{told} of balls that are optimizers, each rolling down a loss surface. Made by <code>downslope reel</code>.</p>
  </header>
  <main>
{films}  </main>
  <script>
    for (const film of document.querySelectorAll("video"))
      film.addEventListener("play", () => {{
        for (const other of document.querySelectorAll("video")) if (other !== film) other.pause();
      }});
  </script>
</body>
</html>
"""
