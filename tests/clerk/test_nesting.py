"""A credential that is nested without end is refused as one, and not by a 500."""

import json

from tests.people import ORIGIN, Person


def test_a_deeply_nested_credential_is_refused_and_may_be_tried_again(ada: Person) -> None:
    created = (ada.post("/v1/me/passkeys").json or {})["response"]
    options = json.loads(created["verification"]["nonce"])
    credential = ada.authenticator.create(options, origin=ORIGIN)
    text = json.dumps(credential | {"clientExtensionResults": "DEEP"})
    text = text.replace('"DEEP"', '{"a":' * 300 + "1" + "}" * 300)
    path = f"/v1/me/passkeys/{created['id']}/attempt_verification"
    refused = ada.post(path, {"strategy": "passkey", "public_key_credential": text})
    assert refused.status_code == 422
    assert (refused.json or {})["errors"][0]["meta"] == {"param_name": "public_key_credential"}
    sound = {"strategy": "passkey", "public_key_credential": json.dumps(credential)}
    assert ada.post(path, sound).status_code == 200
