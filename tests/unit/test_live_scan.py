"""Ground that gets sharper while balls roll on it."""

import time
from pathlib import Path

import numpy as np
import pytest

from game import cli, commands
from game.scan import open_scan
from game.session import Experiment, Session
from landscapes.errors import InputError
from landscapes.files import read_sheet
from landscapes.network.scan import scan

PATIENCE_S = 60.0
HILLS = ["sin(2*x) + sin(2*y)", "sin(2*x) + sin(2*y) + 0.2*y"]


def play(landscape: str) -> Session:
    return Session(Experiment(landscape, balls=200), commands.apply)


def test_balls_roll_on_over_ground_that_gets_sharper_until_it_is_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with open_scan("xor", "serial", lambda _: None) as live:
        first = live.wait()
        session = play(first)
        session.view.scanning = True
        ticks, stop_s = 0, time.monotonic() + PATIENCE_S
        while (
            session.view.scanning or session.world.landscape.source == first
        ) and time.monotonic() < stop_s:
            live.tend(session)
            session.tick(1 / 60)
            ticks += 1
    assert session.message.startswith("sharp: 257 x 257 points")
    assert session.world.tick == ticks
    lines = [line for _, line in session.log]
    assert [line.split()[0] for line in lines] == ["ground.sharpen"] * len(lines)
    last = session.world.landscape
    assert last.source == session.experiment.landscape == str(Path(first).with_name("xor 257.npz"))
    sheets = [read_sheet(path) for path in Path(first).parent.glob("*.npz")]
    assert sorted(len(sheet.xs) for sheet in sheets) == [17, 33, 65, 129, 257]
    whole = scan(last.exact, last.domain, 257).values  # type: ignore[arg-type]
    for sheet in sheets:
        stride = 256 // (len(sheet.xs) - 1)
        np.testing.assert_array_equal(sheet.loss, whole[::stride, ::stride])
    # Who is released anew is released on what is known by now.
    session.execute("balls.release")
    assert session.world.landscape.source == last.source


def test_a_scan_that_is_stopped_or_cannot_be_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with open_scan("digits", "serial", lambda _: None) as live:
        session = play(live.wait())
        session.view.scanning = True
        session.execute("app.leave")
        assert (session.view.scanning, session.view.closing) == (False, False)
        live.tend(session)
        assert "the scan is stopped" in session.message
    kept = list(tmp_path.rglob("*.chunk"))
    assert kept
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name.startswith(".")]
    with open_scan("nonsense", "serial", lambda _: None) as live, pytest.raises(InputError, match="unknown"):
        live.wait()
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr("sys.argv", ["downslope", "play", "--scan", "moons"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "no display to open a window on: downslope scan moons" in capsys.readouterr().err


def test_balls_keep_the_colour_of_their_valley_where_valleys_change_places() -> None:
    domain = "; domain=-3,3,-3,3"
    session = play(HILLS[0] + domain)
    before = session.world.valleys.minima[:, session.homes]
    session.execute(f"ground.sharpen '{HILLS[1]}{domain}'")
    after = session.world.valleys.minima[:, session.homes]
    assert np.abs(after - before).max() < 0.5
    session.execute("lr.set 0.01")
    session.execute("edit.undo")
    assert session.experiment.landscape == HILLS[1] + domain
