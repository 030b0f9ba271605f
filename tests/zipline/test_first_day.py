"""The first day of a self-hoster, over the API."""

from tests.zipline.people import PASSKEY, Person


def test_account_passkey_sign_out_sign_in_rename_delete(ada: Person) -> None:
    added = ada.add_passkey("Laptop")
    assert added.status_code == 200
    [passkey] = ada.passkeys()
    assert added.json is not None
    assert added.json["passkeys"] == [passkey]
    assert ada.log_out().json == {"loggedOut": True}
    assert not ada.signed_in()

    assert ada.sign_in().status_code == 200
    assert ada.signed_in()
    renamed = ada.call("PATCH", PASSKEY, {"id": passkey["id"], "name": "Desk"})
    assert renamed.status_code == 200
    assert [each["name"] for each in ada.passkeys()] == ["Desk"]
    assert ada.call("DELETE", PASSKEY, {"id": passkey["id"]}).status_code == 200
    assert ada.passkeys() == []

    ada.log_out()
    refused = ada.sign_in()
    assert (refused.status_code, refused.json and refused.json["code"]) == (400, 1052)
    assert ada.log_in().status_code == 200
