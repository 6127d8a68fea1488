"""The output file: whole or not there, resumable to the byte, never over an input."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from stub_scorer import StubScorer

from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts import OutputFile, open_posts, score_files
from autowritten.posts import files as files_module
from autowritten.posts import output as module
from autowritten.posts.journal import Commit, _digest

SETTINGS = {"model": "stub-1", "--fpr": 0.01}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = [{"id": n, "text": f"post number {n} of many " * (n % 3 + 1)} if n % 50 else {"id": n} for n in range(2000)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def run(source, out, *, stop_after=None, **options):
    """Score; stop after some batches, as if interrupted."""
    calls = iter(range(1, 10**9))
    with OutputFile(out, options.pop("settings", SETTINGS), [source], **options) as sink:
        stop = (lambda: next(calls) >= stop_after) if stop_after else (lambda: False)
        tally = score_files(open_posts([source]), StubScorer(), sink, tally=sink.tally, stop=stop)
        sink.commit() if tally.stopped else sink.finish()
    return tally


def left(folder, out):
    return sorted(name for name in os.listdir(folder) if name.startswith(out) and name != out)


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_a_stopped_run_goes_on_to_the_same_bytes(tmp_path, source, name):
    whole = run(source, tmp_path / f"whole.{name}")
    tally = run(source, tmp_path / name, stop_after=2)
    assert (tally.stopped, tally.rows) == (True, 512)
    assert not (tmp_path / name).exists()
    run(source, tmp_path / name, stop_after=3, resume=True)
    tally = run(source, tmp_path / name, resume=True)
    assert (tally.rows, tally.verdicts, tally.rejects) == (2000, whole.verdicts, {"missing_text": 40})
    assert tally.scored_now < whole.scored_now
    for suffix in ("", ".rejects.jsonl"):
        assert (tmp_path / f"{name}{suffix}").read_bytes() == (tmp_path / f"whole.{name}{suffix}").read_bytes()
    assert left(tmp_path, name) == [f"{name}.rejects.jsonl"]


def test_resume_survives_torn_and_lost_tails(tmp_path, source):
    run(source, tmp_path / "whole.jsonl")
    run(source, tmp_path / "out.jsonl", stop_after=2)
    with (tmp_path / "out.jsonl.partial").open("ab") as file:
        file.write(b'{"id": 512, "text": "half a li')
    with (tmp_path / "out.jsonl.journal").open("ab") as file:
        # Of rows that never reached the disk, and half a line.
        lost = json.dumps(asdict(Commit(rows=99999, bytes=10**7, verdicts={"human": 99999}))).encode()
        file.write(_digest(lost) + b" " + lost + b'\n0123456789abcdef {"rows": 76')
    run(source, tmp_path / "out.jsonl", resume=True)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("lost", ["partial", "rejects.partial"])
def test_resume_starts_over_if_the_rows_are_gone(tmp_path, source, lost):
    run(source, tmp_path / "whole.jsonl")
    run(source, tmp_path / "out.jsonl", stop_after=2)
    (tmp_path / f"out.jsonl.{lost}").unlink()
    run(source, tmp_path / "out.jsonl", resume=True)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize("step", ["place", "jsonl_to_csv", "sync_folder"])
@pytest.mark.parametrize("call", [1, 2])
def test_a_crash_while_finishing_is_mended_by_resume(tmp_path, source, monkeypatch, step, call):
    run(source, tmp_path / "whole.csv")

    def crash(*_arguments, **_options):
        nonlocal call
        call -= 1
        if call <= 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), OutputFile(tmp_path / "out.csv", SETTINGS, [source]) as sink:  # noqa: PT012
        score_files(open_posts([source]), StubScorer(), sink, tally=sink.tally)
        real = getattr(module, step)

        def maybe(*arguments, **options):
            crash()
            return real(*arguments, **options)

        call = 1 if step == "jsonl_to_csv" else call
        monkeypatch.setattr(f"autowritten.posts.output.{step}", maybe)
        sink.finish()
    monkeypatch.undo()
    run(source, tmp_path / "out.csv", resume=True)
    for suffix in ("", ".rejects.jsonl"):
        assert (tmp_path / f"out.csv{suffix}").read_bytes() == (tmp_path / f"whole.csv{suffix}").read_bytes()
    assert left(tmp_path, "out.csv") == ["out.csv.rejects.jsonl"]


def test_a_broken_off_run_is_never_overwritten_unasked(tmp_path, source):
    run(source, tmp_path / "out.jsonl", stop_after=1)
    with pytest.raises(UsageError, match=r"after 256 rows.*--resume.*--restart"):
        run(source, tmp_path / "out.jsonl")
    with pytest.raises(UsageError, match=r"can't resume, --fpr and model changed"):
        run(source, tmp_path / "out.jsonl", resume=True, settings={"model": "other", "--fpr": 0.05})
    run(source, tmp_path / "out.jsonl", restart=True)
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 1960


def test_resume_with_a_shorter_input_is_refused(tmp_path, source):
    run(source, tmp_path / "out.jsonl", stop_after=3)
    with open(source, "r+b") as file:
        file.truncate(5000)
    with pytest.raises(AutowrittenError, match="but 768 were scored before"):
        run(source, tmp_path / "out.jsonl", resume=True)


def test_an_earlier_rejects_file_does_not_outlive_its_truth(tmp_path, source):
    run(source, tmp_path / "out.jsonl")
    clean = tmp_path / "clean.jsonl"
    clean.write_text('{"text": "nothing wrong with this one"}\n')
    run(str(clean), tmp_path / "out.jsonl")
    assert left(tmp_path, "out.jsonl") == []


def test_the_output_is_never_an_input(tmp_path, source):
    before = Path(source).read_bytes()
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    os.link(source, tmp_path / "hard.jsonl")
    for name in ("in.jsonl", "link.jsonl", "hard.jsonl"):
        with pytest.raises(AutowrittenError, match="is the input"):
            run(source, tmp_path / name)
    with pytest.raises(AutowrittenError, match="is the input"):
        run(source, tmp_path / "out.jsonl", rejects=source)
    with pytest.raises(UsageError, match="a file of their own"):
        run(source, tmp_path / "out.jsonl", rejects=tmp_path / "out.jsonl")
    assert Path(source).read_bytes() == before


def test_places_where_no_file_can_be(tmp_path, source):
    (tmp_path / "folder.jsonl").mkdir()
    for path, why in (
        (tmp_path / "nowhere" / "out.jsonl", "there is no folder"),
        (tmp_path / "folder.jsonl", "is a folder"),
        ("/proc/out.jsonl", "can't be written"),
    ):
        with pytest.raises(AutowrittenError, match=why) as caught:
            run(source, path)
        assert caught.value.exit_code == 3
    assert left(tmp_path, "out") == []


def test_two_runs_never_write_one_file(tmp_path, source):
    with OutputFile(tmp_path / "out.jsonl", SETTINGS), pytest.raises(AutowrittenError, match="another run"):
        OutputFile(tmp_path / "out.jsonl", SETTINGS, resume=True)


def test_a_failing_disk_keeps_what_was_committed(tmp_path, source, monkeypatch):
    run(source, tmp_path / "whole.jsonl")

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_COMMIT_EVERY", 0.0)
    with pytest.raises(AutowrittenError, match=r"No space left on device; make room and go on with --resume") as caught:  # noqa: PT012, SIM117
        with OutputFile(tmp_path / "out.jsonl", SETTINGS, [source]) as sink:
            calls = iter(range(10**9))

            def stop():
                if next(calls) == 3:
                    monkeypatch.setattr(files_module.os, "fsync", full)
                return False

            score_files(open_posts([source]), StubScorer(), sink, tally=sink.tally, stop=stop)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "out.jsonl").exists()
    monkeypatch.undo()
    tally = run(source, tmp_path / "out.jsonl", resume=True)
    assert tally.scored_now < 1960 - 500
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


WORK = (".partial", ".journal", ".rejects.partial", ".lock")


@pytest.mark.parametrize("suffix", WORK)
def test_no_work_file_is_an_input(tmp_path, source, suffix):
    taken = tmp_path / f"out.jsonl{suffix}"
    Path(source).rename(taken)
    before = taken.read_bytes()
    with pytest.raises(AutowrittenError, match="is the input"):
        run(str(taken), tmp_path / "out.jsonl", restart=True)
    assert taken.read_bytes() == before


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("kind", ["file", "link", "hard link"])
@pytest.mark.parametrize("suffix", WORK)
def test_a_file_in_the_place_of_a_work_file_is_left_alone(tmp_path, source, suffix, kind, restart):
    victim, work = tmp_path / "victim", tmp_path / f"out.jsonl{suffix}"
    victim.write_text("precious")
    if kind == "file":
        work.write_text("precious")
    else:
        work.symlink_to(victim) if kind == "link" else work.hardlink_to(victim)
    with pytest.raises(AutowrittenError) as caught:
        run(source, tmp_path / "out.jsonl", restart=restart)
    assert caught.value.exit_code == 3
    assert (victim.read_text(), work.read_text()) == ("precious", "precious")
    assert not (tmp_path / "out.jsonl").exists()


def test_a_work_file_swapped_for_a_link_is_not_followed_on_resume(tmp_path, source):
    run(source, tmp_path / "out.jsonl", stop_after=2)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "out.jsonl.partial").unlink()
    (tmp_path / "out.jsonl.partial").symlink_to(victim)
    with pytest.raises(AutowrittenError, match="move it away"):
        run(source, tmp_path / "out.jsonl", resume=True)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("suffix", WORK)
def test_the_rejects_are_no_work_file(tmp_path, source, suffix):
    with pytest.raises(UsageError, match="a file of their own"):
        run(source, tmp_path / "out.jsonl", rejects=tmp_path / f"out.jsonl{suffix}")
    assert left(tmp_path, "out.jsonl") == []


@pytest.mark.parametrize("rows", ['{"text": "nothing wrong with this one"}\n', '{"id": 1}\n{"text": "one is"}\n'])
def test_rejects_replace_nothing_but_rejects(tmp_path, rows):
    source, notes = tmp_path / "in.jsonl", tmp_path / "notes.txt"
    source.write_text(rows)
    for words in ("my notes\n", '{"file": 1}\n', "[]"):
        notes.write_text(words)
        with pytest.raises(AutowrittenError, match="holds no rejects"):
            run(str(source), tmp_path / "out.jsonl", rejects=notes)
        assert notes.read_text() == words
    notes.write_text("")  # as mktemp makes it
    run(str(source), tmp_path / "out.jsonl", rejects=notes)
    run(str(source), tmp_path / "out.jsonl", rejects=notes)
    assert notes.exists()
    assert len(notes.read_text().splitlines()) == rows.count('"id"')


def test_a_pipe_or_a_device_is_no_output_file(tmp_path, source):
    os.mkfifo(tmp_path / "pipe.jsonl")
    for path in (tmp_path / "pipe.jsonl", Path("/dev/null")):
        with pytest.raises(AutowrittenError, match="is a pipe or a device"):
            run(source, path, format="jsonl")
        assert path.exists()
        assert not path.is_file()
    run(source, tmp_path / "out.jsonl", rejects="/dev/null")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_a_link_as_output_stays_and_can_be_resumed(tmp_path, source, name):
    (tmp_path / "there").mkdir()
    link = tmp_path / name
    link.symlink_to(tmp_path / "there" / name)
    run(source, tmp_path / f"whole.{name}")
    run(source, link, stop_after=2)
    assert run(source, link, resume=True).scored_now < 1960
    assert link.is_symlink()
    assert (tmp_path / "there" / name).read_bytes() == (tmp_path / f"whole.{name}").read_bytes()


def test_an_output_of_the_longest_name(tmp_path, source):
    out = tmp_path / ("x" * 249 + ".jsonl")
    run(source, out, stop_after=1)
    run(source, out, resume=True)
    assert out.exists()
    with pytest.raises(AutowrittenError, match="File name too long"):
        run(source, tmp_path / ("x" * 300 + ".jsonl"))


def test_what_a_killed_conversion_left_is_removed_and_nothing_else(tmp_path, source):
    run(source, tmp_path / "out.csv", stop_after=1)
    file, left_over = files_module.scratch(tmp_path / "out.csv")
    file.close()
    other = [tmp_path / ".autowritten-mine.tmp", files_module.scratch(tmp_path / "another.csv")[1]]
    other[0].touch()
    run(source, tmp_path / "out.csv", resume=True)
    assert not left_over.exists()
    assert all(path.exists() for path in other)


def change(path, at, new=b"#"):
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[:at] + new + data[at + len(new) :])


def test_resume_notices_an_input_changed_in_the_middle(tmp_path):
    source = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": n, "text": f"post number {n} of many " * 40}) + "\n" for n in range(2000)]
    source.write_text("".join(lines))
    run(str(source), tmp_path / "out.jsonl", stop_after=5)
    fingerprint = open_posts([str(source)])[0].source.fingerprint()
    change(source, len("".join(lines[:600])) + 30)  # over 256 KB from either end, the size kept
    assert open_posts([str(source)])[0].source.fingerprint() == fingerprint
    with pytest.raises(UsageError, match=r"the inputs changed since; start again with --restart"):
        run(str(source), tmp_path / "out.jsonl", resume=True)


@pytest.mark.parametrize("suffix", [".partial", ".rejects.partial"])
def test_resume_notices_rows_changed_at_the_same_length(tmp_path, source, suffix):
    run(source, tmp_path / "out.jsonl", stop_after=3)
    change(tmp_path / f"out.jsonl{suffix}", 40)
    with pytest.raises(UsageError, match=r"changed since; start again with --restart"):
        run(source, tmp_path / "out.jsonl", resume=True)
    run(source, tmp_path / "out.jsonl", restart=True)


def test_a_damaged_journal_is_one_line_wherever_the_damage(tmp_path, source):
    run(source, tmp_path / "whole.jsonl")
    run(source, tmp_path / "out.jsonl", stop_after=2)
    work = {path: path.read_bytes() for path in tmp_path.glob("out.jsonl.*")}
    journal = tmp_path / "out.jsonl.journal"
    refused = []
    for at in range(0, len(work[journal]), 7):
        for path, data in work.items():
            path.write_bytes(data)
        change(journal, at)
        try:
            run(source, tmp_path / "out.jsonl", resume=True)
        except AutowrittenError as error:
            refused.append(str(error))
        else:  # only the last commit: it counts as torn, and the run goes on from the one before
            assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert refused
    assert all("--restart" in line or "move it away" in line for line in refused)
    assert not [line for line in refused if "\n" in line]


def entry(value):
    body = json.dumps(value).encode()
    return _digest(body) + b" " + body + b"\n"


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        entry([]),
        entry(None),
        entry({}),
        entry({"settings": SETTINGS}) + entry({"rows": 1}),
        entry({"settings": SETTINGS}) + entry(asdict(Commit()) | {"bytes": "7"}),
        entry({"settings": SETTINGS}) + entry(asdict(Commit()) | {"rows": -256}),
        entry({"settings": SETTINGS}) + entry(asdict(Commit(rows=256, verdicts={"human": 1}))),
    ],
)
def test_a_forged_journal_is_one_line(tmp_path, source, lines):
    (tmp_path / "out.jsonl.journal").write_bytes(b"autowritten journal 1\n" + lines)
    with pytest.raises(UsageError, match=r"journal is damaged; start again with --restart"):
        run(source, tmp_path / "out.jsonl", resume=True)
    run(source, tmp_path / "out.jsonl", restart=True)


def test_another_bundle_of_the_same_name_is_noticed(bundle):
    from dataclasses import replace

    other = replace(bundle, config=bundle.config | {"sha256": {"classifier.safetensors": "other"}})
    assert other.name == bundle.name
    assert other.digest != bundle.digest
