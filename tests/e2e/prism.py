"""Holds what we say to Microsoft Graph, and what our server answers, against a description made from Microsoft's own.

Prism stands between the two and lets through what the description allows; each part of a batch goes through it once
more, alone, with the answer it got. What the description leaves out (permissions, the library, a site by its path) goes
straight.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import requests

SCRIPT = os.environ.get("FORTRESS_TEST_PRISM", "")
DESCRIPTION = Path(os.environ.get("FORTRESS_REFERENCE", "")) / "teams" / "graph-lists.openapi.json"
MISSING = (
    "FORTRESS_TEST_PRISM names no Prism (npm @stoplight/prism-cli@5.14.2), or FORTRESS_REFERENCE no description: "
    "what is said to Microsoft Graph was not held against its description"
)
POLICED = re.compile(r"/\$batch|/sites/[^/:]+(/lists(/[^/]+(/columns(/[^/]+)?|/items(/[^/]+(/fields)?)?)?)?)?")
TOLD_BY_PRISM = b"stoplight.io/prism/errors"
KEPT = ("authorization", "content-type", "if-match", "prefer", "user-agent", "client-request-id", "content-range")
COMMA = "~"  # Prism takes a part of a path with commas, as a site's id has them, for a list
STARTS_S = 60.0


def is_here() -> bool:
    return bool(SCRIPT) and Path(SCRIPT).exists() and DESCRIPTION.is_file() and shutil.which("node") is not None


class Said(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]


class Prism:
    """Stands before a server that plays Microsoft Graph.

    Args:
        graph: the address of that server.

    Attributes:
        url: the address to call instead.
        violations: what the description does not allow, and of which call or answer.
        passed: how many calls, and parts of batches, it allowed, by method and kind of path.
        aside: calls of which the description says nothing.
    """

    def __init__(self, folder: Path, graph: str) -> None:
        self.violations: list[str] = []
        self.passed: Counter[str] = Counter()
        self.aside: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._graph = graph
        self._replays: dict[str, Said] = {}
        self._behind = _serve(self._from_behind)
        self._before = _serve(self._from_before)
        self.url = f"{_address(self._before)}/v1.0"
        port = _free_port()
        self._prism = f"http://127.0.0.1:{port}"
        described = folder / "graph.json"
        described.write_text(json.dumps(_as_documented(json.loads(DESCRIPTION.read_text()))))
        told = (folder / "prism.log").open("w")
        asked = ["proxy", "--errors", "-p", str(port), str(described), f"{_address(self._behind)}/v1.0"]
        self._process = subprocess.Popen(["node", SCRIPT, *asked], stdout=told, stderr=subprocess.STDOUT)
        told.close()
        _wait_for(port, self._process)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for server in (self._before, self._behind):
            server.shutdown()
            server.server_close()

    def _from_before(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Said:
        """Take a call of our client: through Prism where the description knows it."""
        path = path.removeprefix("/v1.0")
        bare = path.partition("?")[0]
        if not POLICED.fullmatch(bare):
            with self._lock:
                self.aside[f"{method} {_kind(bare)}"] += 1
            return _ask(method, f"{self._graph}{path}", headers, body)
        said = self._policed(method, path, headers, body)
        if bare == "/$batch" and said.status == 200:
            self._look_at_parts(json.loads(body), json.loads(said.body), headers)
        return said

    def _from_behind(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Said:
        """Take what Prism lets through: to the server, or answered as it was answered before."""
        if "x-replay" in headers:
            return self._replays[headers["x-replay"]]
        return _ask(method, f"{self._graph}{path.removeprefix('/v1.0').replace(COMMA, ',')}", headers, body)

    def _policed(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Said:
        site, _, asked = path.partition("?")
        said = _ask(method, f"{self._prism}{site.replace(',', COMMA)}{'?' if asked else ''}{asked}", headers, body)
        with self._lock:
            if TOLD_BY_PRISM in said.body:
                self.violations.append(f"{method} {path}: {said.body.decode()[:600]}")
            else:
                self.passed[f"{method} {_kind(path.partition('?')[0])}"] += 1
        return said

    def _look_at_parts(self, batch: Any, answer: Any, around: Mapping[str, str]) -> None:
        answers = {each["id"]: each for each in answer["responses"]}
        for part in batch["requests"]:
            told = answers[part["id"]]
            heard = Said(told["status"], json.dumps(told["body"]).encode(), {"Content-Type": "application/json"})
            with self._lock:
                handle = f"part-{len(self._replays)}"
                self._replays[handle] = heard
            named = {name.lower(): value for name, value in part.get("headers", {}).items()}
            headers = {"authorization": around.get("authorization", ""), **named, "x-replay": handle}
            body = json.dumps(part["body"]).encode() if part.get("body") is not None else b""
            self._policed(part["method"], part["url"], headers, body)


def _as_documented(description: Any) -> Any:
    """Add what Microsoft's pages say and its machine-readable description leaves out.

    https://learn.microsoft.com/graph/api/listitem-update and columndefinition-update answer 200 with what was changed.
    """
    kinds = {"fields": "fieldValueSet", "columns/{id_2}": "columnDefinition"}
    for path, methods in description["paths"].items():
        for ending, kind in kinds.items():
            if "patch" in methods and path.endswith(f"/{ending}"):
                schema = {"$ref": f"#/components/schemas/microsoft.graph.{kind}"}
                answer = {"description": "changed", "content": {"application/json": {"schema": schema}}}
                methods["patch"]["responses"]["200"] = answer
        for method in methods.values():
            if isinstance(method, dict) and "responses" in method:
                method["responses"].setdefault("5XX", {"$ref": "#/components/responses/error"})
                method["responses"].setdefault("4XX", {"$ref": "#/components/responses/error"})
    return description


def _kind(path: str) -> str:
    """Leave the ids of a path away."""
    names = (
        "sites",
        "lists",
        "columns",
        "items",
        "fields",
        "drive",
        "drives",
        "permissions",
        "uploads",
        "$batch",
        "root",
    )
    return "/".join(part if part in names else "…" for part in path.strip("/").split("/"))


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Said:
    kept = {name: value for name, value in headers.items() if name in (*KEPT, "x-replay") and value}
    answer = requests.request(method, url, headers=kept, data=body or None, timeout=60)
    told = {name: value for name, value in answer.headers.items() if name in ("Content-Type", "Retry-After", "ETag")}
    return Said(answer.status_code, answer.content, told)


def _serve(take: Any) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = take(self.command, self.path, headers, body)
            with suppress(OSError):
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def _address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it listens; it reads its description first."""
    quiet = threading.Event()
    for _ in range(int(STARTS_S / 0.1)):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, "Prism ended"
        quiet.wait(0.1)
    raise AssertionError("Prism does not listen")


@contextmanager
def prism(folder: Path, graph: str) -> Iterator[Prism]:
    running = Prism(folder, graph)
    try:
        yield running
    finally:
        running.close()
