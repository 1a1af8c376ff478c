def test_x(api, stripe):
    ana = api.persona()
    p = api.pedido(ana)
    print(p)
    r = api.post(f"/pedidos/{p['id']}/pago", None, ana)
    print(r.text)
    pi = r.json()["payment_intent"]
    stripe.pagar(pi)
    stripe.avisos.esperar()
    print(stripe.avisos.respuestas, api.estado(p["id"], ana))
    assert 0
