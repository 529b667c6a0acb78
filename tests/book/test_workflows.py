"""GitHub's workflows name targets and files that exist, and run each notebook of the table of contents."""

import json
import re
import subprocess
import sys

import pytest
import yaml
from committed import NOTEBOOKS, ROOT
from matrix import matrix
from pages import registered

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text()) for path in FOLDER.glob("*.yml")}
STEPS = [
    (name, step)
    for name, workflow in WORKFLOWS.items()
    for job in workflow["jobs"].values()
    for step in job.get("steps", [])
]
TARGETS = set(" ".join(re.findall(r"^([a-z ]+):(?!=)", (ROOT / "Makefile").read_text(), re.M)).split())


def unknown(command):
    """What a shell line names as a make target or as a script of the book, and is none."""
    made = [word for words in re.findall(r"\bmake((?: +[\w=-]+)+)", command) for word in words.split()]
    wrong = [word for word in made if word[0] != "-" and "=" not in word and word not in TARGETS]
    files = re.findall(r"(?<![\w./-])(?:\.ci|[a-z]\w*)/(?:[\w./-]+\.(?:py|sh)|run)\b", command)
    return wrong + [file for file in files if not (ROOT / file).is_file()]


@pytest.mark.parametrize(("name", "step"), [s for s in STEPS if "run" in s[1]], ids=lambda s: str(s)[:40])
def test_every_command_names_what_exists(name, step):
    lines = step["run"].replace("\\\n", " ").splitlines()
    assert [word for line in lines for word in unknown(line)] == [], name


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("make book", []),
        ("make -k books", ["books"]),
        ("python3 book/_tools/matrix.py", []),
        ('x="$(python3 book/_tools/matrices.py)"', ["book/_tools/matrices.py"]),
        ("sh .ci/run && .venv/bin/python x.py && .ci/runs.sh", [".ci/runs.sh"]),
    ],
)
def test_what_does_not_exist_would_be_seen(command, wrong):
    assert unknown(command) == wrong


def test_what_is_run_before_a_commit_exists():
    """Hooks of this repository name files, as workflows do."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"] for repo in hooks if repo["repo"] == "local" for hook in repo["hooks"]]
    assert entries and [word for entry in entries for word in unknown(entry)] == []


def test_when_they_run():
    triggers = {name: set(workflow[True]) for name, workflow in WORKFLOWS.items()}  # YAML reads the key "on" as true
    assert triggers["checks.yml"] == {"push", "pull_request"}
    assert triggers["weekly.yml"] == {"schedule", "workflow_dispatch"}


def test_rights_and_minutes_are_bounded():
    for name, workflow in WORKFLOWS.items():
        jobs = workflow["jobs"].values()
        assert workflow["permissions"] == {"contents": "read"} or all(job["permissions"] for job in jobs), name
        assert all(0 < job["timeout-minutes"] <= 120 for job in jobs), name


def test_what_may_write_runs_no_package_and_what_runs_packages_keeps_no_key():
    for workflow in WORKFLOWS.values():
        for job in workflow["jobs"].values():
            commands = " ".join(step.get("run", "") for step in job["steps"])
            if "write" in job.get("permissions", {}).values():
                assert not re.search("make|python|pip|npm", commands)
            else:
                checkouts = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
                assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_actions_are_named_by_commit():
    assert [
        step["uses"] for _, step in STEPS if not re.search(r"@[0-9a-f]{40}$", step.get("uses", "@" + "0" * 40))
    ] == []


def test_publishing_waits_for_the_checks_of_its_commit():
    publish, checks = WORKFLOWS["publish.yml"], WORKFLOWS["checks.yml"]
    assert publish[True] == {
        "workflow_run": {"workflows": [checks["name"]], "types": ["completed"], "branches": ["main"]}
    }
    condition = publish["jobs"]["build"]["if"]
    assert "conclusion == 'success'" in condition and "event == 'push'" in condition
    refs = [step["with"]["ref"] for name, step in STEPS if name == "publish.yml" and "checkout" in step.get("uses", "")]
    assert refs == ["${{ github.event.workflow_run.head_sha }}"] * 2
    assert publish["concurrency"]["cancel-in-progress"] is False
    assert checks["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert "github.sha" in checks["concurrency"]["group"]


def test_no_outside_text_is_pasted_into_a_shell():
    """What an expression yields reaches a command through its environment alone."""
    assert [step["run"] for _, step in STEPS if "${{" in step.get("run", "")] == []


def test_a_job_a_notebook_of_the_table_of_contents():
    done = subprocess.run(
        [sys.executable, "-I", "book/_tools/matrix.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [f"notebooks/{path.name}" for path in NOTEBOOKS]
    job = WORKFLOWS["checks.yml"]["jobs"]["notebook"]
    assert job["strategy"]["matrix"]["notebook"] == "${{ fromJSON(needs.list.outputs.notebooks) }}"
    assert job["steps"][-1]["env"]["NOTEBOOK"] == "${{ matrix.notebook }}"


def test_an_empty_matrix_is_a_failure(tmp_path):
    (tmp_path / "_toc.yml").write_text("root: book/index\n# - file: notebooks/01-a.ipynb\n")
    script = ROOT / "book" / "_tools" / "matrix.py"
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert matrix("  - file: notebooks/01-a.ipynb\n  - file: book/claims\n") == ["notebooks/01-a.ipynb"]


def test_each_python_that_the_package_allows_is_tried():
    jobs = WORKFLOWS["checks.yml"]["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()


def test_dois_are_looked_up_in_their_register():
    assert registered(None, "https://doi.org/10.1/ab") == "https://doi.org/api/handles/10.1/ab"
    assert registered(None, "https://example.org/10.1") is None
