"""Qué patrones se rechazan por si no acaban nunca."""

import pytest

from analizador.patrones import es_exponencial


@pytest.mark.parametrize(
    "patron",
    [
        "(a+)+",
        r"(\w+\s?)*",
        "(a|aa)+",
        "((a*))*",
        "(?:a{1,9}){2,}",
        "(?:a?){40}",
        "(?P<x>a+?)+?",
        "(?x) (a +) +  # comentario",
        r"([\]a]+)*",
    ],
)
def test_exponenciales(patron: str) -> None:
    assert es_exponencial(patron)


@pytest.mark.parametrize(
    "patron",
    [
        r"(?:\d{1,3}\.){3}\d{1,3}",
        r"a+(?: \[(?P<x>[^\]]+)\])?",
        r"(?:,\d{3})*",
        "(INFO|WARN) .*",
        r"\(a+\)+",
        "[(+]+",
        "(?>a|aa)+",
        "(?:a++b)*",
        "(?#nada)a+",
    ],
)
def test_inofensivos(patron: str) -> None:
    assert not es_exponencial(patron)
