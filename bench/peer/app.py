"""The five reads of `make bench` as a FastAPI service would serve them, tuned: the yardstick of make bench-peer.

uvicorn with uvloop and httptools, no access log, one process (as the service is one); Pydantic v2 models with from_attributes left out, rows validated
once through a TypeAdapter and written by pydantic-core's own serializer; orjson for plain answers; SQLite through the standard library on the
event loop, because a prepared read of some microseconds costs less than handing it to a thread (aiosqlite was slower); HS256 tokens checked with the
standard library's HMAC; the session and data version read with every request; finished answers and columns kept by (user, data version).
"""

import base64
import hashlib
import hmac
import os
import sqlite3
import time
from collections import OrderedDict
from typing import Any

import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from app_key import KEY

DATABASE = os.environ["PEER_DATABASE"]


class Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Zone(Model):
    zone: int
    time: float
    percentage: float


class Map(Model):
    summary_polyline: str | None
    resource_state: int


class Metrics(Model):
    pace: float | None = None
    pace_100m: float | None = None
    heart_rate_zones: list[Zone] = []
    calories: float | None = None
    efficiency_score: float | None = None
    training_load: float | None = None
    training_load_method: str | None = None
    intensity: float | None = None
    variability_index: float | None = None
    decoupling: float | None = None
    grade_adjusted_pace: float | None = None
    np: float | None = None


class Source(Model):
    key: str
    kind: str
    fetched_at: str
    expires_at: str | None = None


class Quality(Model):
    flags: list[str] = []


class Display(Model):
    distance: str | None = None
    moving_time: str | None = None
    elapsed_time: str | None = None
    pace: str | None = None
    speed: str | None = None
    elevation_gain: str | None = None
    heart_rate: str | None = None
    power: str | None = None
    calories: str | None = None
    training_load: str | None = None


class Activity(Model):
    id: str
    strava_activity_id: int | None = None
    name: str
    type: str
    sport_type: str
    distance: float | None = None
    moving_time: float | None = None
    elapsed_time: float | None = None
    total_elevation_gain: float | None = None
    average_speed: float | None = None
    max_speed: float | None = None
    average_heartrate: float | None = None
    max_heartrate: float | None = None
    average_cadence: float | None = None
    average_watts: float | None = None
    device_watts: bool | None = None
    weighted_average_watts: float | None = None
    kilojoules: float | None = None
    start_date: str
    start_date_local: str
    timezone: str | None = None
    location_city: str | None = None
    location_state: str | None = None
    location_country: str | None = None
    start_latlng: list[float] = []
    trainer: bool = False
    commute: bool = False
    gear_id: str | None = None
    map: Map
    metrics: Metrics
    source: str
    sources: list[Source] = []
    expires_at: str | None = None
    quality: Quality
    absent: dict[str, str] = {}
    display: Display
    attribution: str | None = None
    strava_url: str | None = None
    notes: str | None = None
    file: dict[str, Any] | None = None
    created_at: str
    updated_at: str


class Page(Model):
    items: list[Activity]
    next_cursor: str | None = None


class Lap(Model):
    lap_index: int
    start_date: str
    elapsed_time: float | None = None
    moving_time: float | None = None
    distance: float | None = None
    average_speed: float | None = None
    max_speed: float | None = None
    average_heartrate: float | None = None
    max_heartrate: float | None = None
    average_cadence: float | None = None
    average_watts: float | None = None
    total_elevation_gain: float | None = None


class Effort(Model):
    name: str
    distance: float
    time: float
    pace: float
    start: float
    origin: str


class Detail(Activity):
    laps: list[Lap] = []
    best_efforts: list[Effort] = []


ACTIVITIES = TypeAdapter(list[Activity])
DETAIL = TypeAdapter(Detail)

database = sqlite3.connect(DATABASE, check_same_thread=False, isolation_level=None, cached_statements=256)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA mmap_size=1073741824")
answers: OrderedDict[tuple, bytes] = OrderedDict()
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


def keep(key: tuple, body: bytes) -> None:
    answers[key] = body
    if len(answers) > 900:
        answers.popitem(last=False)


def unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class User:
    __slots__ = ("id", "version")

    def __init__(self, id: str, version: int):
        self.id, self.version = id, version


async def signed_in(authorization: str = Header()) -> User:
    try:
        scheme, token = authorization.split(" ", 1)
        signed, _, signature = token.rpartition(".")
        if scheme != "Bearer" or not hmac.compare_digest(hmac.digest(KEY, signed.encode(), "sha256"), unpad(signature)):
            raise ValueError
        claims = orjson.loads(unpad(signed.split(".")[1]))
        if claims["exp"] < time.time():
            raise ValueError
    except ValueError:
        raise HTTPException(401, "token_invalid") from None
    row = database.execute("SELECT data_version FROM users WHERE id=? AND session=?", (claims["sub"], claims["sid"])).fetchone()
    if row is None:
        raise HTTPException(401, "token_invalid")
    return User(claims["sub"], row[0])


def tag_of(user: User, request: Request) -> str:
    text = f"{user.id}:{user.version}:{request.url.path}?{request.url.query}"
    return '"' + hashlib.blake2b(text.encode(), digest_size=18).hexdigest() + '"'


def reply(body: bytes, tag: str | None = None) -> Response:
    headers = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if tag:
        headers["ETag"] = tag
    return Response(body, media_type="application/json", headers=headers)


@app.get("/health/live")
async def live() -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


@app.get("/api/v1/activities")
async def list_activities(request: Request, limit: int = Query(30, ge=1, le=200), before: str | None = None, user: User = Depends(signed_in)):
    tag = tag_of(user, request)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    key = (user.id, user.version, "list", limit, before)
    body = answers.get(key)
    if body is None:
        rows = database.execute(
            "SELECT document FROM activities WHERE user_id=? AND start_date_local<? ORDER BY start_date_local DESC, id DESC LIMIT ?",
            (user.id, before or "9999", limit + 1),
        ).fetchall()
        page = Page(items=ACTIVITIES.validate_python([orjson.loads(row[0]) for row in rows[:limit]]), next_cursor="more" if len(rows) > limit else None)
        body = page.__pydantic_serializer__.to_json(page)
        keep(key, body)
    return reply(body, tag)


@app.get("/api/v1/activities/{id}")
async def one_activity(id: str, request: Request, user: User = Depends(signed_in)):
    row = database.execute("SELECT document FROM activities WHERE id=? AND user_id=?", (id, user.id)).fetchone()
    if row is None:
        raise HTTPException(404, "not_found")
    detail = DETAIL.validate_json(row[0])
    return reply(DETAIL.dump_json(detail), tag_of(user, request))


@app.get("/api/v1/analytics/{kind}")
async def analytics(kind: str, request: Request, user: User = Depends(signed_in)):
    tag = tag_of(user, request)
    key = (user.id, user.version, kind)
    body = answers.get(key)
    if body is None:
        row = database.execute("SELECT body FROM answers WHERE user_id=? AND kind=?", (user.id, kind)).fetchone()
        if row is None:
            raise HTTPException(404, "not_found")
        body = row[0]
        keep(key, body)
    return reply(body, tag)
