"""A stand-in for `gh` and `glab`: it answers `api --include` as GitHub and GitLab document.

Run as `python stand_in_forge.py STATE gh|glab api …`. What it knows lies in the folder STATE:
real bare repositories (`repos/OWNER/NAME.git`), people, members, requests, and `plan.json`,
which makes calls fail. Every call is a line in `calls`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, dict[str, str], Any]


def main() -> int:
    """Answer one call, with the exit code that the real program would have."""
    state = Path(sys.argv[1])
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("api")
    parser.add_argument("--hostname", required=True)
    parser.add_argument("--include", action="store_true", required=True)
    parser.add_argument("--method", default="GET")
    parser.add_argument("--field", action="append", default=[])
    parser.add_argument("--raw-field", action="append", default=[])
    parser.add_argument("path")
    given = parser.parse_args(sys.argv[2:])
    if (state / "logged-out").exists():
        print(f"To get started, please run:  {given.program} auth login", file=sys.stderr)
        return 4
    fields = dict(pair.split("=", 1) for pair in given.raw_field)
    fields |= {k: json.loads(v) for k, v in (pair.split("=", 1) for pair in given.field)}
    call = f"{given.method} {given.path}"
    with (state / "calls").open("a", encoding="utf-8") as log:
        log.write(f"{time.time()} {call}\n")
    answer = planned(state, call)
    if answer is None:
        forge = github if given.program == "gh" else gitlab
        answer = forge(state, given.method, given.path, fields)
    status, headers, body = answer
    lines = [f"HTTP/2.0 {status} Whatever", *(f"{k}: {v}" for k, v in sorted(headers.items()))]
    print("\r\n".join(lines), end="\r\n\r\n")
    if body is not None:
        print(json.dumps(body))
    if status >= 400:
        print(f"{given.program}: HTTP {status}", file=sys.stderr)
        return 1
    return 0


def planned(state: Path, call: str) -> Answer | None:
    """A failure that the test has ordered for this call, if any is left."""
    file = state / "plan.json"
    orders = json.loads(file.read_text()) if file.exists() else []
    for number, order in enumerate(orders):
        for count in range(order["times"]):
            if re.search(order["call"], call) and once(state / f"failed-{number}-{count}"):
                return order["status"], order.get("headers", {}), order.get("body")
    return None


def once(mark: Path) -> bool:
    """Whether nobody has been here before."""
    try:
        mark.mkdir(parents=True)
    except FileExistsError:
        return False
    return True


def listed(folder: Path) -> list[Any]:
    """What lies in a folder, one JSON file each."""
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


def github(state: Path, method: str, path: str, fields: dict[str, Any]) -> Answer:  # noqa: C901, PLR0911 - a table of calls
    """What GitHub answers."""
    parts, query = urlsplit(path).path.split("/"), parse_qs(urlsplit(path).query)
    if (method, parts[0], parts[2:]) == ("POST", "orgs", ["repos"]):
        if not (state / "repos" / parts[1]).is_dir():
            return 404, {}, {"message": "Not Found"}
        assert fields["private"] is True
        repo = state / "repos" / parts[1] / f"{fields['name']}.git"
        if not once(repo):
            error = {"resource": "Repository", "message": "name already exists on this account"}
            return 422, {}, {"message": "Repository creation failed.", "errors": [error]}
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", repo], check=True)
        return 201, {}, {"name": fields["name"]}
    _, owner, name, what, *rest = parts
    about = state / "about" / owner / name
    if not (state / "repos" / owner / f"{name}.git").is_dir():
        return 404, {}, {"message": "Not Found"}
    if what == "collaborators":
        person = about / "people" / rest[0]
        if method == "GET":
            return (204 if person.is_dir() else 404), {}, None
        if not (state / "people" / rest[0]).exists():
            return 404, {}, {"message": "Not Found"}
        assert fields == {"permission": "push"}
        return (201, {}, {"id": 1}) if once(person) else (204, {}, None)
    pulls = about / "pulls"
    if method == "POST":
        if not once(pulls / fields["head"].replace("/", "+")):
            error = {"message": f"A pull request already exists for {owner}:{fields['head']}."}
            return 422, {}, {"message": "Validation Failed", "errors": [error]}
        number = len(listed(pulls)) + 1
        url = f"https://github.com/{owner}/{name}/pull/{number}"
        pull = {"number": number, "html_url": url, "state": "open", **fields}
        (pulls / f"{number}.json").write_text(json.dumps(pull))
        return 201, {}, pull
    if method == "PATCH":
        file = pulls / f"{rest[0]}.json"
        pull = json.loads(file.read_text()) | fields
        file.write_text(json.dumps(pull))
        (pulls / pull["head"].replace("/", "+")).rmdir()
        return 200, {}, pull
    head = query["head"][0].partition(":")[2]
    found = [p for p in listed(pulls) if (p["head"], p["state"]) == (head, query["state"][0])]
    return 200, {}, found


def gitlab(state: Path, method: str, path: str, fields: dict[str, Any]) -> Answer:
    """What GitLab answers."""
    parts, query = urlsplit(path).path.split("/"), parse_qs(urlsplit(path).query)
    if parts == ["users"]:
        person = state / "people" / query["username"][0]
        found = [{"id": int(person.read_text()), "username": person.name}]
        return 200, {}, found if person.exists() else []
    _, project, what, *rest = parts
    about = state / "about" / unquote(project)
    if not (state / "repos" / f"{unquote(project)}.git").is_dir():
        return 404, {}, {"message": "404 Project Not Found"}
    if what == "members":
        assert fields["access_level"] == 30
        new = once(about / "people" / str(fields["user_id"]))
        return (201, {}, {}) if new else (409, {}, {"message": "Member already exists"})
    requests = about / "requests"
    requests.mkdir(parents=True, exist_ok=True)
    if method == "POST":
        number = len(listed(requests)) + 1
        url = f"https://gitlab.com/{unquote(project)}/-/merge_requests/{number}"
        request = {"iid": number, "web_url": url, "state": "opened", **fields}
        (requests / f"{number}.json").write_text(json.dumps(request))
        return 201, {}, request
    if method == "PUT":
        file = requests / f"{rest[0]}.json"
        request = json.loads(file.read_text()) | fields
        if request.get("state_event") == "close":
            request["state"] = "closed"
        file.write_text(json.dumps(request))
        return 200, {}, request
    asked = query["source_branch"][0], query["state"][0]
    found = [r for r in listed(requests) if (r["source_branch"], r["state"]) == asked]
    return 200, {}, found


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
