"""Examples for the documentation that more than one edge shows."""

from typing import Any

ID = "cm3sx2v9k0001qz8h4w7e5r1t"  # of a user, a passkey or a session
CREDENTIAL_ID = "gkJ6wLrWQdmAwF-Dn2kXbg"
CHALLENGE = "b6Ne2mJ1c0q5m1vZ6nGdQ0Wq7uM3Jtqk1l8sXr2yTfA"
USER_HANDLE = "WvGZoO1mGx2UQkKr0Xw5kQ"
INVITE = "mR3jv0yWq8XkTz5bN1cL7d"
CODE, SECRET = "287082", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RECOVERY_CODE = "h7k2mq-9x4bt0-zv6cdp-3nw8rj"
ADA = {"username": "ada", "password": "correct horse"}

REGISTRATION: dict[str, Any] = {
    "id": CREDENTIAL_ID,
    "rawId": CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
        "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik",
        "transports": ["internal", "hybrid"],
    },
    "clientExtensionResults": {},
    "authenticatorAttachment": "platform",
}
ASSERTION: dict[str, Any] = {
    "id": CREDENTIAL_ID,
    "rawId": CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
        "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
        "signature": "MEUCIQDq",
        "userHandle": USER_HANDLE,
    },
    "clientExtensionResults": {},
}
