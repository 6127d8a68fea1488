"""Loading and scoring never reach for the network."""

import socket

import pytest

from autowritten.lm import backbone as backbones


@pytest.fixture
def no_network(monkeypatch):
    """Refuse sockets, and let the libraries believe that the network may be used."""
    import huggingface_hub.constants

    tried = []

    def refuse(*arguments, **options):
        tried.append(arguments)
        raise AssertionError("reached for the network")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


def test_a_bundle_loads_and_scores_without_a_socket(no_network, bundle, gemma_folder, tmp_path, monkeypatch):
    from autowritten.detector import Detector

    bundle.save_pretrained(tmp_path / "tiny")
    monkeypatch.setattr(backbones, "dense_copy", lambda source: gemma_folder)
    detector = Detector.load(tmp_path / "tiny")
    assert detector.score("the charger at the station broke down again").probability is not None
    assert detector.explain("la borne de la station est encore en panne").tokens
    assert no_network == []


def test_a_folder_named_by_the_user_loads_without_a_socket(no_network, gpt2_folder):
    assert backbones.load(str(gpt2_folder)).name == "tiny-gpt2"
    assert no_network == []


def test_a_hub_name_is_the_only_way_out(no_network):
    with pytest.raises((backbones.BackboneError, AssertionError)):
        backbones.load("nobody/no-such-model")
