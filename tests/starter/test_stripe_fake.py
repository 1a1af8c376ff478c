"""The fake of Stripe that starters ship in `motor/`: it errs and forgets as the real one."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

INTENT = {"amount": "1000", "currency": "eur", "metadata[order]": "7"}
Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def fake(engine: Callable[[str], ModuleType]) -> Iterator[Any]:
    """One that listens, out of the engine as a starter gets it."""
    stripe = engine("stripe_falso").StripeFalso()
    yield stripe
    stripe.cerrar()


@pytest.fixture
def call(fake: Any) -> Call:
    """Makes a request to it, as its library does."""

    def go(
        method: str, path: str, data: dict[str, str] | None = None, key: str = "", auth: str = ""
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(fake.url.removeprefix("http://"), timeout=5)
        headers = {
            "Authorization": f"Bearer {auth or fake.clave}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if key:
            headers["Idempotency-Key"] = key
        try:
            connection.request(method, path, urlencode(data or {}), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    return go


@dataclass
class Shop:
    """Who receives webhooks: what came, and how to answer."""

    url: str
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, bytes, str]] = field(default_factory=list)

    def types(self) -> list[str]:
        """The types of the events that came."""
        return [kind for kind, _, _ in self.got]


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop that answers 200, unless it was told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = json.loads(body)["type"]
            here.got.append((kind, body, self.headers.get("Stripe-Signature", "")))
            self.send_response(here.answers.pop(0) if here.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Shop(f"http://127.0.0.1:{server.server_port}/hook")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield here
    server.shutdown()
    server.server_close()


def test_a_payment_from_its_creation_to_its_refund(fake: Any, call: Call) -> None:
    """Created, confirmed, refunded by halves and no further; nested fields are understood."""
    status, intent = call("POST", "/v1/payment_intents", INTENT)
    assert (status, intent["status"]) == (200, "requires_payment_method")
    assert (intent["amount"], intent["metadata"]) == (1000, {"order": "7"})
    assert fake.intentos(order="7") == [fake.todo["payment_intents"][intent["id"]]]
    path = f"/v1/payment_intents/{intent['id']}"
    status, paid = call("POST", f"{path}/confirm", {"payment_method": "pm_card_visa"})
    assert (status, paid["status"], paid["amount_received"]) == (200, "succeeded", 1000)
    assert call("GET", path)[1] == paid
    assert call("POST", f"{path}/confirm")[0] == 400
    assert call("POST", f"{path}/cancel")[0] == 400
    half = {"payment_intent": intent["id"], "amount": "400"}
    assert call("POST", "/v1/refunds", half)[0] == 200
    assert call("POST", "/v1/refunds", half | {"amount": "601"})[0] == 400
    status, rest = call("POST", "/v1/refunds", {"payment_intent": intent["id"]})
    assert (status, rest["amount"]) == (200, 600)
    status, error = call("POST", "/v1/refunds", {"payment_intent": intent["id"]})
    assert (status, error["error"]["code"]) == (400, "charge_already_refunded")


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("POST", "/v1/payment_intents", {"amount": "1000"}, 400),
        ("POST", "/v1/payment_intents", INTENT | {"amount": "10.5"}, 400),
        ("POST", "/v1/payment_intents", INTENT | {"amount": "49"}, 400),
        ("GET", "/v1/payment_intents/pi_none", {}, 404),
        ("POST", "/v1/refunds", {"payment_intent": "pi_none"}, 404),
        ("POST", "/v1/unicorns", {}, 404),
    ],
)
def test_what_it_refuses(
    call: Call, method: str, path: str, data: dict[str, str], status: int
) -> None:
    """With the codes and the error shape of the real one."""
    got, body = call(method, path, data)
    assert got == status
    assert body["error"]["type"] == "invalid_request_error"


def test_a_wrong_key_is_401(call: Call) -> None:
    """And nothing is done."""
    assert call("POST", "/v1/payment_intents", INTENT, auth="sk_test_other")[0] == 401
    assert call("GET", "/v1/payment_intents")[1]["data"] == []


def test_idempotency(fake: Any, call: Call) -> None:
    """The same key and body replay, other bodies are 400, and after a day it is forgotten."""
    first = call("POST", "/v1/payment_intents", INTENT, "k")
    assert call("POST", "/v1/payment_intents", INTENT, "k") == first
    other = INTENT | {"amount": "1001"}
    status, error = call("POST", "/v1/payment_intents", other, "k")
    assert (status, error["error"]["type"]) == (400, "idempotency_error")
    assert call("POST", "/v1/customers", INTENT, "k")[0] == 400
    assert call("POST", "/v1/payment_intents", INTENT, "l")[1]["id"] != first[1]["id"]
    assert len(fake.intentos()) == 2
    fake.adelantar(23 * 3600)
    assert call("POST", "/v1/payment_intents", INTENT, "k") == first
    fake.adelantar(2 * 3600)
    assert call("POST", "/v1/payment_intents", INTENT, "k")[1]["id"] != first[1]["id"]


def test_lists_and_searches_find_only_what_is_asked(fake: Any, call: Call) -> None:
    """Refunds by their payment, payments by their metadata or when they were made."""
    made = [call("POST", "/v1/payment_intents", INTENT)[1]["id"] for _ in range(2)]
    other = call("POST", "/v1/payment_intents", INTENT | {"metadata[order]": "8"})[1]["id"]
    fake.pagar(other)
    call("POST", "/v1/refunds", {"payment_intent": other})

    def ids(path: str, **asked: str) -> list[str]:
        status, answer = call("GET", f"{path}?{urlencode(asked)}")
        assert status == 200, answer
        return [one.get("payment_intent") or one["id"] for one in answer["data"]]

    assert ids("/v1/refunds", payment_intent=other, limit="3") == [other]
    assert ids("/v1/refunds", payment_intent=made[0]) == []
    search = "/v1/payment_intents/search"
    assert ids(search, query='metadata["order"]:"8"') == [other]
    assert ids(search, query="metadata['order']:'7'") == made[::-1]
    now = int(fake.ahora())
    assert ids("/v1/payment_intents", **{"created[gt]": str(now + 60)}) == []
    assert len(ids("/v1/payment_intents", **{"created[gte]": str(now - 60)})) == 3
    assert call("GET", f"{search}?query=anything")[0] == 400


def test_the_same_key_many_times_at_once(fake: Any, call: Call) -> None:
    """One is made, and all get it."""
    with ThreadPoolExecutor(10) as threads:
        calls = threads.map(lambda _: call("POST", "/v1/payment_intents", INTENT, "k"), range(10))
        assert len({intent["id"] for _, intent in calls}) == 1
    assert len(fake.intentos()) == 1


@pytest.mark.parametrize("status", [402, 429, 500])
def test_faults_on_demand(fake: Any, call: Call, status: int) -> None:
    """So many times, on that path; nothing is done, and the key is not used up."""
    fake.fallar(status, veces=2, ruta="POST /v1/payment_intents")
    for _ in range(2):
        assert call("POST", "/v1/payment_intents", INTENT, "k")[0] == status
        assert call("GET", "/v1/payment_intents")[1]["data"] == []
    assert call("POST", "/v1/payment_intents", INTENT, "k")[0] == 200
    with fake.averiado(status):
        assert call("GET", "/v1/payment_intents")[0] == status
    assert call("GET", "/v1/payment_intents")[0] == 200


def test_an_answer_that_is_lost(fake: Any, call: Call) -> None:
    """The work is done, nobody is told, and the same key tells it later."""
    fake.fallar(0, hecho=True)
    with pytest.raises((OSError, http.client.HTTPException)):
        call("POST", "/v1/payment_intents", INTENT, "k")
    [made] = fake.intentos()
    assert call("POST", "/v1/payment_intents", INTENT, "k")[1]["id"] == made["id"]


def test_webhooks_are_signed(fake: Any, shop: Shop) -> None:
    """Over the bytes sent, at its own clock's time."""
    fake.avisos.url = shop.url
    fake.adelantar(-3600)
    intent = fake.crear_intento({"amount": "1000", "currency": "eur"})
    fake.pagar(intent["id"], "pm_card_chargeDeclined")
    fake.pagar(intent["id"])
    fake.avisos.esperar()
    kinds = ["created", "payment_failed", "succeeded"]
    assert shop.types() == [f"payment_intent.{kind}" for kind in kinds]
    for _, body, signature in shop.got:
        moment = int(signature.split(",")[0].removeprefix("t="))
        assert abs(moment - fake.ahora()) < 60
        assert signature == fake.avisos.firmar(body, moment)
        assert signature != fake.avisos.firmar(body + b" ", moment)
        assert signature != fake.avisos.firmar(body, moment, "whsec_other")


def test_webhooks_are_repeated_until_they_are_answered(fake: Any, shop: Shop) -> None:
    """After a minute, two, four…, of the clock that the test moves."""
    fake.avisos.url = shop.url
    shop.answers += [500, 404, 200]
    fake.crear_intento({"amount": "1000", "currency": "eur"})
    fake.avisos.esperar()
    for seconds, deliveries in ((59, 1), (2, 2), (60, 2), (61, 3), (10**6, 3)):
        fake.adelantar(seconds)
        assert len(shop.got) == deliveries, seconds
    assert [status for _, status in fake.avisos.respuestas] == [500, 404, 200]


def test_nobody_at_the_address_counts_as_no_answer(fake: Any, shop: Shop) -> None:
    """And it is told when somebody is there."""
    fake.avisos.url = "http://127.0.0.1:9/hook"
    fake.crear_intento({"amount": "1000", "currency": "eur"})
    fake.avisos.esperar()
    assert [status for _, status in fake.avisos.respuestas] == [0]
    event = fake.avisos.eventos[0]
    assert fake.avisos.entregar(event, shop.url) == 200


def test_duplicates_and_disorder_on_demand(fake: Any, shop: Shop) -> None:
    """Several times each, or held back and delivered as the test likes."""
    fake.avisos.url, fake.avisos.veces = shop.url, 3
    intent = fake.crear_intento({"amount": "1000", "currency": "eur"})
    fake.avisos.esperar()
    assert shop.types() == ["payment_intent.created"] * 3
    with fake.avisos.retenidos() as events:
        fake.pagar(intent["id"], "pm_card_chargeDeclined")
        fake.pagar(intent["id"])
    assert len(shop.got) == 3
    for event in reversed(events):
        assert fake.avisos.entregar(event) == 200
    told = shop.types()[3:]
    assert told == ["payment_intent.succeeded", "payment_intent.payment_failed"]


def test_an_event_tells_how_things_were(fake: Any) -> None:
    """What happens later does not change it."""
    intent = fake.crear_intento({"amount": "1000", "currency": "eur"})
    fake.pagar(intent["id"])
    created, paid = (event["data"]["object"]["status"] for event in fake.avisos.eventos)
    assert (created, paid) == ("requires_payment_method", "succeeded")


def test_emptied_it_remembers_nothing(fake: Any, call: Call, shop: Shop) -> None:
    """Neither objects, keys, faults, addresses nor its clock."""
    fake.avisos.url = shop.url
    first = call("POST", "/v1/payment_intents", INTENT, "k")
    fake.avisos.esperar()
    fake.fallar(500)
    fake.adelantar(10**6)
    fake.vaciar()
    assert call("GET", "/v1/payment_intents")[1]["data"] == []
    again = call("POST", "/v1/payment_intents", INTENT, "k")
    assert again[0] == 200
    assert again[1]["id"] != first[1]["id"]
    assert abs(again[1]["created"] - first[1]["created"]) < 60
    assert len(shop.got) == 1
