"""Copies what the service shows of the seeded athletes into the peer's database, through the API, and makes tokens for it.

seed.py BASE_URL ATHLETES_FILE, PEER_DATABASE in the environment. The file is bench_seed's output; printed are lines of the same form with the peer's
own tokens. Each activity is kept as the JSON that the list shows, beside the columns that queries need: as good a shape for this service as any.
"""

import base64
import hmac
import json
import os
import sqlite3
import sys
import time
import urllib.request

from app_key import KEY


def get(base: str, path: str, token: str) -> bytes:
    request = urllib.request.Request(base + path, headers={"Authorization": "Bearer " + token})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return answer.read()


def pages(base: str, token: str):
    cursor = ""
    while cursor is not None:
        page = json.loads(get(base, "/api/v1/activities?limit=200" + (f"&cursor={cursor}" if cursor else ""), token))
        yield from page["items"]
        cursor = page.get("next_cursor")


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token_of(user: str) -> str:
    now = int(time.time())
    claims = {"iss": "peer", "aud": "peer", "sub": user, "sid": "s" + user, "iat": now, "exp": now + 86400}
    signed = part(b'{"alg":"HS256","typ":"JWT","kid":"peer"}') + "." + part(json.dumps(claims).encode())
    return signed + "." + part(hmac.digest(KEY, signed.encode(), "sha256"))


def main() -> None:
    base, athletes = sys.argv[1], [line.split() for line in open(sys.argv[2])]
    db = sqlite3.connect(os.environ["PEER_DATABASE"])
    db.executescript(
        """PRAGMA journal_mode=WAL;
        CREATE TABLE users(id TEXT PRIMARY KEY, session TEXT, data_version INTEGER) WITHOUT ROWID;
        CREATE TABLE activities(id TEXT PRIMARY KEY, user_id TEXT, start_date_local TEXT, document TEXT);
        CREATE INDEX activities_by_start ON activities(user_id, start_date_local, id);
        CREATE TABLE answers(user_id TEXT, kind TEXT, body BLOB, PRIMARY KEY(user_id, kind));"""
    )
    for user, count, shown, token in athletes:
        db.execute("INSERT INTO users VALUES(?,?,1)", (user, "s" + user))
        rows = [(a["id"], user, a["start_date_local"], json.dumps(a, separators=(",", ":"))) for a in pages(base, token)]
        if len(rows) != int(count):
            sys.exit(f"{len(rows)} activities instead of {count}")
        db.executemany("INSERT INTO activities VALUES(?,?,?,?)", rows)
        db.execute("UPDATE activities SET document=? WHERE id=?", (get(base, f"/api/v1/activities/{shown}", token), shown))
        for kind in ("summary", "trends", "fitness"):
            db.execute("INSERT INTO answers VALUES(?,?,?)", (user, kind, get(base, f"/api/v1/analytics/{kind}", token)))
        print(user, count, shown, token_of(user))
    db.commit()


main()
