"""The reel in the shell: films in a folder, a page that plays them, and going on where it was."""

import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

from game.demo import get_demo
from tests.e2e.shell import contents, environment, succeed

SMALL = ("--size", "96x54", "--fps", "10", "--seconds", "0.2", "--quality", "low")
NAMES = ("the-race", "too-fast")


class Page(HTMLParser):
    """What a page plays and says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.films: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "video":
            self.films.append(str(dict(attrs)["src"]).partition("#")[0])

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_a_reel_goes_on_where_it_was(tmp_path: Path) -> None:
    films = tmp_path / "films"
    said = succeed(tmp_path, "reel", *NAMES, *SMALL, "-o", "films")
    assert said.splitlines()[0] == f"1 of 2: {Path('films', 'the-race.mp4')}"
    made = contents(films)
    assert set(made) == {"the-race.mp4", "too-fast.mp4", "index.html"}
    page = Page(made["index.html"].decode())
    assert page.films == ["the-race.mp4", "too-fast.mp4"]
    assert {get_demo(name).about for name in NAMES} <= set(page.words)
    # What is finished is kept as it is, and of what is interrupted nothing is taken for a film.
    (films / "too-fast.mp4").unlink()
    command = [sys.executable, "-m", "game", "reel", *NAMES, "--size", "480x270", "-o", "films"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reel:
        end = time.monotonic() + 60
        while (
            not any(path.stat().st_size for path in films.glob("too-fast*.partial.*"))
            and time.monotonic() < end
        ):
            time.sleep(0.05)
        reel.send_signal(signal.SIGINT)
        said, told = reel.communicate(timeout=60)
    assert (reel.returncode, told.splitlines()[-1]) == (
        130,
        "downslope: interrupted; 1 of 2 films are finished in films",
    )
    assert f"{Path('films', 'the-race.mp4')} is there already" in said
    assert {"the-race.mp4": made["the-race.mp4"]} == {
        name: data for name, data in contents(films).items() if name != "index.html"
    }
