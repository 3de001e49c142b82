"""What happens to a run besides death: damaged files, kernels that die, hang or are missing, other builds."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from toy import HEAD, write_toy

from portfolio_study.errors import BuildError
from portfolio_study.publishing import execute, publish
from portfolio_study.publishing.execute import Job, execute_all, execute_chapter
from portfolio_study.publishing.kernels import kernel_environment
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import intact, read_chapter
from portfolio_study.publishing.publish import build_lock, cannot_write
from portfolio_study.store import PACKAGE

pytestmark = pytest.mark.slow  # kernels start, die and hang


@pytest.fixture
def toy(tmp_path, monkeypatch):
    root = write_toy(tmp_path / "toy")
    for name in [name for name in os.environ if name.startswith("STUDY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STUDY_ROOT", str(root))
    return Layout(root, root / "build")


def job(toy, source, name="one"):
    path = toy.book / f"{name}.md"
    path.write_text(f"{HEAD}# T\n\n```{{code-cell}} ipython3\n{source}\n```\n")
    return Job(read_chapter(f"book/{name}", path), {}, "stamp", toy.store / f"{name}-stamp.ipynb")


def nobody_left(root, seconds=30.0):
    """Whether all processes whose study is in a folder end by themselves."""
    until = time.monotonic() + seconds
    while (found := processes(root)) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def processes(root):
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("STUDY_ROOT") == str(root):
                found.append(f"{process.pid} {' '.join(process.cmdline())[:200]}")
        except psutil.Error:
            continue
    return [line for line in found if "pytest" not in line]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", r"chapter one: its kernel was killed or crashed .*JOBS=1"),
        ("import os; os._exit(3)", r"chapter one: its kernel was killed or crashed"),
        ("import time; time.sleep(600)", r"chapter one: nothing was computed for 0 minutes.*never comes"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", r"chapter one: nothing was computed"),
    ],
    ids=["killed", "ended", "waits for ever", "stopped"],
)
def test_a_kernel_that_dies_or_hangs_is_named_with_what_to_do(toy, monkeypatch, source, said):
    monkeypatch.setattr(execute, "HANG_SECONDS", 5.0)
    one = job(toy, source)
    with pytest.raises(BuildError, match=said):
        execute_chapter(one, toy.root, lambda *_: None)
    assert not one.output.exists() and not list(toy.store.glob("*.tmp"))


@pytest.mark.slow
def test_a_hang_ends_the_kernel_and_not_what_was_there_before(toy, monkeypatch):
    monkeypatch.setattr(execute, "HANG_SECONDS", 2.0)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as bystander:
        with pytest.raises(BuildError, match="nothing was computed"):
            execute_chapter(job(toy, "import time; time.sleep(600)"), toy.root, lambda *_: None)
        lives = bystander.poll() is None
        bystander.kill()
    assert lives
    assert not [
        child
        for child in psutil.Process().children(recursive=True)
        if "ipykernel" in " ".join(child.cmdline())
    ]


@pytest.mark.slow
def test_a_kernel_that_computes_does_not_hang(toy, monkeypatch):
    monkeypatch.setattr(execute, "HANG_SECONDS", 2.0)
    one = job(toy, "import time\nuntil = time.time() + 8\nwhile time.time() < until: pass")
    execute_chapter(one, toy.root, lambda *_: None)
    assert intact(one.output, "stamp")


@pytest.mark.parametrize(
    "command", [None, "/no/such/python", "false"], ids=["none", "no interpreter", "broken"]
)
def test_a_kernel_that_is_missing_or_broken_is_named_with_what_to_do(toy, monkeypatch, tmp_path, command):
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

    def found(self, name):
        if command is None:
            raise NoSuchKernel(name)
        return KernelSpec(argv=[command, "{connection_file}"], display_name="x", language="python")

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", found)
    with pytest.raises(BuildError, match=r"chapter one: .*kernel python3 is missing or broken.*ipykernel"):
        execute_chapter(job(toy, "1"), toy.root, lambda *_: None)


@pytest.mark.slow
def test_kernels_end_with_a_build_that_is_killed(toy):
    """Nothing may compute on, and no kernel may write into the next build."""
    code = f"""
import os, sys
from pathlib import Path
from portfolio_study.publishing.execute import Job, execute_all
from portfolio_study.publishing.kernels import kernel_environment
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import read_chapter
root = Path({str(toy.root)!r})
if __name__ == "__main__":
    toy = Layout(root, root / "build")
    job = Job(read_chapter("book/one", root / "book" / "one.md"), {{}}, "stamp", toy.store / "one.ipynb")
    execute_all([job], kernel_environment(toy, 1, None) | {{"PYTHONPATH": os.environ["PYTHONPATH"]}}, root)
"""
    script = toy.root / "build.py"
    script.write_text(code)
    job(toy, f"open({str(toy.root / 'started')!r}, 'w').close()\nimport time; time.sleep(600)")
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    build = subprocess.Popen([sys.executable, str(script)], env=environment, cwd=toy.root)
    until = time.monotonic() + 120
    while not (toy.root / "started").exists() and build.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    assert (toy.root / "started").exists() and len(processes(toy.root)) >= 3, "build, chapter and kernel"
    build.send_signal(signal.SIGKILL)
    build.wait()
    assert nobody_left(toy.root) == []


#: A Sphinx extension that says that the rendering is on, and does not end.
ENDLESS = """
import time
from pathlib import Path
def setup(app):
    (Path(__file__).parent / "rendering").write_text("")
    time.sleep(600)
"""


@pytest.mark.slow
def test_jupyter_book_ends_with_a_build_that_is_killed(toy):
    """Else it would go on writing into the folder in which the next build renders."""
    stage = toy.root / "stage"
    stage.mkdir()
    (stage / "endless.py").write_text(ENDLESS)
    (stage / "_config.yml").write_text("title: T\nsphinx: {local_extensions: {endless: .}}\n")
    (stage / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (stage / "index.md").write_text("# T\n")
    code = "import sys; from pathlib import Path; from portfolio_study.publishing.render import render_site\n"
    code += "render_site(*map(Path, sys.argv[1:]))"
    build = subprocess.Popen(
        [sys.executable, "-c", code, "stage", "site"],
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        cwd=toy.root,
    )
    until = time.monotonic() + 300
    while not (stage / "rendering").exists() and build.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    seen = len(processes(toy.root))
    build.send_signal(signal.SIGKILL)
    build.wait()
    assert (stage / "rendering").exists() and seen == 2, "the build and Jupyter Book"
    assert nobody_left(toy.root) == []


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "empty", "one digit"])
def test_a_damaged_notebook_is_no_result(toy, monkeypatch, damage):
    monkeypatch.setattr("portfolio_study.publishing.kernels.compiled_key", lambda root: "key")
    one = job(toy, "print('first line')\nprint(40)")
    assert not intact(one.output, "stamp")
    execute_all([one], kernel_environment(toy, 1, None), toy.root)
    assert intact(one.output, "stamp") and not intact(one.output, "another")
    text = one.output.read_text()
    assert text.count("40\\n") == 1
    one.output.write_text(
        {"cut": text[:-9], "empty": "", "one digit": text.replace("40\\n", "41\\n")}[damage]
    )
    assert not intact(one.output, "stamp")


def test_a_build_folder_that_cannot_be_written_is_named_with_what_to_do(toy, monkeypatch):
    toy.build.write_text("a file in its place")
    with (
        pytest.raises(BuildError, match=r"build.* cannot be written .*it is a file where a folder is needed"),
        build_lock(toy),
    ):
        pass
    toy.build.unlink()

    def read_only(self, *args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "open", read_only)
    with (
        pytest.raises(BuildError, match=r"\.lock cannot be written \(Read-only file system\)"),
        build_lock(toy),
    ):
        pass
    said = cannot_write(OSError(errno.ENOSPC, "No space left on device", "/x/y"), toy)
    assert said.startswith(
        "/x/y cannot be written (No space left on device): free some space, and build again"
    )
    assert "untouched" in said


def command(toy, **flags):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STUDY_")}
    environment |= {"STUDY_ROOT": str(toy.root), "STUDY_PROFILE": "smoke", "PYTHONPATH": str(PACKAGE.parent)}
    return environment | {f"STUDY_{key}": value for key, value in flags.items()}


def book(toy, **flags):
    return subprocess.run(
        [sys.executable, "-m", "portfolio_study", "book"],
        env=command(toy, **flags), cwd=toy.root, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def test_whatever_is_damaged_the_next_book_is_right(toy):
    """Notebook, ledger, snapshot, memory of the prices and the published run, one after the other."""
    first = book(toy)
    assert first.returncode == 0, first.stderr
    right = {path.name: path.read_text() for path in (toy.build / "html" / "book").glob("*.html")}
    assert ">40<" in right["alpha.html"]
    snapshots = toy.build / "snapshots"
    targets = {
        "alpha": next(toy.store.glob("alpha-*.ipynb")),
        "ledger": next(toy.store.glob("ledger-*.json")),
        "data": next(toy.store.glob("data-*.json")),
        "snapshot": next(snapshots.glob("*.parquet")),
        "manifest": next((snapshots / "requests").glob("*.json")),
        "run": toy.build / "current" / "run.json",
    }
    for path in targets.values():
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    (toy.build / "current" / "run.json").write_text("{")  # else the run counts as up to date
    again = book(toy)
    assert again.returncode == 0, again.stderr
    assert "the stored result of alpha is damaged: it is made again" in again.stderr + again.stdout
    assert {path.name: path.read_text() for path in (toy.build / "html" / "book").glob("*.html")} == right
    for path in targets.values():
        if path.name != "run.json":
            assert path.stat().st_size > 0
    assert json.loads((toy.build / "run.json").read_text())["profile"] == "smoke"
    assert nobody_left(toy.root) == []


def test_two_builds_at_once_make_one_site_and_one_refusal(toy):
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "portfolio_study", "book"],
            env=command(toy), cwd=toy.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    ends = [(process.communicate(timeout=600)[1], process.returncode) for process in both]
    assert sorted(code for _, code in ends) == [0, 2], ends
    (refused,) = (said for said, code in ends if code == 2)
    assert "another build is running" in refused and "wait until it is done" in refused
    assert ">40<" in (toy.build / "html" / "book" / "alpha.html").read_text()


def test_a_disk_that_fills_up_in_a_build_is_no_traceback(toy, monkeypatch):
    from portfolio_study.publishing import run
    from portfolio_study.publishing.profiles import RunRequest

    def full(self):
        raise OSError(errno.ENOSPC, "No space left on device", str(toy.runs / "x"))

    monkeypatch.setattr(run.Run, "build", full)
    with pytest.raises(
        BuildError, match=r"runs/x cannot be written \(No space left on device\): free some space"
    ):
        run.build_book(RunRequest(profile="smoke"), toy)

    def other(self):
        raise FileNotFoundError(errno.ENOENT, "No such file", "x")

    monkeypatch.setattr(run.Run, "build", other)
    with pytest.raises(FileNotFoundError):  # a fault of the program keeps its traceback
        run.build_book(RunRequest(profile="smoke"), toy)
    assert publish.published(toy) is None
