"""Writing a file: whole or not at all, never over an input, never through somebody else's link."""

import os
import stat
import threading
from pathlib import Path

import pytest

from autowritten.errors import AutowrittenError
from autowritten.posts import files


def write(path, data=b"new", inputs=()):
    with files.whole_file(path, inputs) as file:
        file.write(data)


def test_a_file_is_put_in_place_whole_or_not_at_all(tmp_path):
    out = tmp_path / "out"
    out.write_bytes(b"old")
    with pytest.raises(KeyError), files.whole_file(out) as file:  # noqa: PT012
        file.write(b"half")
        raise KeyError
    assert (out.read_bytes(), os.listdir(tmp_path)) == (b"old", ["out"])
    write(out)
    assert (out.read_bytes(), os.listdir(tmp_path)) == (b"new", ["out"])


def test_a_new_file_has_the_mode_that_any_program_would_give_it(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "out")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_a_link_as_output_is_followed_to_its_target(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target", tmp_path / "link"
    link.symlink_to(target)
    for data in (b"made", b"replaced"):
        write(link, data)
        assert link.is_symlink()
        assert target.read_bytes() == data


@pytest.mark.parametrize("kind", ["same", "link", "hard link", "roundabout"])
def test_an_input_is_never_written_over(tmp_path, kind):
    source = tmp_path / "in"
    source.write_bytes(b"precious")
    out = tmp_path / "out"
    if kind == "link":
        out.symlink_to(source)
    elif kind == "hard link":
        out.hardlink_to(source)
    else:
        out = source if kind == "same" else Path(f"{tmp_path}/../{tmp_path.name}/in")
    with pytest.raises(AutowrittenError, match="is the input"):
        write(out, inputs=[str(source)])
    assert source.read_bytes() == b"precious"


def test_a_file_that_stdin_comes_from_is_an_input(tmp_path):
    """Through the descriptor, for the name is not known."""
    source = tmp_path / "in"
    source.write_bytes(b"precious")
    kept, number = os.dup(0), os.open(source, os.O_RDONLY)
    try:
        os.dup2(number, 0)
        with pytest.raises(AutowrittenError, match="is the input '-'"):
            write(source, inputs=["-"])
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(number)


def test_an_input_that_vanishes_meanwhile_is_no_crash(tmp_path):
    files.refuse_inputs([tmp_path / "gone", tmp_path], [str(tmp_path / "gone too"), "a\0b", "x" * 5000])


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(pipe, b"through")
    reader.join()
    assert got == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_finished_file_crosses_from_one_disk_to_another(tmp_path, monkeypatch):
    made, target = tmp_path / "made", tmp_path / "target"
    made.write_bytes(b"far")
    real = os.replace

    def replace(source, to):
        if source == made:
            raise OSError(18, "Invalid cross-device link")
        real(source, to)

    monkeypatch.setattr(files.os, "replace", replace)
    files.place(made, target)
    assert (os.listdir(tmp_path), target.read_bytes()) == (["target"], b"far")


@pytest.mark.parametrize("kind", ["link", "hard link", "folder", "pipe", "another's"])
def test_a_work_file_is_opened_again_only_if_it_is_ours(tmp_path, monkeypatch, kind):
    victim, work = tmp_path / "victim", tmp_path / "out.partial"
    victim.write_bytes(b"precious")
    if kind == "link":
        work.symlink_to(victim)
    elif kind == "hard link":
        work.hardlink_to(victim)
    elif kind == "folder":
        work.mkdir()
    elif kind == "pipe":
        os.mkfifo(work)
    else:
        work.write_bytes(b"theirs")
        monkeypatch.setattr(files.os, "geteuid", lambda: 12345)
    with pytest.raises(AutowrittenError, match="move it away"):
        files.reopen(work, 0)
    assert victim.read_bytes() == b"precious"


def test_a_work_file_is_never_created_over_anything(tmp_path):
    (tmp_path / "work").symlink_to(tmp_path / "nowhere")
    with pytest.raises(AutowrittenError, match="move it away"):
        files.create(tmp_path / "work")
    assert not (tmp_path / "nowhere").exists()


def test_work_files_of_long_names_have_short_ones(tmp_path):
    target = tmp_path / ("长" * 84)  # 252 bytes
    work = files.beside(target, ".partial")
    assert len(os.fsencode(work.name)) <= 255
    assert work == files.beside(target, ".partial")
    assert work != files.beside(tmp_path / ("长" * 83), ".partial")
    assert files.beside(Path("a"), ".partial") == Path("a.partial")


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "no/where", ""])
def test_impossible_names_are_one_line(tmp_path, name):
    with pytest.raises(AutowrittenError):
        write(tmp_path / name if name else tmp_path)
